/** From a plan to the target state of its host. */
import type { PlanForKernel } from "../plan/plan";
import type { PlanRequest } from "../plan/request";
import { declaredKiB, defaultMemoryShare } from "../sizing/memory";
import type { TargetRequest } from "./request";

/** Whose settings a request takes over: those of any owner, or none but its own. */
export const adoptedOwner = ({ adopt = false }: Pick<PlanRequest, "adopt">): string | undefined =>
  adopt ? "any" : undefined;

export const targetRequest = ({ plan, rules, request }: PlanForKernel): TargetRequest => ({
  rules,
  settings: plan.settings,
  memory: plan.memory,
  memTotalKiB: declaredKiB(request.facts),
  memoryShare: request.memoryShare ?? defaultMemoryShare,
  allowShrink: request.allowShrink,
  loadModule: request.loadModule,
  adopt: adoptedOwner(request),
});

/** From a plan to the target state of its host. */
import type { PlanForKernel } from "../plan/plan";
import { declaredKiB, defaultMemoryShare } from "../sizing/memory";
import type { TargetRequest } from "./request";

export const targetRequest = ({ plan, rules, request }: PlanForKernel): TargetRequest => ({
  rules,
  settings: plan.settings,
  memory: plan.memory,
  memTotalKiB: declaredKiB(request.facts),
  memoryShare: request.memoryShare ?? defaultMemoryShare,
  allowShrink: request.allowShrink,
  loadModule: request.loadModule,
});

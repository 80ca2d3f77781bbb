/** The plan of one host of a fleet: from what is declared, or from what the host said of itself. */
import { resolveRequest } from "../plan/declared-facts";
import { hostFactsSchema, planRequestSchema, type HostFacts } from "../plan/request";
import type { PlanForKernel } from "../plan/plan";
import { isFields, type Fields } from "../validation/fields";
import { check, valid, type Checked } from "../validation/validation";
import { planOnce } from "./plan-once";

/** Without these nothing can be planned. */
const neededFacts = ["memoryMiB", "arch", "kernel"] as const;

const needsReading = (facts: unknown): boolean =>
  facts === undefined || (isFields(facts) && neededFacts.some((key) => facts[key] === undefined));

/** A request of which the facts come later. */
const openRequest = planRequestSchema.extend({ facts: hostFactsSchema.partial().optional() });

/**
 * Plans a host by its declared facts. Where these do not suffice only the form of the request is checked, and the plan
 * is undefined.
 * @param request arguments of the host less connection
 * @param base path of the host, for problems
 */
export const planHost = (request: Fields, base: string): Checked<PlanForKernel | undefined> => {
  const { request: resolved, problems } = resolveRequest(request);
  if (!isFields(resolved) || problems.length > 0 || !needsReading(resolved.facts)) return planOnce(request, base);
  const form = check(openRequest, resolved, base);
  return form.ok ? valid(undefined) : form;
};

/** Plans a host by what it said of itself; what is declared wins, key by key. */
export const planKnownHost = (request: Fields, base: string, known: HostFacts): Checked<PlanForKernel> => {
  const { request: resolved } = resolveRequest(request);
  const declared = isFields(resolved) && isFields(resolved.facts) ? resolved.facts : {};
  // The version that `uname -v` prints is that of the host's own kernel, not of a declared one.
  const { unameVersion, ...others } = known;
  const read = declared.kernel === undefined ? { ...others, unameVersion } : others;
  return planOnce({ ...request, facts: { ...read, ...declared } }, base);
};

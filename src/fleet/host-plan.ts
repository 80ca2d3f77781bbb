/** The plan of one host of a fleet: from what is declared, or from what the host said of itself. */
import { planRequestSchema, hostFactsSchema } from "../plan/request";
import type { PlanForKernel } from "../plan/plan";
import { isFields, type Fields } from "../validation/fields";
import { check, valid, type Checked } from "../validation/validation";
import type { HostReading } from "./host-reading";
import { planOnce } from "./plan-once";

/** Without these nothing can be planned. */
const neededFacts = ["memoryMiB", "arch", "kernel"] as const;

/** True where the declared facts do not suffice, so that the host has to be asked. */
export const needsReading = ({ facts }: Fields): boolean =>
  facts === undefined || (isFields(facts) && neededFacts.some((key) => facts[key] === undefined));

/** A request of which the facts come later. */
const openRequest = planRequestSchema.extend({ facts: hostFactsSchema.partial().optional() });

/** What is declared wins over what was read, key by key. */
const withReading = (request: Fields, { facts: read }: HostReading): Fields => ({
  ...request,
  facts: { ...read, ...(isFields(request.facts) ? request.facts : {}) },
});

/**
 * Plans a host. Without enough facts and without a reading only the form of the request is checked, and the plan is
 * undefined.
 * @param request arguments of the host less connection
 * @param base path of the host, for problems
 */
export const planHost = (request: Fields, base: string, reading?: HostReading): Checked<PlanForKernel | undefined> => {
  if (!needsReading(request)) return planOnce(request, base);
  if (reading !== undefined) return planOnce(withReading(request, reading), base);
  const form = check(openRequest, request, base);
  return form.ok ? valid(undefined) : form;
};

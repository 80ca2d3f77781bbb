/** Plans of equal requests, computed once: most hosts of a fleet ask for the same. */
import { tryPlan, type PlanForKernel } from "../plan/plan";
import type { Checked } from "../validation/validation";

/** More different hosts than one program has; a plan takes some KiB. */
const maximumRemembered = 10_000;

const remembered = new Map<string, Checked<PlanForKernel>>();

/** The request as text; undefined where it holds what JSON cannot say, as a value that is not known yet. */
const textOf = (request: unknown): string | undefined => {
  const unsayable: string[] = [];
  const text = JSON.stringify(request, (key, value: unknown) => {
    if (typeof value === "symbol" || typeof value === "function") unsayable.push(key);
    return value;
  });
  return unsayable.length === 0 ? text : undefined;
};

/** As `tryPlan`, which gives equal plans for equal requests; only good ones are remembered, as problems name the host. */
export const planOnce = (request: unknown, base = ""): Checked<PlanForKernel> => {
  const text = textOf(request);
  const known = text === undefined ? undefined : remembered.get(text);
  if (known !== undefined) return known;
  const planned = tryPlan(request, base);
  if (text !== undefined && planned.ok && remembered.size < maximumRemembered) remembered.set(text, planned);
  return planned;
};

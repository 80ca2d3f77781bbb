/** Plans of equal requests, computed once: most hosts of a fleet ask for the same. */
import { tryPlan, type PlanForKernel } from "../plan/plan";
import { saidText } from "../validation/said-text";
import type { Checked } from "../validation/validation";

/** More different hosts than one program has; a plan takes some KiB. */
const maximumRemembered = 10_000;

const remembered = new Map<string, Checked<PlanForKernel>>();

/** As `tryPlan`, which gives equal plans for equal requests; only good ones are remembered, as problems name the host. */
export const planOnce = (request: unknown, base = ""): Checked<PlanForKernel> => {
  const text = saidText(request);
  const known = text === undefined ? undefined : remembered.get(text);
  if (known !== undefined) return known;
  const planned = tryPlan(request, base);
  if (text !== undefined && planned.ok && remembered.size < maximumRemembered) remembered.set(text, planned);
  return planned;
};

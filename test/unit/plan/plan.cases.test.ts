import { plan, type Plan } from "../../../src/plan/plan";
import type { PlanRequest } from "../../../src/plan/request";
import cases from "../../cases/plans.json";

/**
 * Sources of the numbers: the kernel's own sizes are measured rows (test/truth/defaults.jsonl); kube-proxy's are those
 * of pkg/proxy/conntrack/sysctls.go; ceilings are the contract of docs/model.md; the classic rule is
 * floor(0.9 x RAM / 32 KiB) on 64 bits.
 */
describe("a plan", () => {
  test.each(cases)("$title", ({ request, settings, kernelDefault, binding }) => {
    const made: Plan = plan(request as PlanRequest);
    expect(made.settings).toMatchObject(settings);
    expect(made.kernelDefault).toEqual(kernelDefault);
    expect(made.binding).toBe(binding);
  });
});

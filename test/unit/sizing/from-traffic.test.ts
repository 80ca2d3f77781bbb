import fc from "fast-check";
import { kernelRules } from "../../../src/kernel/kernel-rules";
import { tryPlan, type Plan } from "../../../src/plan/plan";
import type { PlanRequest } from "../../../src/plan/request";
import { runJudged } from "../../../src/sizing/judged-run";
import { Load } from "../../../src/sizing/loads";
import { simulateOnce } from "../../../src/simulation/cached";
import { settingsHash } from "../../../src/simulation/settings-hash";
import { isValid } from "../../../src/validation";

const facts = { memoryMiB: 65536, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const planOf = (request: Partial<PlanRequest>): Plan => {
  const planned = tryPlan({ facts, ...request });
  if (!isValid(planned)) throw new Error(JSON.stringify(planned.problems));
  return planned.value.plan;
};
const problemsOf = (request: object) => tryPlan({ facts, ...request }).problems;

test("a table for DNS queries holds rate x 30 s and the collector's lateness with a quarter to spare", () => {
  // 20,000 a second x 30 s = 600,000 entries before the collector's lateness, a pause of at most 60 s.
  const { settings, verdict, binding } = planOf({
    traffic: { classes: [{ protocol: "udp", pattern: "query", newPerSecond: 20000 }] },
  });
  expect(binding).toBe("traffic");
  expect(settings.max).toBeGreaterThan(600_000 / 0.75);
  expect(settings.max).toBeLessThan((20_000 * (30 + 60)) / 0.75);
  expect(settings.buckets).toBeGreaterThanOrEqual(settings.max);
  expect(verdict).toMatchObject({ outcome: "passed", drops: 0, earlyDrops: 0, chainRefusals: 0 });
  expect(verdict.peakFill).toBeGreaterThan(0.7);
  expect(verdict.peakFill).toBeLessThanOrEqual(0.75);
});

test("the table is the smallest that passes: a twentieth less fails", () => {
  const traffic = { classes: [{ protocol: "udp", pattern: "query", newPerSecond: 20000 } as const] };
  const { settings } = planOf({ traffic });
  const rules = kernelRules(facts);
  const smaller = Math.floor(settings.max * 0.95);
  expect(runJudged(rules, settings, traffic).verdict.passed).toBe(true);
  expect(runJudged(rules, { ...settings, max: smaller }, traffic).verdict.passed).toBe(false);
});

test("a load that the kernel's own table carries leaves that table alone", () => {
  const { settings, binding } = planOf({ traffic: { loads: [{ load: Load.WebFront, size: 10 }] } });
  expect(settings.max).toBe(262144);
  expect(binding).toBe("kernelDefault");
});

test("a declared flood is survived below nine tenths of max, half-open entries and all", () => {
  // 20,000 SYNs a second for 30 s are 600,000 half-open entries of 120 s each.
  const { settings, verdict } = planOf({
    traffic: {
      loads: [{ load: Load.WebFront, size: 100 }],
      flood: { protocol: "tcp", newPerSecond: 20000, seconds: 30 },
    },
  });
  expect(settings.max).toBeGreaterThan(600_000 / 0.9);
  expect(verdict).toMatchObject({ outcome: "passed", drops: 0 });
  expect(verdict.peakFill).toBeLessThanOrEqual(0.9);
});

test("timeouts are shortened before the memory share is exceeded, and the reason says so", () => {
  // One in a hundred of 2,000 connections a second ends in silence: 86,400 s x 20 = 1.7 million dead entries.
  const { settings, reasons, verdict } = planOf({
    facts: { ...facts, memoryMiB: 16384 },
    traffic: { loads: [{ load: Load.WebFront, size: 2000 }] },
  });
  expect(settings.timeouts.nf_conntrack_tcp_timeout_established).toBe(7440);
  expect(reasons.nf_conntrack_tcp_timeout_established).toMatch(/^Shortened to 7440 seconds/);
  expect(verdict.outcome).toBe("passed");
});

test("a timeout set by hand is never shortened", () => {
  const [problem] = problemsOf({
    facts: { ...facts, memoryMiB: 16384 },
    settings: { timeouts: { nf_conntrack_tcp_timeout_established: 86400 } },
    traffic: { loads: [{ load: Load.WebFront, size: 2000 }] },
  });
  expect(problem?.path).toBe("traffic");
});

test("what does not fit is told with the entries and bytes that are missing, and three ways out that work", () => {
  const traffic = { loads: [{ load: Load.NatGateway, size: 10000 }] };
  const small = { facts: { ...facts, memoryMiB: 8192 }, role: "nat", traffic };
  const [problem, ...others] = problemsOf(small);
  expect(others).toEqual([]);
  expect(problem?.limit).toMatch(
    /needs \d+ entries, \d+ MiB, even with the shortest timeouts.*\d+ entries and \d+ MiB are missing/,
  );
  const [, ramMiB, share] =
    /Give the host (\d+) MiB of RAM, or set memoryShare to ([0-9.]+), or exempt/.exec(problem?.remedy ?? "") ?? [];
  expect(problem?.remedy).toContain("NOTRACK");
  expect(problemsOf({ ...small, facts: { ...small.facts, memoryMiB: Number(ramMiB) } })).toEqual([]);
  expect(problemsOf({ ...small, memoryShare: Number(share) })).toEqual([]);
});

test("settings by hand are judged the same way, and a failing verdict is an error", () => {
  const request = {
    settings: { max: 262144 },
    traffic: { classes: [{ protocol: "udp", pattern: "query", newPerSecond: 20000 }] },
  };
  expect(problemsOf(request)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ path: "traffic", remedy: expect.stringContaining("onVerdict") as string }),
    ]),
  );
  const planned = tryPlan({ facts, ...request, onVerdict: "warn" });
  expect(isValid(planned) && planned.value.plan.verdict.outcome).toBe("failed");
  expect(isValid(planned) && planned.value.plan.warnings).not.toEqual([]);
});

test("without traffic nothing is judged, and the hash names the very settings", () => {
  const { verdict, settings } = planOf({});
  expect(verdict).toEqual({
    outcome: "notJudged",
    settingsHash: settingsHash({ era: kernelRules(facts).era, settings }),
    failures: [],
  });
});

test("a contradiction in a class is told with its path", () => {
  expect(
    problemsOf({ traffic: { classes: [{ protocol: "udp", pattern: "session", newPerSecond: 1 }] } }).map(
      ({ path }) => path,
    ),
  ).toEqual(["traffic.classes[0].pattern"]);
  expect(problemsOf({ traffic: { classes: [{ protocol: "udp", pattern: "query" }] } }).map(({ path }) => path)).toEqual(
    ["traffic.classes[0].newPerSecond"],
  );
});

test("hosts of one era, settings and load share one run, whatever their releases are called", () => {
  const scenario = {
    kernel: "any",
    arch: "any",
    settings: { max: 1024, buckets: 1024 },
    durationSeconds: 5,
    seed: 1,
    traffic: [{ protocol: "udp", pattern: "query", newPerSecond: 10 } as const],
  };
  const [one, two, other] = ["6.1.0-50-cloud-amd64", "6.1.176", "5.10.0-46-cloud-amd64"].map((kernel) =>
    simulateOnce({ ...scenario, kernel, arch: "x86_64" }, { rules: kernelRules({ kernel, arch: "x86_64" }) }),
  );
  expect(two).toBe(one);
  expect(other).not.toBe(one);
});

test("more traffic never gets a smaller table", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 20000 }), fc.double({ min: 1.1, max: 2, noNaN: true }), (rate, factor) => {
      const maxFor = (newPerSecond: number): number =>
        planOf({ traffic: { classes: [{ protocol: "udp", pattern: "query", newPerSecond }] } }).settings.max;
      expect(maxFor(rate * factor)).toBeGreaterThanOrEqual(maxFor(rate));
    }),
    { numRuns: 3 },
  );
});

import fc from "fast-check";
import { kernelRules } from "../../../src/kernel/kernel-rules";
import { tryPlan, type Plan } from "../../../src/plan/plan";
import type { PlanRequest } from "../../../src/plan/request";
import { judgingScenario, runJudged } from "../../../src/sizing/judged-run";
import { Load } from "../../../src/sizing/loads";
import type { Role } from "../../../src/sizing/roles";
import type { SteadyClass } from "../../../src/sizing/steady-class";
import type { Flood, Traffic } from "../../../src/sizing/traffic";
import { simulateOnce } from "../../../src/simulation/cached";
import { simulate } from "../../../src/simulation/simulate";
import { settingsHash } from "../../../src/simulation/scenario/settings-hash";
import { problemsIn } from "../../../src/validation/validation";

const facts = { memoryMiB: 65536, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const planOf = (request: Partial<PlanRequest>): Plan => {
  const planned = tryPlan({ facts, ...request });
  if (!planned.ok) throw new Error(JSON.stringify(planned.problems));
  return planned.value.plan;
};
const problemsOf = (request: object) => problemsIn(tryPlan({ facts, ...request }));

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
  expect(runJudged(rules, settings, traffic)).toMatchObject({ value: { verdict: { passed: true } } });
  expect(runJudged(rules, { ...settings, max: smaller }, traffic)).toMatchObject({
    value: { verdict: { passed: false } },
  });
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

describe("what does not fit is reported with the entries and bytes that are missing, and ways out that work", () => {
  const query: SteadyClass = { protocol: "udp", pattern: "query", newPerSecond: 500 };
  const udpFlood = (newPerSecond: number, seconds: number): Flood => ({ protocol: "udp", newPerSecond, seconds });

  test.each<[string, string, Role, Traffic, string]>([
    ["a gateway", "6.1.176", "nat", { loads: [{ load: Load.NatGateway, size: 10000 }] }, "natGateway (tcp session)"],
    // Two classes of one load have one name: both are exempt, and both are counted.
    ["a web front", "6.12.107", "host", { loads: [{ load: Load.WebFront, size: 3000 }] }, "webFront (tcp session)"],
    ["a flood alone", "5.10.198", "host", { flood: udpFlood(20000, 120) }, "the flood"],
    // The host that this asks for has a greater default of its own.
    ["a flood beside queries", "6.12.107", "host", { classes: [query], flood: udpFlood(15000, 120) }, "the flood"],
  ])("%s on Linux %s", (_what, kernel, role, traffic, heaviest) => {
    const small = { facts: { ...facts, kernel, memoryMiB: 4096 }, role, traffic };
    const [problem, ...others] = problemsOf(small);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ path: "traffic" });
    expect(problem?.limit).toMatch(
      /needs \d+ entries, \d+ MiB, even with the shortest timeouts that the plan may set.*: \d+ entries and \d+ MiB are missing$/,
    );
    const [, ramMiB, share, name] =
      /^Give the host (\d+) MiB of RAM, or set memoryShare to ([0-9.]+), or exempt (.*) \(\d+ entries\) from tracking by a NOTRACK rule/.exec(
        problem?.remedy ?? "",
      ) ?? [];
    expect(name).toBe(heaviest);
    expect(problemsOf({ ...small, facts: { ...small.facts, memoryMiB: Number(ramMiB) } })).toEqual([]);
    expect(problemsOf({ ...small, memoryShare: Number(share) })).toEqual([]);
  });

  const webFront = { loads: [{ load: Load.WebFront, size: 3000 }] };

  test("no share above the half that may be given is offered", () => {
    const [problem] = problemsOf({ facts: { ...facts, memoryMiB: 512 }, settings: {}, traffic: webFront });
    expect(problem?.remedy).toMatch(/^Give the host \d+ MiB of RAM, or exempt/);
  });

  test("on 32 bits a 64-bit kernel is offered, because entries live in low memory", () => {
    const [problem] = problemsOf({ facts: { memoryMiB: 4096, kernel: "5.10.198", arch: "i686" }, traffic: webFront });
    expect(problem?.remedy).toMatch(/^Run a 64-bit kernel, or/);
  });

  test("more than any kernel counts is reported without a size that no host can have", () => {
    // 2^31 - 1 is the greatest max; 1e9 queries a second of 30 s are 3e10 entries.
    const traffic = { peakFactor: 100, classes: [{ ...query, newPerSecond: 1e7 }] };
    const [problem, ...others] = problemsOf({ traffic });
    expect(others).toEqual([]);
    expect(problem?.remedy).toMatch(/^Spread the load over more hosts, or exempt/);
  });

  test("a role's floor that does not fit is reported as such, whatever the load", () => {
    const [problem] = problemsOf({
      facts: { ...facts, memoryMiB: 4096, cores: 64 },
      role: "kubernetesNode",
      traffic: { loads: [{ load: Load.KubernetesNode, size: 10 }] },
    });
    expect(problem).toMatchObject({ path: "facts.memoryMiB" });
  });
});

test("a floor of the role that exceeds the load is what binds", () => {
  const { binding, settings } = planOf({
    facts: { ...facts, cores: 16 },
    role: "kubernetesNode",
    traffic: { loads: [{ load: Load.KubernetesNode, size: 5 }] },
  });
  expect({ binding, max: settings.max }).toEqual({ binding: "roleFloor", max: 524288 });
});

test("buckets set by hand whose chains are too long are named, not the memory", () => {
  const [problem, ...others] = problemsOf({
    facts: { ...facts, kernel: "5.15.0" },
    settings: { buckets: 16384 },
    traffic: { flood: { protocol: "udp", newPerSecond: 10000, seconds: 20 } },
  });
  expect(others).toEqual([]);
  expect(problem?.limit).toMatch(/refused because of long chains.*Raise buckets from 16,384/);
});

/** Runs a plan's table under the same load from empty, so long that every class comes and goes several times. */
const fillInTheLongRun = (kernel: string, traffic: Traffic): number => {
  const { settings } = planOf({ facts: { ...facts, kernel, memoryMiB: 262144 }, traffic });
  const scenario = { settings, durationSeconds: 2000, seed: 2, traffic: traffic.classes ?? [] };
  return simulate({ kernel, arch: "x86_64", thinning: "auto", ...scenario }).peakFill ?? NaN;
};

// The pauses of the collectors: none, 320 s, 16 s, 120 s, at most 60 s.
test.each<[string, SteadyClass]>([
  ["3.10.0", { protocol: "udp", pattern: "query", newPerSecond: 10000 }],
  ["4.9.0", { protocol: "udp", pattern: "query", newPerSecond: 10000 }],
  ["4.19.0", { protocol: "tcp", pattern: "syn", newPerSecond: 3000 }],
  ["5.15.0", { protocol: "tcp", pattern: "syn", newPerSecond: 3000 }],
  ["5.15.0", { protocol: "generic", pattern: "unreplied", newPerSecond: 1000 }],
  ["6.12.107", { protocol: "generic", pattern: "unreplied", newPerSecond: 1000 }],
  ["6.12.107", { protocol: "udp", pattern: "stream", newPerSecond: 500, lifeSeconds: 900, intervalSeconds: 10 }],
])("what is planned for Linux %s under %j is three quarters full in the long run, to a hundredth", (kernel, flows) => {
  const fill = fillInTheLongRun(kernel, { classes: [flows] });
  expect(fill).toBeGreaterThan(0.75 * 0.98);
  expect(fill).toBeLessThan(0.75 * 1.01);
});

test("a max set by hand holds no more entries at the start of its run than its max", () => {
  const rules = kernelRules(facts);
  const { preload = [] } = judgingScenario(
    rules,
    { max: 300_000, buckets: 300_032, timeouts: {} },
    { loads: [{ load: Load.WebFront, size: 20_000 }] },
  );
  expect(preload.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(300_000);
});

test("the time in which a SYN flood is over is reported: its timeout and at most a pause of the collector", () => {
  const { verdict } = planOf({ traffic: { flood: { protocol: "tcp", newPerSecond: 20000, seconds: 30 } } });
  expect(verdict.secondsToRecover).toBeGreaterThanOrEqual(90);
  expect(verdict.secondsToRecover).toBeLessThanOrEqual(120 + 60);
});

test("a session that never ends is refused, because it needs a table without end", () => {
  const [problem] = problemsOf({ traffic: { classes: [{ protocol: "tcp", pattern: "session", newPerSecond: 10 }] } });
  expect(problem).toMatchObject({ path: "traffic.classes[0].lifeSeconds" });
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
  expect(planned.ok && planned.value.plan.verdict.outcome).toBe("failed");
  expect(planned.ok && planned.value.plan.warnings).not.toEqual([]);
});

test("without traffic nothing is judged, and the hash names the very settings", () => {
  const { verdict, settings } = planOf({});
  expect(verdict).toEqual({
    outcome: "notJudged",
    settingsHash: settingsHash({ era: kernelRules(facts).era, settings }),
    failures: [],
  });
});

test("a contradiction in a class is reported with its path", () => {
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

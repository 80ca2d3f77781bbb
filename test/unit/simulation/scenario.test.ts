import { ProblemsError, type Problem } from "../../../src/validation/problems";
import type { Scenario } from "../../../src/simulation/scenario/scenario";
import { simulate } from "../../../src/simulation/simulate";

const good: Scenario = {
  kernel: "6.12.107",
  arch: "x86_64",
  settings: { buckets: 4096, max: 4096 },
  durationSeconds: 5,
  seed: 1,
  traffic: [{ protocol: "udp", pattern: "query", newPerSecond: 10 }],
};

const problemsOf = (scenario: unknown): readonly Problem[] => {
  try {
    simulate(scenario as Scenario);
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems;
    throw error;
  }
  return [];
};

const pathsOf = (scenario: unknown): string[] => problemsOf(scenario).map(({ path }) => path);

test("A good scenario has no problems", () => {
  expect(problemsOf(good)).toEqual([]);
});

test("Every mistake of form is named at once", () => {
  const paths = pathsOf({ ...good, seed: -1, durationSeconds: 0, hertz: 100, traffic: [{ protocol: "sctp" }] });
  expect(paths).toEqual(expect.arrayContaining(["seed", "durationSeconds", "hertz", "traffic[0].protocol"]));
});

test("No mistake hides another: those of the kernel and those between fields come with those of form", () => {
  const paths = pathsOf({
    ...good,
    kernel: "six",
    arch: "z80",
    hz: 5,
    hertz: 100,
    preload: [
      { protocol: "udp", pattern: "syn", count: 1 },
      { protocol: "udp", pattern: "query", count: -1 },
    ],
    traffic: [{ protocol: "tcp", pattern: "query", newPerSecond: 1, colour: "red" }, { protocol: "udp" }],
  });
  expect(new Set(paths)).toEqual(
    new Set([
      "kernel",
      "arch",
      "hz",
      "hertz",
      "preload[0].pattern",
      "preload[1].count",
      "traffic[0].pattern",
      "traffic[0].colour",
      "traffic[1].pattern",
    ]),
  );
});

test("Mistakes of form name the contract of scenarios, and the scenario itself where it is none", () => {
  const problems = [...problemsOf(null), ...problemsOf({ ...good, seed: "1", traffic: {} })];
  expect(problems.map(({ path }) => path)).toEqual(["scenario", "seed", "traffic"]);
  expect(problems.map(({ limit }) => limit)).toEqual(["must be an object", "must be a number", "must be an array"]);
  expect(new Set(problems.map(({ source }) => source))).toEqual(
    new Set(["the contract of scenarios, docs/simulation.md"]),
  );
});

test("Every mistake between fields is named at once, with a remedy", () => {
  const problems = problemsOf({
    ...good,
    preload: [{ protocol: "udp", pattern: "syn", count: 1 }],
    traffic: [
      { protocol: "tcp", pattern: "query", newPerSecond: 1 },
      { protocol: "udp", pattern: "query" },
      { protocol: "udp", pattern: "query", newPerSecond: 1, newEachSecond: [1] },
      { protocol: "udp", pattern: "query", newEachSecond: [1], arrivals: "pareto" },
      { protocol: "udp", pattern: "stream", newPerSecond: 1 },
      { protocol: "tcp", pattern: "session", newPerSecond: 1, unacknowledged: true },
      { protocol: "udp", pattern: "query", newPerSecond: 1, startSeconds: 9, endSeconds: 3 },
    ],
  });
  expect(problems.map(({ path }) => path)).toEqual([
    "preload[0].pattern",
    "traffic[0].pattern",
    "traffic[1]",
    "traffic[2]",
    "traffic[3].arrivals",
    "traffic[4]",
    "traffic[5].unacknowledged",
    "traffic[6].endSeconds",
  ]);
  expect(problems.every(({ remedy }) => remedy.length > 10)).toBe(true);
});

test("Values that the kernel refuses are named with its limits", () => {
  const problems = problemsOf({
    ...good,
    settings: {
      buckets: 4096,
      max: 4096,
      timeouts: { nf_conntrack_udp_timeout: 0, ip_conntrack_udp_timeout: 30 },
    },
    durationSeconds: 10_000_000,
  });
  expect(problems.map(({ path }) => path)).toEqual([
    "settings.timeouts.nf_conntrack_udp_timeout",
    "settings.timeouts.ip_conntrack_udp_timeout",
    "durationSeconds",
  ]);
});

test("A timeout named like a member of every object does not exist", () => {
  const timeouts = { constructor: 5, toString: 5 };
  const problems = problemsOf({ ...good, settings: { ...good.settings, timeouts } });
  expect(problems).toMatchObject([
    { path: "settings.timeouts.constructor", value: 5, limit: "does not exist in 6.12.107" },
    { path: "settings.timeouts.toString", value: 5, limit: "does not exist in 6.12.107" },
  ]);
});

describe("What a kernel cannot change is refused", () => {
  const old: Scenario = { ...good, kernel: "2.4.20", arch: "i386", settings: { buckets: 512, max: 100 } };
  const resized = (kernel: string, buckets: number): readonly Problem[] =>
    problemsOf({ ...old, kernel, events: [{ t: 1, settings: { max: 200, buckets } }] });

  // ip_conntrack read hashsize at load only, until its parameter became writable in 2.6.15.
  test.each(["2.4.20", "2.4.32", "2.6.9"])("the buckets of Linux %s, at run time", (kernel) => {
    const [problem, ...others] = resized(kernel, 1024);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ path: "events[0].settings.buckets", value: 1024 });
    expect(problem?.limit).toBe(`must stay at 512: ${kernel} cannot change it while the table lives`);
    expect(problem?.remedy).toContain("settings at the start");
  });

  test("but not the buckets of Linux 2.6.18, and not the number that is there already", () => {
    expect(resized("2.6.18", 1024)).toEqual([]);
    expect(resized("2.4.20", 512)).toEqual([]);
  });

  // Linux 2.4.20 has ip_conntrack_max and no other file; five days are a constant of its tcp_timeouts.
  test("the timeouts of Linux 2.4.20, at the start and later", () => {
    const timeouts = { ip_conntrack_tcp_timeout_established: 600 };
    const problems = problemsOf({
      ...old,
      settings: { ...old.settings, timeouts },
      events: [{ t: 1, settings: { timeouts } }],
    });
    const limit = "cannot be set on 2.4.20, where it is a constant of 432000 seconds";
    expect(problems).toMatchObject([
      { path: "settings.timeouts.ip_conntrack_tcp_timeout_established", value: 600, limit },
      { path: "events[0].settings.timeouts.ip_conntrack_tcp_timeout_established", value: 600, limit },
    ]);
  });

  test("but not the timeouts of Linux 2.4.32", () => {
    const timeouts = { ip_conntrack_tcp_timeout_established: 600 };
    expect(problemsOf({ ...old, kernel: "2.4.32", settings: { ...old.settings, timeouts } })).toEqual([]);
  });
});

test("A flow with more exchanges than it can count is refused at its class", () => {
  // 26 bits for the stage of a flow, opening and closing among them: 2^26 - 1 - 2 = 67,108,861 exchanges.
  const stream = { protocol: "udp", pattern: "stream", newPerSecond: 1, intervalSeconds: 0.001 };
  const problems = problemsOf({
    ...good,
    hz: 1000,
    traffic: [...good.traffic, { ...stream, lifeSeconds: 100_000 }, { ...stream, lifeSeconds: 67_000 }],
  });
  expect(problems).toMatchObject([{ path: "traffic[1].intervalSeconds", value: 0.001 }]);
  expect(problems[0]?.limit).toBe(
    "makes 100000000 exchanges in a life of 100000 seconds, and a flow counts at most 67108861",
  );
  expect(problems[0]?.remedy).toBe("Write a longer interval, or a shorter life.");
});

test("More entries than their numbers have bits for are refused before the run, with the least factor that makes room", () => {
  // 25 bits for the number of an entry, 0 for none: 2^25 - 1 = 33,554,431.
  const huge = { ...good, settings: { buckets: 4096, max: 2 ** 31 - 1 }, durationSeconds: 1 };
  const traffic = [{ protocol: "udp", pattern: "query", newPerSecond: 70_000_000 }];
  const [problem, ...others] = problemsOf({ ...huge, traffic });
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ path: "thinning", value: 1, remedy: "Write at least 3." });
  expect(problem?.limit).toContain("at most 33554431");
});

test("An unknown kernel or machine is named", () => {
  expect(pathsOf({ ...good, kernel: "banana", arch: "z80" })).toEqual(["kernel", "arch"]);
});

test("Buckets are rounded to whole pages as the kernel rounds them", () => {
  expect(simulate({ ...good, settings: { buckets: 1000, max: 100 } }).settings.buckets).toBe(1024);
});

test("Arrivals keep to their counts: evenly spaced, exact in each second, Poisson and Pareto in the mean", () => {
  const arrivals = (traffic: Partial<Scenario["traffic"][number]>): number =>
    simulate({
      ...good,
      durationSeconds: 200,
      settings: { buckets: 65_536, max: 100_000 },
      traffic: [{ protocol: "udp", pattern: "unreplied", ...traffic }],
    }).conservation.arrivals;
  expect(arrivals({ newPerSecond: 50 })).toBe(10_000);
  expect(arrivals({ newEachSecond: [7, 0, 13], startSeconds: 5 })).toBe(20);
  expect(arrivals({ newEachSecond: [7, 0, 13], arrivals: "poisson" })).toBe(20);
  // Four deviations of a Poisson count of 10000; a Pareto of shape 2.5 has a variance of 0.8 of that.
  expect(Math.abs(arrivals({ newPerSecond: 50, arrivals: "poisson" }) - 10_000)).toBeLessThan(400);
  expect(Math.abs(arrivals({ newPerSecond: 50, arrivals: "pareto", shape: 2.5 }) - 10_000)).toBeLessThan(400);
});

test("Progress is reported from the beginning to the end, at most a hundred times", () => {
  const shares: number[] = [];
  simulate({ ...good, durationSeconds: 1000 }, { onProgress: (share) => shares.push(share) });
  expect(shares.length).toBeLessThanOrEqual(101);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

import { ProblemsError, type Problem } from "../../../src/problems";
import type { Scenario } from "../../../src/simulation/scenario";
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

test("Progress is told from the beginning to the end, at most a hundred times", () => {
  const shares: number[] = [];
  simulate({ ...good, durationSeconds: 1000 }, { onProgress: (share) => shares.push(share) });
  expect(shares.length).toBeLessThanOrEqual(101);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

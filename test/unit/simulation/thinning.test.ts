import { ProblemsError, type Problem } from "../../../src/validation/problems";
import { simulate } from "../../../src/simulation/simulate";
import type { Scenario } from "../../../src/simulation/scenario/scenario";
import type { SimulationResult } from "../../../src/simulation/report/result";
import { thinningOf } from "../../../src/simulation/engine/thinning";

/** A gateway of 131072 entries: queries, sessions, and a flood that fills the table. */
const gateway: Scenario = {
  kernel: "6.12.107",
  arch: "x86_64",
  settings: { buckets: 131_072, max: 131_072 },
  durationSeconds: 150,
  seed: 1,
  traffic: [
    { protocol: "udp", pattern: "query", newPerSecond: 1000 },
    { protocol: "tcp", pattern: "session", newPerSecond: 200, intervalSeconds: 10, lifeSeconds: 40 },
    { protocol: "tcp", pattern: "syn", newPerSecond: 2500, startSeconds: 60, endSeconds: 100, flood: true },
  ],
};

const share = (thinned: number, whole: number): number => Math.abs(thinned - whole) / Math.max(whole, 1);

describe.each(["6.12.107", "5.10.198", "4.4.243"])("A run thinned by 8 on Linux %s", (kernel) => {
  const whole = simulate({ ...gateway, kernel });
  const thinned = simulate({ ...gateway, kernel, thinning: 8 });

  test("agrees with the whole one within 2 % of max at every second", () => {
    const misses = whole.series.filter(
      ({ count }, i) => Math.abs((thinned.series[i]?.count ?? NaN) - count) / gateway.settings.max > 0.02,
    );
    expect(misses).toEqual([]);
  });

  test.each<[string, (result: SimulationResult) => number]>([
    ["peak", ({ peak }) => peak],
    ["early drops", ({ earlyDrops }) => earlyDrops],
    ["half-open victims", ({ earlyDropVictims }) => earlyDropVictims.halfOpen],
    ["memory at peak", ({ memoryBytesAtPeak }) => memoryBytesAtPeak],
    ["nodes walked per lookup", ({ meanNodesPerLookup }) => meanNodesPerLookup],
    ["arrivals", ({ conservation }) => conservation.arrivals],
  ])("agrees in %s within 3 %%", (_name, figure) => {
    expect(share(figure(thinned), figure(whole))).toBeLessThan(0.03);
  });

  test("finds the table full within a second of the whole one", () => {
    expect(Math.abs((thinned.secondsToFull ?? NaN) - (whole.secondsToFull ?? NaN))).toBeLessThan(1);
  });
});

describe.each(["5.15.0", "6.12.107"])("A table of 1024 buckets on Linux %s, of which 32 are kept", (kernel) => {
  const crowded: Scenario = {
    kernel,
    arch: "x86_64",
    settings: { buckets: 1024, max: 4_194_304 },
    durationSeconds: 150,
    seed: 1,
    traffic: [{ protocol: "tcp", pattern: "session", newPerSecond: 2000, lifeSeconds: 20, intervalSeconds: 5 }],
  };
  const whole = simulate(crowded);
  const thinned = simulate({ ...crowded, thinning: 1024 / 32 });

  test.each<[string, (result: SimulationResult) => number]>([
    ["refusals by long chains", ({ chainRefusals }) => chainRefusals],
    ["nodes walked per lookup", ({ meanNodesPerLookup }) => meanNodesPerLookup],
    ["peak", ({ peak }) => peak],
  ])("agrees with the whole one in %s within 3 %%", (_name, figure) => {
    expect(figure(whole)).toBeGreaterThan(0);
    expect(share(figure(thinned), figure(whole))).toBeLessThan(0.03);
  });
});

test("A collector's pass over a thinned table pauses as over the whole one", () => {
  const burst: Scenario = {
    ...gateway,
    traffic: [],
    preload: [{ protocol: "udp", pattern: "unreplied", count: 100_000 }],
    durationSeconds: 60,
  };
  const emptyAt = (thinning: number): number =>
    simulate({ ...burst, thinning }).series.find(({ count }) => count === 0)?.t ?? NaN;
  expect(Math.abs(emptyAt(6) - emptyAt(1))).toBeLessThanOrEqual(1);
});

test.each([3, 7, 16.5, 999])(
  "A run thinned by %d reports no more entries than max, and of a full one all but a few",
  (k) => {
    const { peak, peakFill, series } = simulate({
      ...gateway,
      settings: { buckets: 4096, max: 10_000 },
      durationSeconds: 20,
      preload: [{ protocol: "udp", pattern: "unreplied", count: 10_000 }],
      traffic: [{ protocol: "udp", pattern: "unreplied", newPerSecond: 20_000 }],
      thinning: k,
    });
    expect(peak).toBeLessThanOrEqual(10_000);
    expect(peak).toBeGreaterThan(10_000 - k);
    expect(peakFill).toBe(1);
    expect(series.every(({ count }) => count <= 10_000)).toBe(true);
  },
);

test("A factor above max leaves no entry and is refused, also where max is lowered only later", () => {
  const problemsOf = (max: number, later: number): readonly Problem[] => {
    const events = [{ t: 1, settings: { max: later } }];
    try {
      simulate({ ...gateway, settings: { buckets: 512, max }, events, durationSeconds: 2, thinning: 4 });
    } catch (error) {
      if (error instanceof ProblemsError) return error.problems;
    }
    return [];
  };
  const problem = { path: "thinning", value: 4, remedy: "Write at most 1, or leave it out." };
  expect(problemsOf(1, 1000)).toMatchObject([problem]);
  expect(problemsOf(1000, 1)).toMatchObject([problem]);
  expect(problemsOf(1, 1000)[0]?.limit).toBe("must be at most 1, the smallest max of the run: no entry is left of it");
  expect(problemsOf(4, 0)).toEqual([]);
});

describe("The automatic factor", () => {
  test("is 1 for small runs", () => {
    expect(thinningOf({ ...gateway, durationSeconds: 10, thinning: "auto" })).toBe(1);
  });

  test("keeps at least 16384 entries of a table, however great the load", () => {
    const great: Scenario = {
      ...gateway,
      settings: { buckets: 4_194_304, max: 4_194_304 },
      durationSeconds: 3600,
      traffic: [{ protocol: "udp", pattern: "query", newPerSecond: 100_000 }],
      thinning: "auto",
    };
    expect(thinningOf(great)).toBe(4_194_304 / 16_384);
  });

  const busy = (settings: Scenario["settings"], more: Partial<Scenario> = {}): Scenario => ({
    ...gateway,
    settings,
    durationSeconds: 3600,
    traffic: [{ protocol: "udp", pattern: "query", newPerSecond: 100_000 }],
    thinning: "auto",
    ...more,
  });

  test("counts entries, not buckets, and keeps 32 of those", () => {
    expect(thinningOf(busy({ buckets: 131_072, max: 4_194_304 }))).toBe(4_194_304 / 16_384);
    expect(thinningOf(busy({ buckets: 1024, max: 4_194_304 }))).toBe(1024 / 32);
  });

  test("keeps the entries of the least max where max is changed", () => {
    const events = [{ t: 60, settings: { max: 65_536 } }];
    expect(thinningOf(busy({ buckets: 131_072, max: 4_194_304 }, { events }))).toBe(65_536 / 16_384);
  });

  test("is what the scenario says where it says so", () => {
    expect(thinningOf({ ...gateway, thinning: 3 })).toBe(3);
    expect(thinningOf(gateway)).toBe(1);
  });
});

import { simulate } from "../../../src/simulation/simulate";
import type { Scenario } from "../../../src/simulation/scenario";
import type { SimulationResult } from "../../../src/simulation/result";
import { thinningOf } from "../../../src/simulation/thinning";

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

  test("is what the scenario says where it says so", () => {
    expect(thinningOf({ ...gateway, thinning: 3 })).toBe(3);
    expect(thinningOf(gateway)).toBe(1);
  });
});

import { simulate } from "../../../src/simulation/simulate";
import type { Scenario, TrafficClass } from "../../../src/simulation/scenario/scenario";
import { settingsHash } from "../../../src/simulation/scenario/settings-hash";
import { judge } from "../../../src/simulation/report/verdict";

const run = (max: number, traffic: readonly TrafficClass[], more: Partial<Scenario> = {}) =>
  simulate({
    kernel: "6.12.107",
    arch: "x86_64",
    settings: { buckets: 4096, max },
    durationSeconds: 60,
    seed: 1,
    traffic,
    ...more,
  });

const names = (result: ReturnType<typeof run>): string[] =>
  judge(result)
    .findings.filter(({ passed }) => !passed)
    .map(({ name }) => name);

/** 1000 sessions that stay. */
const steady: TrafficClass = { protocol: "tcp", pattern: "session", newPerSecond: 100, endSeconds: 10 };
const flood: TrafficClass = {
  protocol: "tcp",
  pattern: "syn",
  newPerSecond: 100,
  startSeconds: 20,
  endSeconds: 25,
  flood: true,
};

test("A table that stays below three quarters passes", () => {
  const verdict = judge(run(1400, [steady]));
  expect(verdict.passed).toBe(true);
  expect(verdict.failures).toEqual([]);
});

test("A peak above three quarters of max fails, and the sentence says what to raise max to", () => {
  const result = run(1300, [steady]);
  expect(names(result)).toEqual(["peakFill"]);
  expect(judge(result).failures[0]).toMatch(/fills to 76\.9 % of max 1,300.*Raise max to 1,400/);
});

test("A declared flood may fill nine tenths, the rest of the load still three quarters", () => {
  expect(names(run(1700, [steady, flood]))).toEqual([]);
  expect(names(run(1600, [steady, flood]))).toEqual(["peakFillInFlood"]);
  expect(names(run(1300, [steady, flood]))).toEqual(expect.arrayContaining(["peakFill", "peakFillInFlood"]));
});

test("One flow marked as a flood does not excuse the rest of the load", () => {
  const one: TrafficClass = { protocol: "udp", pattern: "query", newEachSecond: [1], flood: true };
  const sessions: TrafficClass = { ...steady, newPerSecond: 89 };
  const result = run(1000, [one, sessions]);
  expect(names(result)).toEqual(["peakFill"]);
  expect(result.fullestWithoutFlood).toEqual({ fill: 0.89, count: 890, max: 1000 });
  expect(judge(result).failures[0]).toMatch(/Without the flood's entries the table fills to 89\.0 % of max 1,000/);
});

describe("Entries are held against the max in force at that moment", () => {
  /** 950 sessions that stay, and max written later. */
  const written = (max: number, ...events: readonly [number, number][]) =>
    run(max, [], {
      preload: [{ protocol: "tcp", pattern: "session", count: 950 }],
      events: events.map(([t, later]) => ({ t, settings: { max: later } })),
    });

  test("where max is raised before the load grows", () => {
    const more: TrafficClass = { ...steady, startSeconds: 30, endSeconds: 50 };
    const result = run(2000, [steady, more], { events: [{ t: 20, settings: { max: 4000 } }] });
    expect(result.fullest).toEqual({ fill: 0.75, count: 3000, max: 4000 });
    expect(judge(result).passed).toBe(true);
  });

  test("where max is lowered: the percentiles and the peak agree, and the sentence names the new max", () => {
    const result = written(10_000, [10, 1000]);
    expect(result.peakFill).toBe(0.95);
    expect(result.fillPercentiles).toEqual({ p50: 0.95, p95: 0.95, p99: 0.95 });
    // 950 / 0.75 = 1266.7, in two digits.
    expect(judge(result).failures[0]).toMatch(/fills to 95\.0 % of max 1,000.*Raise max to 1,300/);
  });

  test("where max is lowered below the count, which the sentence says", () => {
    const result = written(10_000, [10, 500]);
    expect(result.peakFill).toBe(1.9);
    expect(judge(result).failures[0]).toMatch(
      /^Max was lowered to 500, below the 950 entries of that moment: 190\.0 %/,
    );
  });

  test("where there was no limit at first", () => {
    expect(written(0, [10, 1000]).peakFill).toBe(0.95);
    expect(written(0).peakFill).toBeNull();
    expect(written(1000, [10, 0]).fullest).toEqual({ fill: 0.95, count: 950, max: 1000 });
  });

  test("and a max that is replaced within the tick was never in force", () => {
    expect(written(100, [0, 10_000]).peakFill).toBe(0.095);
    expect(written(10_000, [10, 100], [10, 2000]).peakFill).toBe(0.475);
  });
});

test("Drops and early drops fail with the seconds to full and the kinds of victims", () => {
  const { failures } = judge(run(900, [steady, flood]));
  expect(failures.join("\n")).toMatch(/dropped because the table is full \(full after 9\.\d s\)/);
  const killed = judge(run(1200, [steady, flood])).failures.join("\n");
  expect(killed).toMatch(/\d+ entries are killed to make room: \d+ half-open, 0 unreplied/);
});

test("The time to recover counts from the end of the flood until the count is back where it was", () => {
  const { secondsToRecover } = run(4096, [steady, flood], {
    durationSeconds: 300,
    settings: { buckets: 4096, max: 4096, timeouts: { nf_conntrack_tcp_timeout_syn_sent: 20 } },
  });
  expect(secondsToRecover).toBeGreaterThanOrEqual(15);
  expect(secondsToRecover).toBeLessThanOrEqual(20 + 62);
});

test("The verdict carries the hash of the settings that it judged", () => {
  const result = run(1400, [steady]);
  const { era, settings } = result;
  const judged = { era, settings: { ...settings, timeouts: {} }, traffic: [steady] };
  expect(judge(result).settingsHash).toBe(settingsHash({ era, settings: { ...settings, timeouts: {} } }));
  expect(judge(result, judged).settingsHash).toBe(settingsHash(judged));
});

test("Memory at the peak is the slab objects and the bucket heads", () => {
  // 256 bytes for each of 1000 entries on 6.1 and later, 8 for each bucket.
  expect(run(1400, [steady]).memoryBytesAtPeak).toBe(1000 * 256 + 4096 * 8);
});

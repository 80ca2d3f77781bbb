import { simulate } from "../../../src/simulation/simulate";
import type { Scenario, TrafficClass } from "../../../src/simulation/scenario";
import { settingsHash } from "../../../src/simulation/settings-hash";
import { judge } from "../../../src/simulation/verdict";

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

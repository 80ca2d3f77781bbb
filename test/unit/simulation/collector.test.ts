/** When expired entries leave the count, by era: the collector's arithmetic in whole ticks at HZ 250. */
import { simulate } from "../../../src/simulation/simulate";
import type { Scenario } from "../../../src/simulation/scenario/scenario";

const silence = (kernel: string, count: number, udpTimeout: number, more: Partial<Scenario> = {}): Scenario => ({
  kernel,
  arch: "x86_64",
  settings: { buckets: 4096, max: 4096, timeouts: { nf_conntrack_udp_timeout: udpTimeout } },
  durationSeconds: 400,
  seed: 1,
  preload: [{ protocol: "udp", pattern: "unreplied", count }],
  traffic: [],
  ...more,
});

/** First second at which the count is zero. */
const emptyAt = (scenario: Scenario): number => simulate(scenario).series.find(({ count }) => count === 0)?.t ?? NaN;

test("A kernel with a timer for each entry (4.4) forgets it when it expires", () => {
  expect(emptyAt(silence("4.4.243", 800, 5))).toBe(6);
});

// Measured: 800 flows with 5 s each leave all at once, 10.5 s after the burst, on 6.1.176 and 7.3.4. The plain mean of
// (60 x 100 + 5 x 1600) / 1700 = 8.2 s is not what the kernel computes: its integer steps (e - avg) / n become zero.
test.each(["6.1.176", "7.3.4"])("Linux %s leaves 800 flows of 5 s in the count for 10.5 s", (kernel) => {
  const { series } = simulate(silence(kernel, 800, 5));
  expect(series[9]?.count).toBe(800);
  expect(series[10]?.count).toBe(0);
});

test("Linux 6.1 and later scans an empty table every 60 s", () => {
  const { series } = simulate({
    ...silence("6.12.107", 0, 5),
    traffic: [{ protocol: "udp", pattern: "unreplied", newPerSecond: 1, endSeconds: 1 }],
  });
  expect(series.find(({ count, t }) => t > 1 && count === 0)?.t).toBe(61);
});

test("Linux 5.14 to 5.17 scans the whole table every 120 s, and leaves a bucket after the first entry it removes", () => {
  const { series } = simulate(silence("5.14.0", 800, 5));
  expect(series[119]?.count).toBe(800);
  expect(series[120]?.count).toBeLessThan(120);
  expect(series[239]?.count).toBe(series[120]?.count);
  expect(series[240]?.count).toBeLessThan(20);
});

test("Linux 4.14 goes round in 128 slices, a tick apart while most of what it meets has expired", () => {
  const { series } = simulate(silence("4.14.200", 800, 5));
  expect(series[4]?.count).toBe(800);
  expect(series[6]?.count).toBeLessThan(120);
});

test("Linux 4.14 pauses HZ / 8 between slices while little has expired: some 16 s for a round", () => {
  const { series } = simulate({
    ...silence("4.14.200", 200, 5),
    preload: [
      { protocol: "udp", pattern: "unreplied", count: 200 },
      { protocol: "tcp", pattern: "session", count: 1000 },
    ],
  });
  // Either node of an entry may be met first: after half a round three quarters are gone.
  expect((series[13]?.count ?? NaN) - 1000).toBeGreaterThan(20);
  expect((series[13]?.count ?? NaN) - 1000).toBeLessThan(90);
  expect((series[23]?.count ?? NaN) - 1000).toBeLessThan(20);
});

test("Linux 4.9.0 scans 1/64 of the buckets every 5 s: 320 s for the whole table", () => {
  const { series } = simulate(silence("4.9.0", 800, 5));
  expect(series[160]?.count).toBeGreaterThan(150);
  expect(series[160]?.count).toBeLessThan(280);
  expect(series[325]?.count).toBeLessThan(60);
});

test("The next pass starts when the scenario says so", () => {
  expect(emptyAt(silence("6.12.107", 800, 5, { collector: { nextPassSeconds: 42.5 } }))).toBe(43);
});

test("The averaging collector evicts about 64000 entries a second, 257 in a tick", () => {
  const { series } = simulate({
    ...silence("6.12.107", 200_000, 5),
    settings: { buckets: 262_144, max: 262_144, timeouts: { nf_conntrack_udp_timeout: 5 } },
    durationSeconds: 30,
    collector: { nextPassSeconds: 10 },
  });
  const removedIn = (t: number): number => (series[t - 1]?.count ?? NaN) - (series[t]?.count ?? NaN);
  expect(removedIn(11) / 64_000).toBeCloseTo(1, 1);
  expect(removedIn(12) / 64_000).toBeCloseTo(1, 1);
});

describe("Above 95 % of max, after a packet was dropped", () => {
  const full = (kernel: string): Scenario => ({
    kernel,
    arch: "x86_64",
    settings: { buckets: 1024, max: 1000 },
    durationSeconds: 200,
    seed: 1,
    preload: [
      { protocol: "tcp", pattern: "session", count: 700 },
      { protocol: "tcp", pattern: "halfclosed", count: 300 },
    ],
    traffic: [{ protocol: "tcp", pattern: "session", newPerSecond: 1, endSeconds: 5 }],
    collector: { nextPassSeconds: 10 },
  });

  test.each(["5.10.198", "6.12.107"])("the collector of Linux %s kills closing connections down to 95 %%", (kernel) => {
    const { series, earlyDrops, conservation } = simulate(full(kernel));
    expect(series[10]?.count).toBe(949);
    expect(conservation.evicted).toBe(1000 - 949);
    expect(earlyDrops).toBe(0);
  });

  test("the collector of Linux 4.9 kills none", () => {
    expect(simulate(full("4.9.190")).series[10]?.count).toBe(1000);
  });
});

/** Outages that were published, reproduced, and what ends them. */
import { simulate } from "../../../src/simulation/simulate";
import type { Scenario } from "../../../src/simulation/scenario/scenario";
import { judge } from "../../../src/simulation/report/verdict";

const DAY = 86_400;

/**
 * Measured on a Linux 6.18 host with max lowered to 20: of 80 connects over loopback 20 made it (40 sockets stayed
 * open, both ends counted), 60 failed, `drop` rose by 296 (each failed SYN was sent again four times or nearly) and
 * `early_drop` not at all, because every entry was established.
 */
test("A table of 20 entries under 80 connects: 40 sockets open, 60 connects failed, early drop 0", () => {
  const { series, drops, earlyDrops, conservation } = simulate({
    kernel: "6.18.44",
    arch: "x86_64",
    settings: { buckets: 262_144, max: 20 },
    durationSeconds: 60,
    seed: 1,
    traffic: [{ protocol: "tcp", pattern: "session", newEachSecond: [80], lifeSeconds: 3600, retransmissions: 4 }],
  });
  const open = series.at(-1)?.count ?? NaN;
  expect(2 * open).toBe(40);
  expect(80 - open).toBe(60);
  expect(earlyDrops).toBe(0);
  expect(conservation.live).toBe(20);
  expect(Math.abs(drops - 296) / 296).toBeLessThan(0.03);
});

/**
 * Hosted clusters on Linux 5.15 lost connections with count far below max: the chain limit of 8 to 31 nodes, with
 * buckets a quarter of max as kube-proxy leaves them (commit c77737b736ce names such reports and adopts 50 to 79).
 */
describe("The 5.15 chain-length incidents of hosted clusters", () => {
  const cluster = (kernel: string, buckets: number): Scenario => ({
    kernel,
    arch: "x86_64",
    settings: { buckets, max: 131_072 },
    durationSeconds: 100,
    seed: 1,
    collector: { nextPassSeconds: 1000 },
    traffic: [{ protocol: "tcp", pattern: "session", newPerSecond: 1250, lifeSeconds: 3600 }],
  });

  test("on 5.15 with buckets at a quarter of max, connections are refused although nothing is full", () => {
    const result = simulate(cluster("5.15.0", 32_768));
    expect(result.peakFill).toBeLessThan(0.96);
    expect(result.drops).toBe(0);
    expect(result.chainRefusals / result.conservation.arrivals).toBeGreaterThan(0.005);
    expect(judge(result).failures.join(" ")).toContain("refused because of long chains");
  });

  test("with as many buckets as max, next to none is refused", () => {
    const result = simulate(cluster("5.15.0", 131_072));
    expect(result.chainRefusals / result.conservation.arrivals).toBeLessThan(1e-4);
  });

  test("with the limit of 6.3 none is refused at the same load", () => {
    expect(simulate(cluster("6.6.0", 32_768)).chainRefusals).toBe(0);
  });

  test("4.19 has no limit and refuses none", () => {
    expect(simulate(cluster("4.19.0", 32_768)).chainRefusals).toBe(0);
  });
});

/**
 * The classic outage: established entries live 5 days (432000 s), and connections whose RST or FIN never passed this
 * host pile up. One such connection in 80 seconds fills a table of 4096 within 4 days.
 */
describe("A 5-day established timeout filled by lost RSTs", () => {
  const gateway = (establishedSeconds: number): Scenario => ({
    kernel: "6.12.107",
    arch: "x86_64",
    settings: {
      buckets: 4096,
      max: 4096,
      timeouts: { nf_conntrack_tcp_timeout_established: establishedSeconds },
    },
    durationSeconds: 5 * DAY,
    seed: 1,
    traffic: [{ protocol: "tcp", pattern: "session", end: "silent", newPerSecond: 1 / 80, lifeSeconds: 60 }],
  });

  test("fills the table with dead connections until new ones are dropped, and early drop cannot help", () => {
    const result = simulate(gateway(432_000));
    expect((result.secondsToFull ?? NaN) / DAY).toBeCloseTo((4096 * 80) / DAY, 1);
    expect(result.drops).toBeGreaterThan(1200);
    expect(result.earlyDrops).toBe(0);
  });

  test("ends with a timeout of 7440 s (RFC 5382): entries are rate times life", () => {
    const result = simulate(gateway(7440));
    expect(result.drops).toBe(0);
    expect(result.peak).toBeGreaterThanOrEqual(93);
    expect(result.peak).toBeLessThanOrEqual((7440 + 60 + 120) / 80 + 1);
    expect(judge(result).passed).toBe(true);
  });

  test("is not ended at once by a shorter timeout: idle entries keep their old deadline until their next packet", () => {
    const shortened = simulate({
      ...gateway(432_000),
      durationSeconds: 2 * DAY,
      events: [{ t: DAY, settings: { timeouts: { nf_conntrack_tcp_timeout_established: 7440 } } }],
    });
    expect(shortened.series.at(-1)?.count).toBeGreaterThan(1080);
  });
});

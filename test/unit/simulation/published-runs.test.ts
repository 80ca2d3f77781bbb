/**
 * Runs on real kernels of which the figures are known, not each second (Debian's 5.10.262, 6.1.176, 6.12.107 and 7.3.4
 * under qemu, 512 buckets, max 1024 unless said): floods beside assured entries, a lowered max, max 0, long chains.
 */
import { simulate } from "../../../src/simulation/simulate";
import type { Scenario } from "../../../src/simulation/scenario/scenario";
import type { SimulationResult } from "../../../src/simulation/report/result";
import { ProblemsError } from "../../../src/validation/problems";

const KERNELS = {
  "5.10": { kernel: "5.10.0-46-cloud-amd64", unameVersion: "#1 SMP Debian 5.10.262-1" },
  "6.1": { kernel: "6.1.0-50-cloud-amd64", unameVersion: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1" },
  "6.12": { kernel: "6.12.107" },
  "7.3": { kernel: "7.3.4" },
} as const;
type Kernel = keyof typeof KERNELS;
const ALL: readonly Kernel[] = ["5.10", "6.1", "6.12", "7.3"];

type Question = Omit<Scenario, "kernel" | "unameVersion" | "arch" | "seed" | "settings"> & {
  readonly settings?: Partial<Scenario["settings"]>;
};

const run = (kernel: Kernel, question: Question, seed = 1): SimulationResult =>
  simulate({
    ...KERNELS[kernel],
    arch: "x86_64",
    seed,
    ...question,
    settings: { buckets: 512, max: 1024, ...question.settings },
  });

const mean = (kernel: Kernel, question: Question, figure: (result: SimulationResult) => number): number => {
  const seeds = Array.from({ length: 16 }, (_, seed) => figure(run(kernel, question, seed)));
  return seeds.reduce((sum, value) => sum + value, 0) / seeds.length;
};

describe.each(ALL)("Linux %s", (kernel) => {
  test("udp3000: a flood of 3000 UDP flows a second is lossless, and early drops are what was sent less the count", () => {
    const result = run(kernel, {
      settings: { timeouts: { nf_conntrack_udp_timeout: 10 } },
      durationSeconds: 8,
      traffic: [{ protocol: "udp", pattern: "unreplied", newPerSecond: 3000 }],
    });
    expect(result.drops).toBe(0);
    expect(result.earlyDrops).toBe(8 * 3000 - (result.series.at(-1)?.count ?? NaN));
  });

  test("estmix: 700 assured entries and 300 SYN a second: no drop, half-open entries recycle (4170 to 4175 killed)", () => {
    const question: Question = {
      durationSeconds: 15,
      preload: [{ protocol: "tcp", pattern: "session", count: 700 }],
      traffic: [{ protocol: "tcp", pattern: "syn", newPerSecond: 300 }],
    };
    const killed = mean(kernel, question, ({ earlyDrops }) => earlyDrops);
    expect(killed).toBeGreaterThan(4170 * 0.995);
    expect(killed).toBeLessThan(4175 * 1.005);
    expect(mean(kernel, question, ({ drops }) => drops)).toBeLessThanOrEqual(2);
  });

  test("syn100: assured connections replace a flood of SYN until 8 buckets hold no victim: 22 to 32 drops", () => {
    const question: Question = {
      settings: { timeouts: { nf_conntrack_tcp_timeout_syn_sent: 20 } },
      durationSeconds: 35,
      traffic: [
        { protocol: "tcp", pattern: "syn", newPerSecond: 100, endSeconds: 25 },
        { protocol: "tcp", pattern: "session", newPerSecond: 100, startSeconds: 25 },
      ],
    };
    expect(run(kernel, question).series[24]?.drop).toBe(0);
    const drops = mean(kernel, question, (result) => result.drops);
    expect(drops).toBeGreaterThan(20);
    expect(drops).toBeLessThan(40);
  });

  // The figures are one run each; the deviation of a single run is about 13 entries (18 on 5.10).
  test("lower: max lowered from 4096 to 100 under 800 entries kills nothing by itself, later several for each new flow", () => {
    const kernelsCount = { "5.10": 461, "6.1": 266, "6.12": 267, "7.3": 265 }[kernel];
    const question: Question = {
      settings: { max: 4096, timeouts: { nf_conntrack_udp_timeout: 600 } },
      durationSeconds: 11,
      preload: [{ protocol: "udp", pattern: "unreplied", count: 800 }],
      events: [{ t: 0, settings: { max: 100 } }],
      traffic: [{ protocol: "udp", pattern: "unreplied", newPerSecond: 50, startSeconds: 1 }],
    };
    const result = run(kernel, question);
    expect(result.series[0]?.count).toBe(800);
    expect(result.drops).toBe(0);
    const left = mean(kernel, question, ({ series }) => series.at(-1)?.count ?? NaN);
    expect(Math.abs(left - kernelsCount)).toBeLessThan(40);
  });

  test("estfull: where all 1024 entries are assured, every new packet is dropped and nothing is killed", () => {
    const result = run(kernel, {
      durationSeconds: 20,
      preload: [{ protocol: "tcp", pattern: "session", count: 1024 }],
      traffic: [{ protocol: "udp", pattern: "unreplied", newPerSecond: 100 }],
    });
    expect(result.drops).toBe(2000);
    expect(result.earlyDrops).toBe(0);
  });

  test("gc5: 800 expired entries stay in the count until the collector's next pass, and leave in one step", () => {
    const nextPassSeconds = kernel === "5.10" ? 110 : 10.2;
    const { series } = run(kernel, {
      settings: { max: 4096, timeouts: { nf_conntrack_udp_timeout: 5 } },
      durationSeconds: 100,
      preload: [{ protocol: "udp", pattern: "unreplied", count: 800 }],
      traffic: [],
      collector: { nextPassSeconds },
    });
    expect(series.find(({ count }) => count < 800)).toEqual(
      kernel === "5.10" ? undefined : { t: 11, count: 0, drop: 0, earlyDrop: 0, insertFailed: 0 },
    );
  });

  test("udpassured: entries replied within 2 seconds are not assured, and a flood kills them; assured ones it spares", () => {
    const flood: Question = {
      settings: { timeouts: { nf_conntrack_udp_timeout: 60 } },
      durationSeconds: 10,
      traffic: [{ protocol: "udp", pattern: "unreplied", newPerSecond: 500 }],
    };
    const replied = run(kernel, { ...flood, preload: [{ protocol: "udp", pattern: "query", count: 600 }] });
    const assured = run(kernel, { ...flood, preload: [{ protocol: "udp", pattern: "stream", count: 600 }] });
    expect(replied.earlyDropVictims.replied).toBeGreaterThan(400);
    expect(assured.earlyDropVictims.replied).toBe(0);
  });
});

test.each<[Kernel, number]>([
  ["6.1", 0.69],
  ["6.12", 0.8],
  ["7.3", 0.84],
])(
  "chain: with 512 buckets Linux %s refuses most of a flood near 18000 entries although max is a million",
  (kernel) => {
    const result = run(kernel, {
      settings: { max: 1_000_000, timeouts: { nf_conntrack_udp_timeout: 600 } },
      durationSeconds: 20,
      traffic: [{ protocol: "udp", pattern: "unreplied", newPerSecond: 1500 }],
    });
    const beginning = result.series.find(({ insertFailed }) => insertFailed > 0);
    expect(beginning?.count).toBeGreaterThan(7000);
    expect(beginning?.count).toBeLessThan(10_500);
    expect(result.drops).toBe(0);
    expect(result.series.at(-1)?.count).toBeGreaterThan(18_000);
    const [before, last] = result.series.slice(-2);
    expect(((last?.insertFailed ?? NaN) - (before?.insertFailed ?? NaN)) / 1500).toBeGreaterThan(0.5);
  },
);

test("chain: Linux 5.10 has no limit on chains: 50446 entries in 512 buckets, none refused", () => {
  const result = run("5.10", {
    settings: { max: 1_000_000, timeouts: { nf_conntrack_udp_timeout: 600 } },
    durationSeconds: 1,
    traffic: [{ protocol: "udp", pattern: "unreplied", newEachSecond: [50_446] }],
  });
  expect(result.series.at(-1)).toMatchObject({ count: 50_446, insertFailed: 0 });
});

describe("max0", () => {
  const question: Question = {
    settings: { max: 4096 },
    durationSeconds: 10,
    events: [{ t: 0, settings: { max: 0 } }],
    traffic: [{ protocol: "udp", pattern: "unreplied", newPerSecond: 500 }],
  };

  test.each<Kernel>(["5.10", "6.1", "6.12"])("means no limit on Linux %s", (kernel) => {
    const result = run(kernel, question);
    expect(result.series.at(-1)).toMatchObject({ count: 5000, drop: 0, earlyDrop: 0 });
  });

  test("is refused by Linux 7.3, which stays at 4096", () => {
    const result = run("7.3", question);
    expect(result.peak).toBe(4096);
    expect(result.refusedWrites).toMatchObject([{ t: 0, key: "max", value: 0 }]);
  });

  test("cannot be the setting at the start of Linux 7.3", () => {
    expect(() => run("7.3", { ...question, settings: { max: 0 } })).toThrow(ProblemsError);
  });
});

/**
 * The simulation beside real kernels (Debian's, under qemu, one processor, HZ 250): test/truth/table.jsonl holds the
 * runs, each second's offered load is replayed, and the mean of 16 seeds is compared.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { simulate } from "../../../src/simulation/simulate";
import type { Preload, Scenario, TrafficClass } from "../../../src/simulation/scenario/scenario";

interface Sample {
  readonly t: number;
  readonly phase: string;
  readonly count: number;
  readonly ok: number;
  readonly eperm: number;
  readonly drop?: number;
  readonly early_drop?: number;
  readonly insert_failed?: number;
}

interface Run {
  readonly run: string;
  readonly kernel: string;
  readonly arch: string;
  readonly buckets: string;
  readonly max: string;
  readonly hz: number;
  readonly timeouts_set: Record<string, number>;
  readonly phases: readonly { readonly name: string; readonly dur: number }[];
  readonly after_prefill: { readonly count: number };
  readonly series: readonly Sample[];
}

const SEEDS = 16;
const runs = readFileSync(join(__dirname, "../../truth/table.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Run);

/** Debian's release string hides the upstream patch level; `uname -v` showed it. */
const UNAME_VERSION: Record<string, string> = {
  "5.10.0-46-cloud-amd64": "#1 SMP Debian 5.10.262-1",
  "6.1.0-50-cloud-amd64": "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1",
};

/** What the packets of each phase were. */
const PHASES: Record<string, Pick<TrafficClass, "protocol" | "pattern">> = {
  flood: { protocol: "udp", pattern: "unreplied" },
  newudp: { protocol: "udp", pattern: "unreplied" },
  newsyn: { protocol: "tcp", pattern: "syn" },
  newest: { protocol: "tcp", pattern: "session" },
};

const PREFILLS: Record<string, Pick<Preload, "protocol" | "pattern">> = {
  gc5: { protocol: "udp", pattern: "unreplied" },
  estfull: { protocol: "tcp", pattern: "session" },
};

/** When the collector's pass was seen; elsewhere none fell into the run. */
const PASS_SEEN_AT: Record<string, number> = { "gc5 6.1.0-50-cloud-amd64": 10.4, "udp50 6.1.0-50-cloud-amd64": 50.4 };

/** The sample of each full second, 0 first. */
const samplesOf = ({ series }: Run): Sample[] => {
  const seconds = Math.floor(series.at(-1)?.t ?? 0);
  return Array.from({ length: seconds + 1 }, (_, second) =>
    series.reduce((best, sample) => (Math.abs(sample.t - second) < Math.abs(best.t - second) ? sample : best)),
  );
};

/** Flows that were offered between the first sample and the last. */
const offeredIn = (samples: readonly Sample[]): number => {
  const [first, last] = [samples[0], samples.at(-1)];
  return first === undefined || last === undefined ? 0 : last.ok + last.eperm - first.ok - first.eperm;
};

/** "Nearly all is evicted": from this share of the offered flows on, early drops are held to 0.5 %. */
const NEARLY_ALL = 0.75;

const trafficOf = ({ phases }: Run, offered: readonly number[]): TrafficClass[] => {
  let startSeconds = 0;
  return phases.flatMap(({ name, dur }) => {
    const start = startSeconds;
    startSeconds += dur;
    const kind = PHASES[name];
    return kind === undefined
      ? []
      : [{ ...kind, startSeconds: start, newEachSecond: offered.slice(start, startSeconds) }];
  });
};

const scenarioOf = (run: Run, samples: readonly Sample[], seed: number): Scenario => {
  const offered = samples.slice(1).map((sample, i) => offeredIn([samples[i] ?? sample, sample]));
  const prefill = PREFILLS[run.run];
  const nextPassSeconds = PASS_SEEN_AT[`${run.run} ${run.kernel}`];
  return {
    kernel: run.kernel,
    unameVersion: UNAME_VERSION[run.kernel],
    arch: run.arch,
    hz: run.hz,
    settings: { buckets: Number(run.buckets), max: Number(run.max), timeouts: run.timeouts_set },
    durationSeconds: offered.length,
    seed,
    preload: prefill === undefined ? [] : [{ ...prefill, count: run.after_prefill.count }],
    traffic: trafficOf(run, offered),
    ...(nextPassSeconds === undefined ? {} : { collector: { nextPassSeconds } }),
  };
};

type Means = { count: number; drop: number; earlyDrop: number; insertFailed: number };

const meansOf = (run: Run, samples: readonly Sample[]): Means[] => {
  const means = samples.slice(1).map((): Means => ({ count: 0, drop: 0, earlyDrop: 0, insertFailed: 0 }));
  for (let seed = 0; seed < SEEDS; seed += 1) {
    simulate(scenarioOf(run, samples, seed)).series.forEach((point, i) => {
      const mean = means[i];
      if (mean === undefined) throw new Error("more points than seconds");
      mean.count += point.count / SEEDS;
      mean.drop += point.drop / SEEDS;
      mean.earlyDrop += point.earlyDrop / SEEDS;
      mean.insertFailed += point.insertFailed / SEEDS;
    });
  }
  return means;
};

const share = (simulated: number, real: number): number => Math.abs(simulated - real) / Math.max(real, 1);

describe.each(runs.map((run, i) => [`${run.run} on ${run.kernel} (row ${i + 1})`, run] as const))(
  "%s",
  (_name, run) => {
    const samples = samplesOf(run);
    const means = meansOf(run, samples);
    const last = means.at(-1);
    const real = samples.at(-1);
    const first = samples[0];

    test(`the count stays within ${run.run === "udp50" ? 10 : 2} % of the kernel's at every second`, () => {
      const tolerance = run.run === "udp50" ? 0.1 : 0.02;
      const misses = means
        .map(({ count }, i) => ({ second: i + 1, simulated: count, kernel: samples[i + 1]?.count ?? 0 }))
        .filter(({ simulated, kernel }) => share(simulated, kernel) > tolerance);
      expect(misses).toEqual([]);
    });

    const evicted = real?.early_drop ?? 0;
    const tolerance = evicted >= NEARLY_ALL * offeredIn(samples) ? 0.005 : 0.03;
    test(`early drops are within ${tolerance * 100} % of the kernel's`, () => {
      expect(share(last?.earlyDrop ?? NaN, evicted)).toBeLessThanOrEqual(tolerance);
    });

    test("drops are within 3 %, or at most 2 where the kernel had none", () => {
      const kernel = (real?.drop ?? 0) - (first?.drop ?? 0);
      const simulated = last?.drop ?? NaN;
      if (kernel === 0) expect(simulated).toBeLessThanOrEqual(2);
      else expect(share(simulated, kernel)).toBeLessThanOrEqual(0.03);
    });

    test("refusals by long chains are within 3 % of the kernel's", () => {
      expect(share(last?.insertFailed ?? NaN, real?.insert_failed ?? 0)).toBeLessThanOrEqual(0.03);
    });
  },
);

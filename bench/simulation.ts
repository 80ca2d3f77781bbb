/**
 * How fast the simulation is: `npm run build && node -r ts-node/register/transpile-only bench/simulation.ts`.
 *
 * Events (packets presented, entries created and removed, nodes visited by the collector) per second of processor time
 * on one core, unthinned; bytes for each entry; beside (a) this machine's kernel creating entries in a network
 * namespace of its own (root, and nft, ip, unshare and perl: Debian packages nftables, iproute2, util-linux, perl) and
 * (b) the same model written plainly.
 */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import Table from "cli-table3";
import { kernelRules } from "../src/kernel/kernel-rules";
import type { Model } from "../src/simulation/engine/model";
import { eventsOf } from "../src/simulation/report/result";
// As it is shipped, in one module: `npm run build` first.
import { runJob } from "../dist/src/simulation/engine/run";
import type { TrafficClass } from "../src/simulation/scenario/scenario";
import { prepare } from "../src/simulation/simulate";
import { tableBytes } from "../src/simulation/engine/table";
import { median } from "./median";
import { runPlain } from "./plain-model";
import { valueOrThrow } from "../src/validation/validation";

const KERNEL = { kernel: "6.12.107", arch: "x86_64" };
const rules = kernelRules(KERNEL);
const MILLION = 1e6;

interface Measured {
  readonly events: number;
  readonly seconds: number;
  readonly bytesPerEntry?: number;
}

/** Processor seconds of this process spent in `work`. */
const timed = (work: () => number): Measured => {
  const before = process.cpuUsage();
  const events = work();
  const { user, system } = process.cpuUsage(before);
  return { events, seconds: (user + system) / MILLION };
};

const bytesOf = ({ table, packets, expiries }: Model): number =>
  [packets, expiries].reduce(
    (sum, wheel) =>
      wheel === undefined
        ? sum
        : sum + wheel.next.byteLength + wheel.due.byteLength + (wheel.previous?.byteLength ?? 0),
    tableBytes(table),
  );

/** Events of one measurement, at least: the clock of processor time ticks every 4 ms. */
const EVENTS_OF_A_RUN = MILLION;
/** Events of all runs of a row together, at least: a neighbour on the machine disturbs a short one easily. */
const EVENTS_OF_A_ROW = 20 * MILLION;
const MINIMUM_RUNS = 3;

/** The mean of as many runs as a measurement needs. */
const simulatedOnce = (buckets: number, durationSeconds: number, traffic: TrafficClass): Measured => {
  const scenario = { ...KERNEL, settings: { buckets, max: buckets }, durationSeconds, seed: 1, traffic: [traffic] };
  const { job } = valueOrThrow(prepare(scenario, rules), "The scenario cannot be prepared.");
  let bytesPerEntry = 0;
  let repetitions = 0;
  const { events, seconds } = timed(() => {
    let sum = 0;
    for (; sum < EVENTS_OF_A_RUN; repetitions += 1) {
      const model = runJob(job, () => undefined);
      bytesPerEntry = bytesOf(model) / model.table.capacity;
      sum += eventsOf(model.counters);
    }
    return sum;
  });
  return { events: events / repetitions, seconds: seconds / repetitions, bytesPerEntry };
};

const simulated = (buckets: number, durationSeconds: number, traffic: TrafficClass): Measured[] => {
  const runs = [simulatedOnce(buckets, durationSeconds, traffic)];
  const wanted = Math.max(EVENTS_OF_A_ROW / Math.max(runs[0]?.events ?? 0, EVENTS_OF_A_RUN), MINIMUM_RUNS);
  while (runs.length < wanted) runs.push(simulatedOnce(buckets, durationSeconds, traffic));
  return runs;
};

const rate = ({ events, seconds }: Measured): number => events / seconds / MILLION;

/** Entries that the kernel creates each second for one sender, or why it could not be asked. */
const kernelRate = (): number | string => {
  const entries = 200_000;
  const send = `use Socket; use Time::HiRes "time"; socket(S, PF_INET, SOCK_DGRAM, 0); my @to;
    for my $i (1..${entries}) { push @to, pack_sockaddr_in(1024 + $i % 60000, pack("C4", 127, 1, 0, 1 + int($i / 60000))) }
    my $t = time; send(S, "x", 0, $_) for @to; print time - $t;`;
  const inside = `ip link set lo up && nft -f - <<'N'
table ip bench {
  chain output { type filter hook output priority 0; ct state new counter; }
  chain input { type filter hook input priority 0; policy drop; }
}
N
perl -e '${send}'; printf ' '; cat /proc/sys/net/netfilter/nf_conntrack_count`;
  const { stdout, status, stderr } = spawnSync("unshare", ["-n", "sh", "-c", inside], { encoding: "utf8" });
  const [seconds, count] = stdout.split(" ").map(Number);
  if (status !== 0 || seconds === undefined || count === undefined) return stderr.trim().split("\n")[0] ?? "failed";
  return count / seconds;
};

const flood = (newPerSecond: number): TrafficClass => ({ protocol: "udp", pattern: "unreplied", newPerSecond });
const streams = (newPerSecond: number): TrafficClass => ({
  protocol: "udp",
  pattern: "stream",
  newPerSecond,
  intervalSeconds: 1,
  lifeSeconds: 20,
});
const sessions = (newPerSecond: number): TrafficClass => ({
  protocol: "tcp",
  pattern: "session",
  newPerSecond,
  intervalSeconds: 2,
  lifeSeconds: 20,
});

const main = (): void => {
  const kernel = kernelRate();
  const table = new Table({
    style: { head: [], border: [], compact: true },
    head: [
      "load",
      "buckets",
      "measured",
      "M events/s: median",
      "best",
      "bytes/entry",
      "M flows/s",
      "x kernel",
      "x plain",
    ],
  });
  const add = (name: string, buckets: number, flows: number, runs: readonly Measured[], plain?: Measured): void => {
    const rates = runs.map(rate);
    const flowRate = flows / median(runs.map(({ seconds }) => seconds));
    table.push([
      name,
      buckets.toLocaleString("en-US"),
      runs.length,
      median(rates).toFixed(1),
      Math.max(...rates).toFixed(1),
      (runs[0]?.bytesPerEntry ?? 0).toFixed(0),
      (flowRate / MILLION).toFixed(2),
      typeof kernel === "number" ? (flowRate / kernel).toFixed(1) : "-",
      plain === undefined ? "-" : (median(rates) / rate(plain)).toFixed(1),
    ]);
  };
  // Lets the compiler see each kind of load first: a run of a second would measure mostly its warming up.
  for (const load of [flood(8192), streams(2048), sessions(2048)]) simulated(65_536, 60, load);
  for (const buckets of [262_144, 4_194_304]) {
    const arrivals = buckets / 8;
    const isSmall = buckets < MILLION;
    const plainFlood = { buckets, max: buckets, seconds: 30, newPerSecond: arrivals, lifeSeconds: 0 };
    const plainStreams = { ...plainFlood, newPerSecond: arrivals / 8, lifeSeconds: 20 };
    const plain = (run: typeof plainFlood) => (isSmall ? timed(() => runPlain(run)) : undefined);
    add("flood, table full", buckets, 30 * arrivals, simulated(buckets, 30, flood(arrivals)), plain(plainFlood));
    add("flood, with collector", buckets, 18.75 * arrivals, simulated(buckets, 150, flood(arrivals / 8)));
    add("UDP streams", buckets, 3.75 * arrivals, simulated(buckets, 30, streams(arrivals / 8)), plain(plainStreams));
    add("TCP sessions", buckets, 5 * arrivals, simulated(buckets, 40, sessions(arrivals / 8)));
  }
  for (let entries = 1000; entries <= 10_000_000; entries *= 10) {
    add("growth: fill", entries, entries, simulated(entries, 20, flood(entries / 20)));
  }
  const kernelText = typeof kernel === "number" ? `${Math.round(kernel).toLocaleString("en-US")} entries/s` : kernel;
  process.stdout.write(`${cpus()[0]?.model ?? "unknown processor"}, Node ${process.version}\n`);
  process.stdout.write(`the kernel of this machine, one sender: ${kernelText}\n${table.toString()}\n`);
};

main();

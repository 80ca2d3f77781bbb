/** The model of a job at its start. */
import type { KernelRules } from "../../kernel/rules";
import { preloadEntries } from "./flows";
import { createFullest } from "./fullest";
import { createCounters, type Model } from "./model";
import { BATCH } from "./look-ahead";
import { compileClass, type FlowClass } from "../scenario/patterns";
import { seedRandom } from "../scenario/random";
import type { Scenario, TrafficClass } from "../scenario/scenario";
import { createTable } from "./table";
import { compileTransitions } from "./tcp";
import { flowsOf } from "./thinning";
import { defaultTimeoutTicks, writeTimeouts } from "./timeouts";
import { createWheel, NEVER } from "./wheel";

/** A scenario whose every value has been checked, with the rules of its kernel. */
export interface Job {
  readonly scenario: Scenario;
  readonly rules: KernelRules;
  readonly hz: number;
  readonly thinning: number;
}

/** Limit of entries in the thinned table, never more than max when counted back; Infinity where the kernel has none. */
export const thinnedMax = ({ rules, thinning }: Job, max: number): number =>
  max === 0 && rules.fullTable.zeroMaxIsUnlimited ? Infinity : Math.floor(max / thinning);

/** Buckets of the thinned table. */
export const thinnedBuckets = ({ thinning }: Job, buckets: number): number =>
  Math.max(Math.round(buckets / thinning), 1);

const sendsLater = (flow: FlowClass): boolean =>
  flow.repetitions > 0 || flow.closing.length > 0 || flow.retransmissions > 0;

/** Records to begin with: as many as max allows or the load can need, whichever is less; the table grows if need be. */
export const firstCapacity = (job: Job): number => {
  const { scenario, thinning } = job;
  const asked = scenario.traffic.reduce((sum, traffic) => sum + flowsOf(traffic, scenario.durationSeconds), 0);
  const preloaded = (scenario.preload ?? []).reduce((sum, { count }) => sum + count, 0);
  const max = thinnedMax(job, scenario.settings.max);
  return Math.ceil(Math.max(preloaded / thinning, Math.min(max, (asked + preloaded) / thinning))) + 1;
};

const preloadClass = ({ protocol, pattern }: Pick<TrafficClass, "protocol" | "pattern">): TrafficClass => ({
  protocol,
  pattern,
});

const emptyModel = (job: Job): Model => {
  const { scenario, rules, hz, thinning } = job;
  const classes = [...scenario.traffic, ...(scenario.preload ?? []).map(preloadClass)];
  const compiled = classes.map((traffic) => compileClass(traffic, hz));
  const table = createTable(thinnedBuckets(job, scenario.settings.buckets), firstCapacity(job));
  const timeouts = defaultTimeoutTicks(rules, hz);
  writeTimeouts(timeouts, rules, hz, scenario.settings.timeouts ?? {});
  const items = table.capacity + 1;
  const flag = (name: string): number => rules.flags[`${rules.module}_${name}`]?.default ?? 1;
  return {
    rules,
    hz,
    thinning,
    classes: compiled,
    random: seedRandom(scenario.seed),
    table,
    counters: createCounters(),
    timeouts,
    transitions: compileTransitions(rules),
    tcpLoose: flag("tcp_loose") !== 0,
    tcpMaxRetransmissions: flag("tcp_max_retrans"),
    upcoming: { hashes: new Int32Array(2 * BATCH), next: 2 * BATCH },
    packets: createWheel(compiled.some(sendsLater) ? items : 0, false),
    expiries: rules.garbageCollection.kind === "timers" ? createWheel(items, true) : undefined,
    lastTick: scenario.durationSeconds * hz,
    entriesOf: new Int32Array(compiled.length),
    max: thinnedMax(job, scenario.settings.max),
    realMax: scenario.settings.max,
    maxSince: 0,
    fullest: createFullest(),
    soonest: { known: NEVER, seen: NEVER },
    collectorMayKill: false,
    nextVictimBucket: 0,
  };
};

/** The model at t = 0: empty but for the preloaded entries. */
export const createModel = (job: Job): Model => {
  const { scenario, thinning } = job;
  const model = emptyModel(job);
  (scenario.preload ?? []).forEach(({ protocol, pattern, count }, i) => {
    const isStream = protocol === "udp" && pattern === "stream";
    preloadEntries(model, scenario.traffic.length + i, Math.floor(count / thinning), isStream);
  });
  return model;
};

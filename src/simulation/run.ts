/**
 * The event loop: ticks of the kernel in order, and within a tick the settings, the collector, timers, packets of
 * living flows in the order of scheduling, and new flows in the order of their time.
 */
import type { KernelRules } from "../kernel/rules";
import { type Arrivals, createArrivals } from "./arrivals";
import { type Collector, createCollector, runCollector } from "./collector";
import { continueFlow, preloadEntries, startFlow } from "./flows";
import { BATCH } from "./look-ahead";
import { createCounters, expireEntry, expiryTick, type Model } from "./model";
import { compileClass, type FlowClass } from "./patterns";
import { seedRandom } from "./random";
import type { Scenario, ScenarioSettings, TrafficClass } from "./scenario";
import { createTable, isExpired, RECORD_WORDS, resizeTable } from "./table";
import { compileTransitions } from "./tcp";
import { defaultTimeoutTicks, writeTimeouts } from "./timeouts";
import { advance, cancel, createWheel, firstDue, NEVER, nextDue, schedule, takeDue } from "./wheel";

/** A scenario whose every value has been checked, with the rules of its kernel. */
export interface Job {
  readonly scenario: Scenario;
  readonly rules: KernelRules;
  readonly hz: number;
  readonly thinning: number;
}

/** Told the state at the end of each second. */
export type Observer = (second: number, model: Model) => void;

const thinnedMax = ({ rules, thinning }: Job, max: number): number =>
  max === 0 && rules.fullTable.zeroMaxIsUnlimited ? Infinity : Math.round(max / thinning);

const thinnedBuckets = ({ thinning }: Job, buckets: number): number => Math.max(Math.round(buckets / thinning), 1);

const sendsLater = (flow: FlowClass): boolean =>
  flow.repetitions > 0 || flow.closing.length > 0 || flow.retransmissions > 0;

/** Records to begin with: as many as max allows or the load can need, whichever is less; the table grows if need be. */
const firstCapacity = (job: Job): number => {
  const { scenario, thinning } = job;
  const asked = scenario.traffic.reduce((sum, traffic) => {
    const seconds = Math.max(
      Math.min(traffic.endSeconds ?? Infinity, scenario.durationSeconds) - (traffic.startSeconds ?? 0),
      0,
    );
    const listed = (traffic.newEachSecond ?? []).reduce((total, count) => total + count, 0);
    return sum + (traffic.newPerSecond ?? 0) * seconds + listed;
  }, 0);
  const preloaded = (scenario.preload ?? []).reduce((sum, { count }) => sum + count, 0);
  const max = thinnedMax(job, scenario.settings.max);
  return Math.ceil(Math.max(preloaded / thinning, Math.min(max, (asked + preloaded) / thinning))) + 1;
};

const preloadClass = ({ protocol, pattern }: Pick<TrafficClass, "protocol" | "pattern">): TrafficClass => ({
  protocol,
  pattern,
});

const createModel = (job: Job): Model => {
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
    max: thinnedMax(job, scenario.settings.max),
    collectorMayKill: false,
    nextVictimBucket: 0,
  };
};

const preload = (model: Model, { scenario, thinning }: Job): void => {
  (scenario.preload ?? []).forEach(({ protocol, pattern, count }, i) => {
    const isStream = protocol === "udp" && pattern === "stream";
    preloadEntries(model, scenario.traffic.length + i, Math.round(count / thinning), isStream);
  });
};

/** The collector at t = 0: as told, or as if a pass over the preloaded table had just ended. */
const startCollector = (model: Model, { scenario }: Job): Collector => {
  const collector = createCollector();
  runCollector(model, collector, 0);
  model.counters.collectorNodes = 0;
  const given = scenario.collector?.nextPassSeconds;
  if (given !== undefined && collector.nextTick !== NEVER) collector.nextTick = Math.round(given * model.hz);
  return collector;
};

const applySettings = (model: Model, job: Job, settings: Partial<ScenarioSettings>): void => {
  if (settings.max !== undefined) model.max = thinnedMax(job, settings.max);
  if (settings.timeouts !== undefined) writeTimeouts(model.timeouts, model.rules, model.hz, settings.timeouts);
  if (settings.buckets !== undefined) {
    const buckets = thinnedBuckets(job, settings.buckets);
    if (buckets !== model.table.buckets) resizeTable(model.table, buckets);
  }
};

/** Timers that are due: the entry has expired, or its deadline was moved and the timer follows. */
const runTimers = (model: Model, now: number): void => {
  const { expiries, table } = model;
  if (expiries === undefined) return;
  for (let item = firstDue(expiries); item >= 0; item = firstDue(expiries)) {
    const record = item * RECORD_WORDS;
    if (isExpired(table, record, now)) {
      expireEntry(model, record);
    } else {
      cancel(expiries, item);
      schedule(expiries, item, expiryTick(table, record));
    }
  }
};

const runPackets = (model: Model, now: number): void => {
  for (let item = takeDue(model.packets); item >= 0; item = takeDue(model.packets)) {
    continueFlow(model, item * RECORD_WORDS, now);
  }
};

const earliest = (arrivals: readonly Arrivals[]): number => {
  let first = 0;
  for (let i = 1; i < arrivals.length; i += 1) {
    if ((arrivals[i]?.next ?? Infinity) < (arrivals[first]?.next ?? Infinity)) first = i;
  }
  return first;
};

/** Starts the flows of this tick. @returns tick of the next arrival, NEVER where there is none */
const runArrivals = (model: Model, arrivals: readonly Arrivals[], now: number): number => {
  for (;;) {
    const index = earliest(arrivals);
    const stream = arrivals[index];
    if (stream === undefined || stream.next === Infinity) return NEVER;
    const tick = Math.floor(stream.next * model.hz);
    if (tick > now) return tick;
    startFlow(model, index, now);
    stream.advance();
  }
};

/**
 * Runs a job to its end.
 * @param observe told the state at each full second, before what happens at that very tick
 * @returns the model in its last state
 */
export const runJob = (job: Job, observe: Observer): Model => {
  const { scenario, hz, thinning } = job;
  const model = createModel(job);
  preload(model, job);
  const collector = startCollector(model, job);
  const arrivals = scenario.traffic.map((traffic) =>
    createArrivals(traffic, scenario.durationSeconds, thinning, model.random),
  );
  const settings = [...(scenario.events ?? [])].sort((a, b) => a.t - b.t);
  let nextSetting = 0;
  let second = 1;
  let nextArrival = 0;

  const { packets, expiries, lastTick } = model;
  for (;;) {
    const setting = settings[nextSetting];
    const settingTick = setting === undefined ? NEVER : Math.round(setting.t * hz);
    const now = Math.min(
      settingTick,
      collector.nextTick,
      nextArrival,
      nextDue(packets),
      expiries === undefined ? NEVER : nextDue(expiries),
    );
    for (; second * hz <= now && second * hz <= lastTick; second += 1) observe(second, model);
    if (now >= lastTick) return model;
    advance(packets, now);
    if (expiries !== undefined) advance(expiries, now);
    if (setting !== undefined && settingTick === now) {
      applySettings(model, job, setting.settings);
      nextSetting += 1;
      if (collector.bucket >= model.table.buckets) collector.bucket = 0;
    }
    if (collector.nextTick === now) runCollector(model, collector, now);
    runTimers(model, now);
    runPackets(model, now);
    if (nextArrival <= now) nextArrival = runArrivals(model, arrivals, now);
  }
};

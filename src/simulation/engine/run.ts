/**
 * The event loop: ticks of the kernel in order, and within a tick the settings, the collector, timers, packets of
 * living flows in the order of scheduling, and new flows in the order of their time.
 */
import { type Arrivals, createArrivals } from "../scenario/arrivals";
import { type Collector, createCollector, runCollector } from "./collector";
import { createModel, type Job, thinnedBuckets, thinnedMax } from "./create-model";
import { continueFlow, startFlow } from "./flows";
import { lookAtPeak, writeMax } from "./fullest";
import { BATCH, touchFlows } from "./look-ahead";
import { expireEntry, expiryTick, type Model } from "./model";
import type { ScenarioSettings } from "../scenario/scenario";
import { isExpired, RECORD_WORDS, resizeTable } from "./table";
import { writeTimeouts } from "./timeouts";
import { advance, cancel, firstDue, NEVER, nextDue, schedule, takeDue } from "./wheel";

/** Called with the state at the end of each second. */
export type Observer = (second: number, model: Model) => void;

/** The collector at t = 0: as the scenario says, or as if a pass over the preloaded table had just ended. */
const startCollector = (model: Model, { scenario }: Job): Collector => {
  const collector = createCollector();
  runCollector(model, collector, 0);
  model.counters.collectorNodes = 0;
  const given = scenario.collector?.nextPassSeconds;
  if (given !== undefined && collector.nextTick !== NEVER) collector.nextTick = Math.round(given * model.hz);
  return collector;
};

const applySettings = (
  model: Model,
  collector: Collector,
  job: Job,
  settings: Partial<ScenarioSettings>,
  now: number,
): void => {
  if (settings.max !== undefined) writeMax(model, thinnedMax(job, settings.max), settings.max, now);
  if (settings.timeouts !== undefined) writeTimeouts(model.timeouts, model.rules, model.hz, settings.timeouts);
  if (settings.buckets !== undefined) {
    const buckets = thinnedBuckets(job, settings.buckets);
    if (buckets === model.table.buckets) return;
    resizeTable(model.table, buckets);
    // The collector goes on with the same number of a bucket; what moved behind it stays unseen in this round.
    if (collector.bucket >= buckets) collector.bucket = 0;
    model.soonest.seen = Math.min(model.soonest.seen, model.soonest.known);
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

/** The records whose packets are due next; a flow's next packet is never due at the same tick. */
const dueRecords = new Int32Array(BATCH);

const runPackets = (model: Model, now: number): void => {
  const { packets, table } = model;
  for (;;) {
    let count = 0;
    for (let item = takeDue(packets); item >= 0; item = count < BATCH ? takeDue(packets) : -1) {
      dueRecords[count] = item * RECORD_WORDS;
      count += 1;
    }
    if (count === 0) return;
    touchFlows(table, dueRecords, count);
    for (let i = 0; i < count; i += 1) continueFlow(model, dueRecords[i] as number, now);
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
 * @param observe called with the state at each full second, before what happens at that very tick
 * @returns the model in its last state
 */
export const runJob = (job: Job, observe: Observer): Model => {
  const { scenario, hz, thinning } = job;
  const model = createModel(job);
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
    for (; second * hz <= now && second * hz <= lastTick; second += 1) {
      lookAtPeak(model);
      observe(second, model);
    }
    if (now >= lastTick) return model;
    advance(packets, now);
    if (expiries !== undefined) advance(expiries, now);
    if (setting !== undefined && settingTick === now) {
      applySettings(model, collector, job, setting.settings, now);
      nextSetting += 1;
    }
    if (collector.nextTick === now) runCollector(model, collector, now);
    runTimers(model, now);
    runPackets(model, now);
    if (nextArrival <= now) nextArrival = runArrivals(model, arrivals, now);
  }
};

/**
 * The worker that finds expired entries, by era: gc_worker() of nf_conntrack_core.c.
 *
 * A pass takes no time here (the kernel interrupts itself after 10 ms of work), except that the averaging collector
 * stops for a tick after so many evictions. A delay of n ticks runs n + 1 ticks later: the kernel's timer wheel never
 * fires early and rounds up to the next tick (calc_index() in kernel/time/timer.c). Longer rounding of distant timers
 * and idle processors, which defer this work, are left out: both depend on the machine's moment.
 */
import type { GarbageCollectionRules } from "../../kernel/rules";
import { deadlineTick, expireEntry, type Model, removeEntry } from "./model";
import { BATCH, touchBuckets } from "./look-ahead";
import { ASSURED, CLASS_SHIFT, STATE_MASK } from "./status";
import { TCP } from "../scenario/patterns";
import { DEADLINE, firstNode, isOriginal, nextForeignNode, recordOf, STATUS } from "./table";
import { isClosing } from "./tcp";
import { NEVER } from "./wheel";

type Averaging = Extract<GarbageCollectionRules, { kind: "averaging" }>;
type Slices = Extract<GarbageCollectionRules, { kind: "adaptiveSlices" }>;
type FixedWorker = Extract<GarbageCollectionRules, { kind: "fixedWorker" }>;

/** GC_SCAN_EXPIRED_MAX: a run of the averaging collector stops after 64000 / HZ evictions (commit 2cfadb761d3d, 5.18). */
const EVICTIONS_PER_SECOND = 64_000;
/** GC_EVICT_RATIO: above this share of expired nodes in a slice the next follows at once (4.10 to 5.13). */
const BUSY_PERCENT = 50;

export interface Collector {
  /** Tick of the next run; NEVER where the kernel has no collector. */
  nextTick: number;
  /** Bucket at which the next run starts. */
  bucket: number;
  /** Slices: the present pause in ticks. */
  pauseTicks: number;
  /** Averaging: tick at which the pass started, the mean so far in ticks and its number of samples. */
  passStart: number;
  mean: number;
  samples: number;
}

export const createCollector = (): Collector => ({
  nextTick: NEVER,
  bucket: 0,
  pauseTicks: 0,
  passStart: 0,
  mean: 0,
  samples: 0,
});

/** Entries from which on the collector may kill: 95 % of max, integer arithmetic; 0 where it may not. */
const killingCount = (model: Model): number => {
  if (!model.collectorMayKill || !model.rules.earlyDrop.collectorKillsAbove95Percent) return 0;
  return (Math.floor(model.realMax / 100) * 95) / model.thinning;
};

/** gc_worker_can_early_drop(): whatever is not ASSURED, and TCP connections that are closing. */
const mayKill = (model: Model, record: number): boolean => {
  const status = model.table.words[record + STATUS] as number;
  if ((status & ASSURED) === 0) return true;
  return model.classes[status >>> CLASS_SHIFT]?.protocol === TCP && isClosing(status & STATE_MASK);
};

const killAsCollector = (model: Model, record: number): void => {
  model.counters.evicted += 1;
  removeEntry(model, record);
};

/** The mean of remaining lives, in ticks, that a pass of the averaging collector takes. */
interface Mean {
  value: number;
  samples: number;
  readonly isWeighted: boolean;
  /** Real nodes for each simulated one. */
  readonly weight: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** After so many equal samples nothing is left of a mean that moves half the way each time. */
const HALVINGS = 32;

/** Takes one node into the mean, in integers as the kernel does. No calls: this is the collector's inner loop. */
const sample = (mean: Mean, remaining: number): void => {
  const { weight, minimum, maximum } = mean;
  const e = remaining < minimum ? minimum : remaining > maximum ? maximum : remaining;
  if (mean.isWeighted) {
    for (let i = 0; i < weight && i < HALVINGS; i += 1) mean.value = Math.floor((mean.value + e) / 2);
    return;
  }
  // With more samples than lives can differ in ticks, a further one rounds to nothing: 0 from here on, for ever.
  if (mean.samples > maximum - minimum) return;
  mean.samples += weight;
  mean.value += (((e - mean.value) / mean.samples) | 0) * weight;
};

/** What a visit to a bucket found; reused, so that a pass allocates nothing. */
interface Visit {
  removed: number;
  scanned: number;
}

/**
 * Visits the nodes of a bucket: expired entries go, and those that may be killed above the killing count.
 * @param mean gets the remaining ticks of every node that stays; undefined where the era takes no mean
 */
const visitBucket = (
  model: Model,
  bucket: number,
  now: number,
  killAt: number,
  visit: Visit,
  mean: Mean | undefined,
): void => {
  const { table, soonest } = model;
  const { words } = table;
  let node = firstNode(table, bucket);
  let seen = soonest.seen;
  let scanned = 0;
  while (node !== 0) {
    scanned += 1;
    const record = recordOf(node);
    const deadline = words[record + DEADLINE] as number;
    const remaining = (deadline - now) | 0;
    const expired = remaining <= 0;
    if (!expired) {
      if (mean !== undefined) sample(mean, remaining);
      if (killAt === 0 || table.count < killAt || !mayKill(model, record)) {
        const tick = deadlineTick(deadline);
        if (tick < seen) seen = tick;
        node = words[node] as number;
        continue;
      }
    }
    const next = nextForeignNode(table, node);
    if (expired) expireEntry(model, record);
    else killAsCollector(model, record);
    visit.removed += 1;
    // The removed node now stands in the dying list, and the walk with it.
    if (model.rules.earlyDrop.dyingListEndsWalk && isOriginal(node)) {
      seen = Math.min(seen, now);
      break;
    }
    node = next;
  }
  soonest.seen = seen;
  model.counters.collectorNodes += scanned;
  visit.scanned += scanned;
};

/** The round over all buckets is complete: what it has seen is now what is known. */
const endRound = ({ soonest }: Model): void => {
  soonest.known = soonest.seen;
  soonest.seen = NEVER;
};

/** True where no entry can have expired before `tick` and none may be killed: a round would change nothing. */
const nothingToFind = (model: Model, tick: number, killAt: number): boolean =>
  killAt === 0 && model.soonest.known > tick;

/** Ticks from the end of a run to the next, for a delay that the kernel asks for. */
const delayed = (now: number, ticks: number): number => now + ticks + 1;

const wholeTable = (model: Model, now: number): void => {
  const killAt = killingCount(model);
  model.collectorMayKill = false;
  if (nothingToFind(model, now, killAt)) return;
  const visit = { removed: 0, scanned: 0 };
  for (let bucket = 0; bucket < model.table.buckets; bucket += 1) {
    if (bucket % BATCH === 0) touchBuckets(model.table, bucket);
    visitBucket(model, bucket, now, killAt, visit, undefined);
  }
  endRound(model);
};

/** Visits the next `goal` buckets, round and round. */
const nextSlice = (model: Model, collector: Collector, now: number, goal: number): Visit => {
  const { buckets } = model.table;
  const killAt = killingCount(model);
  model.collectorMayKill = false;
  const visit = { removed: 0, scanned: 0 };
  const length = Math.min(Math.max(goal, 1), buckets);
  if (nothingToFind(model, now, killAt)) {
    collector.bucket = (collector.bucket + length) % buckets;
    model.soonest.seen = Math.min(model.soonest.seen, model.soonest.known);
    return visit;
  }
  for (let i = 0; i < length; i += 1) {
    collector.bucket = (collector.bucket + 1) % buckets;
    if (collector.bucket === 0) endRound(model);
    if (collector.bucket % BATCH === 0) touchBuckets(model.table, collector.bucket);
    visitBucket(model, collector.bucket, now, killAt, visit, undefined);
  }
  return visit;
};

const runFixedWorker = (model: Model, collector: Collector, now: number, rules: FixedWorker): void => {
  const { bucketsDivisor, bucketsLimit, periodSeconds } = rules;
  const goal = Math.min(Math.floor(model.table.buckets / bucketsDivisor), Math.ceil(bucketsLimit / model.thinning));
  nextSlice(model, collector, now, goal);
  collector.nextTick = delayed(now, periodSeconds * model.hz);
};

const runSlice = (model: Model, collector: Collector, now: number, rules: Slices): void => {
  const minimum = Math.max(Math.floor(model.hz / rules.pauseMinimumDivisor), 1);
  const maximum = Math.floor(model.hz / rules.pauseMaximumDivisor);
  const { removed, scanned } = nextSlice(model, collector, now, Math.floor(model.table.buckets / rules.bucketsDivisor));
  const percent = scanned === 0 ? 0 : Math.floor((removed * 100) / scanned);
  collector.pauseTicks = percent > BUSY_PERCENT ? minimum : Math.min(collector.pauseTicks + minimum, maximum);
  collector.nextTick = delayed(now, collector.pauseTicks);
};

const runAveraging = (model: Model, collector: Collector, now: number, rules: Averaging): void => {
  const { table, hz, thinning } = model;
  if (collector.bucket === 0) {
    collector.passStart = now;
    collector.mean = Math.round(rules.initialSeconds * hz);
    collector.samples = rules.initialSamples;
  }
  const killAt = killingCount(model);
  const longest = rules.maximumSeconds * hz;
  if (collector.bucket === 0 && collector.mean >= longest && nothingToFind(model, now + longest, killAt)) {
    // Every life is longer than the longest pause, so the mean is too.
    model.collectorMayKill = false;
    collector.nextTick = delayed(now, longest - 1);
    return;
  }
  const visit = { removed: 0, scanned: 0 };
  const limit = Math.floor(EVICTIONS_PER_SECOND / hz);
  const mean: Mean = {
    value: collector.mean,
    samples: collector.samples,
    isWeighted: rules.mean === "weighted",
    weight: thinning,
    minimum: rules.minimumSeconds * hz,
    maximum: rules.lifeLimitSeconds * hz,
  };
  for (; collector.bucket < table.buckets; collector.bucket += 1) {
    const removed = visit.removed * thinning;
    if (removed > limit) {
      // Goes on a tick later while the pass is young, else at once; a pause clears the flag of the killing.
      const isYoung = now - collector.passStart < rules.maximumSeconds * hz;
      if (isYoung) model.collectorMayKill = false;
      collector.mean = mean.value;
      collector.samples = mean.samples;
      collector.nextTick = isYoung ? now + Math.max(Math.round(removed / (limit + 1)), 1) : now;
      return;
    }
    if (collector.bucket % BATCH === 0) touchBuckets(table, collector.bucket);
    visitBucket(model, collector.bucket, now, killAt, visit, mean);
  }
  collector.bucket = 0;
  endRound(model);
  model.collectorMayKill = false;
  const pause = Math.min(Math.max(mean.value, rules.minimumSeconds * hz), rules.maximumSeconds * hz);
  collector.nextTick = delayed(now, Math.max(pause - Math.max(now - collector.passStart, 1), 1));
};

/** Runs the collector, which is due at `now`, and sets its next run. */
export const runCollector = (model: Model, collector: Collector, now: number): void => {
  const rules = model.rules.garbageCollection;
  switch (rules.kind) {
    case "timers":
      collector.nextTick = NEVER;
      return;
    case "fixedWorker":
      runFixedWorker(model, collector, now, rules);
      return;
    case "adaptiveSlices":
      runSlice(model, collector, now, rules);
      return;
    case "fixedCycle":
      wholeTable(model, now);
      collector.nextTick = delayed(now, rules.periodSeconds * model.hz);
      return;
    case "averaging":
      runAveraging(model, collector, now, rules);
  }
};

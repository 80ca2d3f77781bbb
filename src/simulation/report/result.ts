/** What a run reports, and how it is drawn from the model's counters. */
import type { KernelRules } from "../../kernel/rules";
import { compare, createFullest } from "../engine/fullest";
import type { Counters, Fullest, Model } from "../engine/model";
import type { Scenario, ScenarioSettings } from "../scenario/scenario";

/** The moment at which the table was fullest. */
export interface FullestMoment {
  /** Entries as a share of max, 1 where it is full; above 1 where max was lowered below the count. */
  readonly fill: number;
  readonly count: number;
  /** The max in force at that moment. */
  readonly max: number;
}

/** State at `t` seconds; counters since the start, as /proc/net/stat/nf_conntrack counts them. */
export interface SeriesPoint {
  readonly t: number;
  readonly count: number;
  readonly drop: number;
  readonly earlyDrop: number;
  readonly insertFailed: number;
}

/** Where every entry that was asked for has gone: `arrivals` is the sum of the others. */
interface Conservation {
  readonly arrivals: number;
  readonly live: number;
  /** Left in their own time: by timeout, or deleted by their protocol. */
  readonly expired: number;
  /** Killed by early drop, or by the collector above 95 % of max. */
  readonly evicted: number;
  /** Refused because of a long chain. */
  readonly refused: number;
  /** Dropped because the table was full. */
  readonly dropped: number;
}

/** A write of settings that the kernel would answer with EINVAL; the old value stayed. */
export interface RefusedWrite {
  readonly t: number;
  readonly key: string;
  readonly value: number;
  readonly limit: string;
}

export interface SimulationResult {
  /** One point for each second. */
  readonly series: readonly SeriesPoint[];
  /** Maximum number of entries at any moment. */
  readonly peak: number;
  /** Maximum number of entries as a share of the max in force at the same moment; null where none ever was. */
  readonly peakFill: number | null;
  /** The moment of `peakFill`. */
  readonly fullest: FullestMoment | null;
  /** As `fullest`, the entries of floods not counted, at full seconds; the same where no class is a flood. */
  readonly fullestWithoutFlood: FullestMoment | null;
  /**
   * Shares of the max in force that the fill at full seconds stays at or below 50, 95 and 99 % of the time (0 while there
   * is no limit); null as above.
   */
  readonly fillPercentiles: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  /** Packets dropped because the table was full. */
  readonly drops: number;
  /** Entries killed to make room. */
  readonly earlyDrops: number;
  readonly earlyDropVictims: {
    readonly halfOpen: number;
    readonly unreplied: number;
    readonly replied: number;
    readonly closing: number;
  };
  /** New entries refused because of a long chain. */
  readonly chainRefusals: number;
  /** Nodes in the longest chain at any moment (of the thinned table, where it is thinned). */
  readonly longestChain: number;
  readonly meanNodesPerLookup: number;
  /** Bytes of the bucket heads and of the entries at the peak, extensions counted where the kernel gives them to all. */
  readonly memoryBytesAtPeak: number;
  /** Seconds until a new entry first found the table full; null where that did not happen. */
  readonly secondsToFull: number | null;
  /** Whether a class of the load is a flood. */
  readonly hasFlood: boolean;
  /** Seconds from the end of the last flood until the count is back where it was before; null without, or if never. */
  readonly secondsToRecover: number | null;
  readonly conservation: Conservation;
  /** Packets presented, entries created and removed, nodes visited by the collector; of the thinned run, not scaled. */
  readonly events: number;
  readonly thinning: number;
  readonly refusedWrites: readonly RefusedWrite[];
  /** `KernelRules.era` of the simulated kernel. */
  readonly era: string;
  /** The settings at the start, buckets as the kernel rounds them. */
  readonly settings: ScenarioSettings;
}

/** What the run notes each second, besides the series. */
interface Trace {
  readonly series: SeriesPoint[];
  /** Share of the max in force. */
  readonly fills: number[];
  /** The fullest moment when floods are not counted. */
  readonly fullestWithoutFlood: Fullest;
  /** Indices of the classes that are floods. */
  readonly floods: readonly number[];
}

export const createTrace = ({ traffic }: Scenario): Trace => ({
  series: [],
  fills: [],
  fullestWithoutFlood: createFullest(),
  floods: traffic.flatMap(({ flood }, i) => (flood === true ? [i] : [])),
});

/** Notes the state at a full second. */
export const note = ({ series, fills, fullestWithoutFlood, floods }: Trace, second: number, model: Model): void => {
  const { table, counters, entriesOf, max, thinning } = model;
  const scale = (value: number): number => Math.round(value * thinning);
  series.push({
    t: second,
    count: scale(table.count),
    drop: scale(counters.dropped),
    earlyDrop: scale(counters.earlyDrop),
    insertFailed: scale(counters.refused),
  });
  fills.push(table.count / max);
  compare(
    fullestWithoutFlood,
    floods.reduce((count, flood) => count - (entriesOf[flood] ?? 0), table.count),
    model,
  );
};

/** Entries removed and created, packets and collector's nodes: the measure of work. */
export const eventsOf = (counters: Counters): number =>
  counters.packets + counters.created + counters.expired + counters.evicted + counters.collectorNodes;

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? 0;

/** "Back where it was": the count before the flood plus this share of max. */
const RECOVERED_WITHIN = 0.05;

const floodStart = ({ traffic }: Scenario): number =>
  Math.min(Infinity, ...traffic.filter(({ flood }) => flood === true).map(({ startSeconds = 0 }) => startSeconds));

const floodEnd = ({ traffic, durationSeconds }: Scenario): number | undefined => {
  const ends = traffic
    .filter(({ flood }) => flood === true)
    .map(({ startSeconds = 0, endSeconds, newEachSecond }) =>
      Math.min(endSeconds ?? (newEachSecond ? startSeconds + newEachSecond.length : Infinity), durationSeconds),
    );
  return ends.length === 0 ? undefined : Math.max(...ends);
};

const recovery = (scenario: Scenario, { series }: Trace): number | null => {
  const end = floodEnd(scenario);
  if (end === undefined) return null;
  const before = series[Math.floor(floodStart(scenario)) - 1]?.count ?? 0;
  const calm = before + RECOVERED_WITHIN * scenario.settings.max;
  const back = series.find(({ t, count }) => t >= end && count <= calm);
  return back === undefined ? null : Math.max(back.t - end, 0);
};

const memoryAt = (rules: KernelRules, entries: number, buckets: number): number => {
  const { objectBytes, extensionBytes, extensionByDefault } = rules.entry;
  return entries * (objectBytes + (extensionByDefault ? extensionBytes : 0)) + buckets * rules.tableSize.bucketBytes;
};

/** The result of a run that has ended. */
export const resultOf = (
  scenario: Scenario,
  model: Model,
  trace: Trace,
  refusedWrites: readonly RefusedWrite[],
): SimulationResult => {
  const { counters, table, thinning, hz, rules } = model;
  const scale = (value: number): number => Math.round(value * thinning);
  const peak = scale(counters.peak);
  const isLimited = model.fullest.fill >= 0;
  const hasFlood = trace.floods.length > 0;
  const sorted = [...trace.fills].sort((a, b) => a - b);
  const moment = ({ fill, count, max }: Fullest): FullestMoment | null =>
    isLimited ? { fill, count: scale(count), max } : null;
  const fullest = moment(model.fullest);
  const peakFill = fullest?.fill ?? null;
  return {
    series: trace.series,
    peak,
    peakFill,
    fullest,
    fullestWithoutFlood: hasFlood ? moment(trace.fullestWithoutFlood) : fullest,
    fillPercentiles: isLimited
      ? { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), p99: percentile(sorted, 0.99) }
      : null,
    drops: scale(counters.dropped),
    earlyDrops: scale(counters.earlyDrop),
    earlyDropVictims: {
      halfOpen: scale(counters.victims.halfOpen),
      unreplied: scale(counters.victims.unreplied),
      replied: scale(counters.victims.replied),
      closing: scale(counters.victims.closing),
    },
    chainRefusals: scale(counters.refused),
    longestChain: table.longestChain,
    meanNodesPerLookup: counters.packets === 0 ? 0 : counters.lookupNodes / counters.packets,
    memoryBytesAtPeak: memoryAt(rules, peak, scenario.settings.buckets),
    secondsToFull: counters.fullAtTick < 0 ? null : counters.fullAtTick / hz,
    hasFlood,
    secondsToRecover: recovery(scenario, trace),
    conservation: {
      arrivals: scale(counters.arrivals),
      live: scale(table.count),
      expired: scale(counters.expired),
      evicted: scale(counters.evicted),
      refused: scale(counters.refused),
      dropped: scale(counters.dropped),
    },
    events: eventsOf(counters),
    thinning,
    refusedWrites,
    era: rules.era,
    settings: scenario.settings,
  };
};

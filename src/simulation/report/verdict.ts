/** What a run says of the settings: good, or what fails and what to change. */
import { formatCount, formatElapsed, formatPercent } from "../../text/format";
import type { FullestMoment, SimulationResult } from "./result";
import { type JudgedSettings, settingsHash } from "../scenario/settings-hash";

/** One threshold that a run keeps or breaks. */
interface Finding {
  /** Name of the threshold, stable for programs. */
  readonly name: string;
  readonly passed: boolean;
  readonly value: number;
  readonly limit: number;
  readonly source: string;
  /** Where it failed: what happened and what to change, in a sentence or two. */
  readonly sentence?: string;
}

export interface Verdict {
  readonly passed: boolean;
  /** Hash of what was judged, see ./settings-hash.ts. */
  readonly settingsHash: string;
  readonly findings: readonly Finding[];
  /** The sentences of what failed. */
  readonly failures: readonly string[];
}

/** Peak fill without a flood: the alert that monitoring raises. */
export const MAXIMUM_PEAK_FILL = 0.75;
/** Peak fill with a declared flood: a tenth of the table stays free for what was not declared. */
export const MAXIMUM_FLOOD_FILL = 0.9;
/**
 * Share of new connections that chains may refuse: what an unpatched 5.15 to 6.2 refuses at a mean of two nodes in a
 * bucket is 5 in a million, and that is the mean of a full table of the kernel's own size.
 */
const MAXIMUM_REFUSED_SHARE = 1e-5;

interface Threshold {
  readonly name: string;
  readonly source: string;
  readonly limit: (result: SimulationResult) => number;
  readonly value: (result: SimulationResult) => number;
  readonly sentence: (result: SimulationResult) => string;
}

/** The max at which a peak fills no more than a share, rounded up to two digits that a person can remember. */
const maxFor = (peak: number, share: number): number => {
  const minimum = peak / share;
  const unit = 10 ** Math.max(Math.floor(Math.log10(Math.max(minimum, 1))) - 1, 0);
  return Math.ceil(minimum / unit) * unit;
};

/** The moment of a run under a limit; where there was none, nothing of it is filled. */
const momentOf = (moment: FullestMoment | null): FullestMoment => moment ?? { fill: 0, count: 0, max: 0 };

const whenFull = ({ secondsToFull }: SimulationResult): string =>
  secondsToFull === null ? "" : ` (full after ${formatElapsed(secondsToFull)})`;

const roomFor = (result: SimulationResult, share: number, { count } = momentOf(result.fullest)): string => {
  const enough = formatCount(maxFor(count, share));
  // A full table hides how many entries the load would need.
  const raise = result.secondsToFull === null ? `Raise max to ${enough}` : `Raise max to more than ${enough}`;
  return `${raise}, shorten the timeouts of the heaviest class, or exempt it from tracking.`;
};

/** `The table fills` to a share of max, or max was lowered below the count and is above it at once. */
const fills = (what: string, { fill, count, max }: FullestMoment, share: number): string =>
  fill > 1
    ? `Max was lowered to ${formatCount(max)}, below the ${formatCount(count)} entries of that moment: ${formatPercent(fill)}, above ${formatPercent(share)}`
    : `${what} to ${formatPercent(fill)} of max ${formatCount(max)}, above ${formatPercent(share)}`;

const THRESHOLDS: readonly Threshold[] = [
  {
    name: "peakFill",
    source: "node_exporter's mixin, NodeHighNumberConntrackEntriesUsed: entries / limit > 0.75",
    limit: () => MAXIMUM_PEAK_FILL,
    value: ({ fullestWithoutFlood }) => momentOf(fullestWithoutFlood).fill,
    sentence: (result) => {
      const moment = momentOf(result.fullestWithoutFlood);
      const what = result.hasFlood ? "Without the flood's entries the table fills" : "The table fills";
      return `${fills(what, moment, MAXIMUM_PEAK_FILL)}. ${roomFor(result, MAXIMUM_PEAK_FILL, moment)}`;
    },
  },
  {
    name: "peakFillInFlood",
    source:
      "this package: a tenth stays free; above 95 % of max gc_worker() of Linux 4.12 and later may kill closing connections",
    limit: () => MAXIMUM_FLOOD_FILL,
    value: ({ hasFlood, fullest }) => (hasFlood ? momentOf(fullest).fill : 0),
    sentence: (result) =>
      `${fills("The declared flood fills the table", momentOf(result.fullest), MAXIMUM_FLOOD_FILL)}${whenFull(result)}. ${roomFor(result, MAXIMUM_FLOOD_FILL)}`,
  },
  {
    name: "drops",
    source: "nf_conntrack_core.c: a packet that finds the table full and nothing to evict is dropped",
    limit: () => 0,
    value: ({ drops }) => drops,
    sentence: (result) =>
      `${formatCount(result.drops)} packets of new connections are dropped because the table is full${whenFull(result)}. ${roomFor(result, MAXIMUM_PEAK_FILL)}`,
  },
  {
    name: "earlyDrops",
    source: "nf_conntrack_core.c, early_drop(): entries that are not ASSURED are killed to make room",
    limit: () => 0,
    value: ({ earlyDrops }) => earlyDrops,
    sentence: ({ earlyDrops, earlyDropVictims, fullest }) => {
      const { halfOpen, unreplied, replied, closing } = earlyDropVictims;
      return `${formatCount(earlyDrops)} entries are killed to make room: ${formatCount(halfOpen)} half-open, ${formatCount(unreplied)} unreplied, ${formatCount(replied)} replied but not assured, ${formatCount(closing)} closing. Raise max, ${formatCount(momentOf(fullest).max)} then, or shorten the timeouts of unanswered flows (syn_sent, udp).`;
    },
  },
  {
    name: "chainRefusals",
    source: "nf_conntrack_core.c, MIN_CHAINLEN and MAX_CHAINLEN (5.15 and later): insert_failed and chainlength",
    limit: ({ conservation }) => MAXIMUM_REFUSED_SHARE * conservation.arrivals,
    value: ({ chainRefusals }) => chainRefusals,
    sentence: (result) =>
      `${formatCount(result.chainRefusals)} new connections are refused because of long chains (up to ${formatCount(result.longestChain)} nodes), although the table is not full; \`drop\` does not show them. Raise buckets from ${formatCount(result.settings.buckets)} to at least the number of entries, ${formatCount(result.peak)}.`,
  },
];

/** What a run judges by itself: the settings at its start, without the traffic. */
const judgedBy = ({ era, settings }: SimulationResult): JudgedSettings => ({
  era,
  settings: { ...settings, timeouts: settings.timeouts ?? {} },
});

/**
 * Judges a run.
 * @param judged what the verdict's hash names; give the traffic as it was declared where a policy will compare it
 */
export const judge = (result: SimulationResult, judged: JudgedSettings = judgedBy(result)): Verdict => {
  const findings = THRESHOLDS.map(({ name, source, limit, value, sentence }): Finding => {
    const measured = value(result);
    const allowed = limit(result);
    const passed = measured <= allowed;
    const finding = { name, passed, value: measured, limit: allowed, source };
    return passed ? finding : { ...finding, sentence: sentence(result) };
  });
  return {
    passed: findings.every(({ passed }) => passed),
    settingsHash: settingsHash(judged),
    findings,
    failures: findings.flatMap(({ sentence }) => (sentence === undefined ? [] : [sentence])),
  };
};

/**
 * The gate between two waves: whether the hosts of a wave carry their traffic with the new settings. Counters are those of
 * /proc/net/stat/nf_conntrack (net/netfilter/nf_conntrack_standalone.c, ct_cpu_seq_show).
 */
import * as z from "zod";
import type { ReadBack } from "../delivery/answer/read-back";
import { isRaised } from "./observe";
import type { HostRecord } from "./host-record";

/** Bounds that every host of a wave has to keep; one that is absent bounds nothing. */
export interface GateBounds {
  /** Entries as a share of max, 0 to 1. */
  readonly maximumFill?: number;
  /** Packets that were dropped because no entry could be made. */
  readonly dropsPerSecond?: number;
  /** Living entries that were removed to make room. */
  readonly earlyDropsPerSecond?: number;
  /** Entries that could not be inserted. */
  readonly insertFailedPerSecond?: number;
  /** Entries refused because their hash chain was too long, from Linux 5.15. */
  readonly chainLengthPerSecond?: number;
}

type Bound = keyof GateBounds;
type Counter = keyof ReadBack["counters"];

interface Rate {
  readonly bound: Exclude<Bound, "maximumFill">;
  readonly counter: Counter;
  /** As the kernel calls it. */
  readonly column: string;
  /** A kernel without the column does not do it at all. */
  readonly isOptional: boolean;
}

const rates: readonly Rate[] = [
  { bound: "dropsPerSecond", counter: "drops", column: "drop", isOptional: false },
  { bound: "earlyDropsPerSecond", counter: "earlyDrops", column: "early_drop", isOptional: false },
  { bound: "insertFailedPerSecond", counter: "insertFailed", column: "insert_failed", isOptional: false },
  { bound: "chainLengthPerSecond", counter: "chainLength", column: "chainlength", isOptional: true },
];

/** Bounds that take two readings, and so some time between them. */
export const rateBounds: readonly Bound[] = rates.map(({ bound }) => bound);

const perSecond = z.number().min(0).max(1e9).optional();

export const gateSchema = z.strictObject({
  maximumFill: z.number().gt(0).max(1).optional(),
  dropsPerSecond: perSecond,
  earlyDropsPerSecond: perSecond,
  insertFailedPerSecond: perSecond,
  chainLengthPerSecond: perSecond,
}) satisfies z.ZodType<GateBounds>;

/** What a host shows, by the names of the bounds; `fill` for `maximumFill`. */
export type Shown = Readonly<Partial<Record<"fill" | Exclude<Bound, "maximumFill">, number>>>;

/** What one host showed. */
export interface HostReadings {
  /** What breaks a bound or does not hold, in words. */
  readonly failures: readonly string[];
  readonly shown: Shown;
}

const rounded = (value: number): number => Number(value.toPrecision(3));

/** A counter that is smaller than before began anew: the host rebooted, or the module was loaded again. */
const rise = (before: number, after: number): number => (after < before ? after : after - before);

/** Two answers of a host and the time between them. */
export interface GateReading {
  readonly record: HostRecord;
  /** Of the run that set the host. */
  readonly before: ReadBack;
  /** Of the reading after the soak time; the same where there is none. */
  readonly after: ReadBack;
  /** Between the two; 0 without a soak time. */
  readonly seconds: number;
}

const fillOf = ({ entries, settings: { max } }: ReadBack): number | undefined =>
  entries === undefined || max === undefined || max === 0 ? undefined : entries / max;

/** Values and files that somebody changed meanwhile. */
const notHeld = ({ after: { drift }, record }: GateReading): readonly string[] =>
  drift
    .filter((each) => !isRaised(each, record))
    .map(({ key, planned, found }) =>
      key.startsWith("/")
        ? `${key} does not hold what was written`
        : `${key} is ${found || "not there"}, not ${planned}`,
    );

const fillFailures = ({ after }: GateReading, fill: number | undefined, maximumFill: number | undefined): string[] =>
  fill === undefined || maximumFill === undefined || fill <= maximumFill
    ? []
    : [
        `holds ${after.entries} of ${after.settings.max} entries, ${rounded(fill * 100)} %; ` +
          `gate.maximumFill allows ${rounded(maximumFill * 100)} %`,
      ];

/** What a host has that has no table: nothing to be counted. */
const isLive = ({ presence }: ReadBack): boolean => presence === "module" || presence === "builtin";

/** Judges one host. */
export const judgeHost = (reading: GateReading, bounds: GateBounds): HostReadings => {
  const { before, after, seconds } = reading;
  const fill = fillOf(after);
  const failures = [...notHeld(reading), ...fillFailures(reading, fill, bounds.maximumFill)];
  const shown: Record<string, number> = fill === undefined ? {} : { fill: rounded(fill) };
  if (seconds === 0 || !isLive(after)) return { failures, shown };
  for (const { bound, counter, column, isOptional } of rates) {
    const [was, is] = [before.counters[counter], after.counters[counter]];
    const allowed = bounds[bound];
    if (is === undefined) {
      if (allowed !== undefined && !isOptional)
        failures.push(`does not count ${column}, so gate.${bound} cannot be judged: leave it out for such kernels`);
      continue;
    }
    const risen = rise(was ?? 0, is);
    const rate = risen / seconds;
    shown[bound] = rounded(rate);
    if (allowed !== undefined && rate > allowed)
      failures.push(
        `${column} rose by ${risen} in ${Math.round(seconds)} s, ${rounded(rate)}/s; gate.${bound} allows ${allowed}`,
      );
  }
  return { failures, shown };
};

/** The highest of each kind among hosts. */
export const highestOf = (hosts: readonly Pick<HostReadings, "shown">[]): Shown => {
  const highest: Record<string, number> = {};
  for (const { shown } of hosts)
    for (const [bound, value] of Object.entries(shown)) highest[bound] = Math.max(highest[bound] ?? 0, value);
  return highest;
};

/** Live values, and the order in which they may change without harm to the traffic. */
import type { KernelRules } from "../kernel/rules";
import type { Settings } from "../kernel/settings";

export interface LiveValue {
  /** `max`, `buckets`, or the sysctl name of a timeout. */
  readonly key: string;
  /** The file below /proc/sys or /sys. */
  readonly path: string;
  readonly value: number;
}

/** The same values twice. */
export interface LiveValues {
  /** The table before max, so that chains never get longer than planned; then the timeouts. */
  readonly growing: readonly LiveValue[];
  /** Timeouts first, so that entries leave; then max, and the table last. */
  readonly shrinking: readonly LiveValue[];
}

/** When a kernel takes a number of buckets: at any time, when its module is loaded, or never. */
export const bucketsTaken = ({ tableSize }: Pick<KernelRules, "tableSize">): "live" | "load" | "none" => {
  if (tableSize.resizable) return "live";
  return tableSize.acceptsHashsize ? "load" : "none";
};

/** Timeouts in the order of their names. */
export const sortedTimeouts = (timeouts: Settings["timeouts"]): readonly (readonly [name: string, seconds: number])[] =>
  Object.entries(timeouts).sort(([one], [other]) => (one < other ? -1 : 1));

const paths = ({ paths: { max, buckets, hashsizeParameter } }: KernelRules) => ({
  max: max[0] ?? "",
  buckets: hashsizeParameter ?? buckets ?? "",
});

/** A kernel that takes its buckets at load only has no live value of them. */
export const liveValues = (rules: KernelRules, { max, buckets, timeouts }: Settings): LiveValues => {
  const path = paths(rules);
  const limit: LiveValue = { key: "max", path: path.max, value: max };
  const table: readonly LiveValue[] =
    bucketsTaken(rules) === "live" ? [{ key: "buckets", path: path.buckets, value: buckets }] : [];
  const others = sortedTimeouts(timeouts).map(([key, value]): LiveValue => ({
    key,
    path: rules.timeouts[key]?.path ?? "",
    value,
  }));
  return { growing: [...table, limit, ...others], shrinking: [...others, limit, ...table] };
};

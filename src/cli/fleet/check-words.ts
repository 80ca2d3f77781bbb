/** What a check found of one host, in sentences. */
import type { ComparedItem, HostComparison } from "../../fleet/host-comparison";
import { differingItems } from "./check-report";

export const notTuned = "never tuned, or put back: none of the plan's files is there";

const isFile = (key: string): boolean => key.startsWith("/");

const foundOf = ({ live }: ComparedItem, isLive: boolean): string => {
  if (live !== undefined) return String(live);
  return isLive ? "none" : "not loaded";
};

/** The cells of an item: key, live, on disk, planned. */
export const cellsOf = (item: ComparedItem, isLive: boolean): readonly string[] =>
  isFile(item.key)
    ? [item.key, "", item.onDisk ?? "", ""]
    : [item.key, foundOf(item, isLive), item.onDisk ?? "", String(item.planned)];

/** `max is 65536, planned 262144`. */
const itemSentence = (item: ComparedItem, isLive: boolean): string => {
  const { key, onDisk = "changed", planned, note } = item;
  if (isFile(key)) return `${key} is ${onDisk}`;
  return `${key} is ${foundOf(item, isLive)}, planned ${planned}${note === undefined ? "" : `: ${note}`}`;
};

/** `Also set by /etc/sysctl.conf, process:tuned.` */
export const competitionSentences = ({ competingWriters }: HostComparison): readonly string[] =>
  competingWriters.length === 0 ? [] : [`Also set by ${competingWriters.join(", ")}.`];

/** Sentences by what they are about, so that two readings can be told apart. */
export const differenceSentences = (host: HostComparison): ReadonlyMap<string, string> => {
  const differing = differingItems(host).map((item) => [item.key, itemSentence(item, host.isLive)] as const);
  return new Map(
    host.status === "notTuned" ? [["files", notTuned], ...differing.filter(([key]) => !isFile(key))] : differing,
  );
};

/** All that is worth saying of a host that is not as planned. */
export const hostSentences = (host: HostComparison): readonly string[] => [
  ...differenceSentences(host).values(),
  ...competitionSentences(host),
  ...host.warnings,
];

/** What a check found of one host, in sentences. */
import {
  competitionSentences,
  foundLive,
  isFileKey,
  type ComparedItem,
  type HostComparison,
} from "../../fleet/host-comparison";
import { differingItems } from "./check-report";

export const notTuned = "never tuned, or put back: none of the plan's files is there";

/** The cells of an item: key, live, on disk, planned. */
export const cellsOf = (item: ComparedItem, isLive: boolean): readonly string[] =>
  isFileKey(item.key)
    ? [item.key, "", item.onDisk ?? "", ""]
    : [item.key, String(foundLive(item, isLive)), item.onDisk ?? "", String(item.planned)];

/** `max is 65536, planned 262144`. */
const itemSentence = (item: ComparedItem, isLive: boolean): string => {
  const { key, onDisk = "changed", planned, note } = item;
  if (isFileKey(key)) return `${key} is ${onDisk}`;
  return `${key} is ${foundLive(item, isLive)}, planned ${planned}${note === undefined ? "" : `: ${note}`}`;
};

/** Sentences by what they are about, so that two readings can be told apart. */
export const differenceSentences = (host: HostComparison): ReadonlyMap<string, string> => {
  const differing = differingItems(host).map((item) => [item.key, itemSentence(item, host.isLive)] as const);
  return new Map(
    host.status === "notTuned" ? [["files", notTuned], ...differing.filter(([key]) => !isFileKey(key))] : differing,
  );
};

/** All that is worth saying of a host that is not as planned. */
export const hostSentences = (host: HostComparison): readonly string[] => [
  ...differenceSentences(host).values(),
  ...competitionSentences(host),
  ...host.warnings,
];

/** What changed between two readings of a fleet. */
import { nameHosts } from "../../fleet/host-changes";
import { competitionSentences, type HostComparison } from "../../fleet/host-comparison";
import { printable } from "../../text/printable";
import { wrap } from "../../text/wrap";
import type { FleetCheck } from "./check-report";
import { differenceSentences } from "./check-words";
import { groupEqual } from "./equal-hosts";

/** What is known of each host: its last comparison, also while it cannot be read. */
export interface KnownHosts {
  readonly hosts: ReadonlyMap<string, HostComparison>;
  readonly unread: ReadonlyMap<string, string>;
}

/** What is known after one more reading. */
export const knownAfter = (known: KnownHosts | undefined, { hosts, unread }: FleetCheck): KnownHosts => ({
  hosts: new Map([...(known?.hosts ?? []), ...hosts]),
  unread,
});

const about = (host: HostComparison): ReadonlyMap<string, string> =>
  new Map([
    ...differenceSentences(host),
    ...[...competitionSentences(host), ...host.warnings].map((sentence) => [sentence, sentence] as const),
  ]);

/** Whatever ends is said in the words in which it began, but a key that is as planned again. */
const ended = (key: string, sentence: string): string =>
  key === sentence
    ? `no longer: ${sentence}`
    : `${key === "files" ? "has files of the plan" : `${key} is as planned`} again`;

const changesOf = (before: HostComparison | undefined, after: HostComparison): readonly string[] => {
  const [old, now] = [before === undefined ? new Map<string, string>() : about(before), about(after)];
  return [
    ...[...now].filter(([key, sentence]) => old.get(key) !== sentence).map(([, sentence]) => sentence),
    ...[...old].filter(([key]) => !now.has(key)).map(([key, sentence]) => ended(key, sentence)),
  ];
};

const hostLines = (known: KnownHosts, check: FleetCheck): readonly (readonly [name: string, line: string])[] => [
  ...[...check.hosts].flatMap(([name, host]) => {
    const lines = changesOf(known.hosts.get(name), host);
    const isBack = known.unread.has(name);
    return [...(isBack ? ["is read again"] : []), ...lines].map((line) => [name, line] as const);
  }),
  ...[...check.unread]
    .filter(([name, reason]) => known.unread.get(name) !== reason)
    .map(([name, reason]) => [name, `not read: ${reason}`] as const),
];

const timeLength = "2026-11-24T20:30:00".length;

/** A line for each change, with the time of the reading; hosts with the same change share it. Empty where nothing changed. */
export const renderChanges = (known: KnownHosts, check: FleetCheck): string => {
  const time = `${check.time.slice(0, timeLength)}Z`;
  return printable(
    groupEqual(hostLines(known, check))
      .map(({ names, value }) => `${wrap(`${time} ${nameHosts(names)}: ${value}`)}\n`)
      .join(""),
  );
};

/** What a wave says while it is at work and at its end, in few lines whatever the number of hosts. */
import type { HostOutcome } from "../host-run";
import type { Shown } from "../gate";
import { nameHosts } from "../host-changes";
import type { ReadBack } from "../../delivery/answer/read-back";
import type { RolloutResult } from "../rollout";
import type { GateVerdict } from "./pass-gate";
import type { PutBack } from "./put-back";
import { usualAgain, type WaveLog } from "./wave-log";

/** At most so many lines of progress a wave. */
const progressLines = 10;

/** Failures that are printed one by one; the rest is counted. */
const failuresShown = 20;

/** Counts hosts as they end, and says so at every tenth of them. */
export const progressOf = (log: WaveLog, total: number): ((outcome: HostOutcome<ReadBack>) => void) => {
  const step = Math.max(1, Math.ceil(total / progressLines));
  let [ended, failed] = [0, 0];
  return ({ result }) => {
    if (result === "notRun") return;
    ended += 1;
    if (result === "failed") failed += 1;
    if (ended % step === 0 || ended === total)
      log.progress(`${ended} of ${total} hosts${failed > 0 ? `, ${failed} failed` : ""}`);
  };
};

/** Names on a line of failures: whoever mends them must not have to look for them in the state. */
const namesOfFailed = 100;

/** Names of hosts that are left to do: a hundred of them, the rest is counted. */
export const nameFailed = (names: readonly string[]): string => {
  const more = names.length - namesOfFailed;
  return names.slice(0, namesOfFailed).join(", ") + (more > 0 ? ` and ${more} more` : "");
};

/** A host's name in the token of its owner would keep hosts with one reason apart. */
const withoutOwnName = (name: string, text: string): string => text.replaceAll(`/${name}/`, "/.../");

/** Names by what they share. */
export const grouped = (
  pairs: readonly (readonly [name: string, text: string])[],
  nameOf: (names: readonly string[]) => string = nameHosts,
): readonly string[] => {
  const groups = new Map<string, { readonly text: string; readonly names: string[] }>();
  for (const [name, text] of pairs) {
    const shared = withoutOwnName(name, text);
    const group = groups.get(shared) ?? { text, names: [] };
    group.names.push(name);
    groups.set(shared, group);
  }
  return [...groups].map(([shared, { text, names }]) => `${nameOf(names)}: ${names.length === 1 ? text : shared}`);
};

/** One line for each reason, `web7: connection refused. ...`; hosts with the same reason share it. */
export const failureLines = (failures: Readonly<Record<string, string>>): readonly string[] => {
  const sorted = Object.entries(failures).sort(([one], [other]) => (one < other ? -1 : 1));
  const lines = grouped(sorted, nameFailed);
  const more = lines.length - failuresShown;
  return more > 0 ? [...lines.slice(0, failuresShown), `and ${more} more`] : lines;
};

/** What is said of hosts that could not be read; one line where that is all of them. */
export const unreadLines = (unread: Readonly<Record<string, string>>, hostCount: number): readonly string[] => {
  const count = Object.keys(unread).length;
  const lines = failureLines(unread);
  return count > 0 && count === hostCount
    ? [`no host could be read, so what changed on them is not seen: ${lines[0] ?? ""}`]
    : lines.map((line) => `not read: ${line}`);
};

/** What hosts warned of; hosts with the same warning share a line. */
export const warningLines = (answers: Readonly<Record<string, ReadBack>>): readonly string[] =>
  grouped(
    Object.entries(answers).flatMap(([name, { warnings }]) =>
      warnings.map(({ text }): [string, string] => [name, text]),
    ),
  );

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** Why a wave did not pass, with what comes next. */
export const reasonsOf = (
  { cancelled, failures, pending, leftover }: RolloutResult,
  allowed: number,
  again = usualAgain,
): string[] => {
  const failed = Object.keys(failures).length;
  const notBegun = pending.length + leftover.length - failed;
  const left = [...pending, ...leftover];
  return [
    ...failureLines(failures),
    ...(failed > allowed ? [`${plural(failed, "host")} failed, and ${allowed} may (rollout.maximumFailures)`] : []),
    ...(cancelled ? [`cancelled: ${plural(Math.max(notBegun, 0), "host")} of this wave not begun`] : []),
    `Correct the cause; the next \`${again}\` does exactly what is left: ${nameHosts(left)}.`,
  ];
};

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

/** What hosts showed at most, in words, by the names of what is bounded. */
const shownWords: Readonly<Record<keyof Shown, (value: number) => string>> = {
  fill: (value) => `fill ${percent(value)}`,
  dropsPerSecond: (value) => `drop ${value}/s`,
  earlyDropsPerSecond: (value) => `early_drop ${value}/s`,
  insertFailedPerSecond: (value) => `insert_failed ${value}/s`,
  chainLengthPerSecond: (value) => `chainlength ${value}/s`,
};

/** `fill 41 %, drop 0/s`; empty where no host tells anything. */
export const shownText = (shown: Shown): string =>
  Object.entries(shownWords)
    .flatMap(([key, words]) => {
      const value = shown[key as keyof Shown];
      return value === undefined ? [] : [words(value)];
    })
    .join(", ");

/** What became of a gate, in one line. */
export const gateLine = ({ summary, cancelled, failures }: GateVerdict): string => {
  const { passed, soakSeconds, hosts, highest } = summary;
  const after = soakSeconds > 0 ? ` after ${soakSeconds} s` : "";
  if (cancelled) return "the gate was cancelled in the soak time, so the hosts of this wave are put back";
  const shown = shownText(highest);
  const most = shown === "" ? "" : `; at most ${shown}`;
  return passed
    ? `the gate passed${after}: ${plural(hosts, "host")}${most}`
    : `the gate did not pass${after}: ${Object.keys(failures).length} of ${plural(hosts, "host")}; this wave is put back`;
};

/** Why a wave did not pass its gate, what became of its hosts, and what comes next. */
export const gateReasons = (
  { cancelled, failures }: GateVerdict,
  { done, failures: notPutBack }: PutBack,
  pending: readonly string[],
  again = usualAgain,
): string[] => {
  const back = [...done.keys()].sort();
  return [
    ...failureLines(failures),
    ...(cancelled ? ["cancelled in the soak time, before the hosts of this wave were read again"] : []),
    ...(back.length > 0 ? [`has again what it had before this update: ${nameHosts(back)}`] : []),
    ...failureLines(notPutBack).map(
      (line) => `still holds the new settings, because it could not be put back: ${line}`,
    ),
    `No further wave was begun. Correct the cause; the next \`${again}\` does this wave again: ${nameHosts(pending)}.`,
  ];
};

/** What a preview says that a wave is about to do; `pulumi` itself says what stays. */
import { describeChanges } from "../change-lines";
import { changedHosts, nameHosts, type HostChanges, type LiveByHost } from "../host-changes";
import { isUnread, type HostRecord } from "../host-record";
import { waveChanges } from "./wave-changes";
import { recordsOf, type WaveInputs } from "./wave-inputs";
import { onlyWave } from "../waves";
import type { WaveState } from "./wave-state";

/** `web1, web2: left undone by an earlier update`; no line where there is no host. */
const about = (names: readonly string[], sentence: string): readonly string[] =>
  names.length > 0 ? [`${nameHosts(names)}: ${sentence}`] : [];

/** `3 changed, 2 new, 494 unchanged`: what there is none of is left out. */
const counted = (counts: readonly (readonly [count: number, word: string])[]): readonly string[] => {
  const parts = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return parts.length > 0 ? [parts.join(", ")] : [];
};

/** Names of a wave that are printed; the rest is counted. */
const namesOfWave = 100;

/**
 * `wave 2 of 3, after edge-1, then 60 s of soak time and the gate: web1, web2`; nothing of a wave that is the only one
 * and has no gate.
 */
const aboutWave = ({ place = "", soakSeconds = 0, gate }: WaveInputs, names: readonly string[]): readonly string[] => {
  const soaked = soakSeconds > 0 ? [`${soakSeconds} s of soak time`] : [];
  const gated = soakSeconds > 0 || gate !== undefined ? [...soaked, "the gate"] : [];
  if (gated.length === 0 && (place === "" || place === onlyWave)) return [];
  const more = names.length - namesOfWave;
  const listed = names.slice(0, namesOfWave).join(", ") + (more > 0 ? ` and ${more} more` : "");
  return [`wave ${place}${gated.length > 0 ? `, then ${gated.join(" and ")}` : ""}: ${listed || "no host"}`];
};

/** What hosts get that nobody could ask yet. */
const notKnown = "not read yet, so what it gets is not known";

/** Hosts by whether anything is known of them. */
const byKnowledge = (hosts: readonly HostChanges[], after: Readonly<Record<string, HostRecord>>) => {
  const isKnown = ({ name }: HostChanges): boolean => !isUnread(after[name] ?? {});
  const unread = hosts.filter((host) => host.kind !== "removed" && !isKnown(host)).map(({ name }) => name);
  return { known: hosts.filter(isKnown), unread };
};

/**
 * Lines for a wave that is about to be made.
 * @param live values that hosts hold now, of those that were read
 */
export const describeCreation = (inputs: WaveInputs, live: LiveByHost = {}): readonly string[] => {
  const after = recordsOf(inputs);
  const hosts = changedHosts({}, after, live);
  const { known, unread } = byKnowledge(hosts, after);
  return [
    ...aboutWave(inputs, Object.keys(after)),
    ...describeChanges(known),
    ...about(unread, notKnown),
    ...counted([[hosts.length, "new"]]),
  ];
};

/**
 * Lines for a wave that is there; none where nothing changes. The last one counts the hosts.
 * @param showsAll the command that shows what is too much here; `pulumi preview --diff` unless given
 */
export const describeUpdate = (
  old: WaveInputs,
  inputs: WaveInputs,
  state: WaveState,
  live: LiveByHost = {},
  showsAll?: string,
): readonly string[] => {
  const { hosts, pending, before, after, apply, restore } = waveChanges(old, inputs, state, live);
  const named = (kind: string): readonly string[] => hosts.filter((host) => host.kind === kind).map(({ name }) => name);
  const [changed, added, removed] = [named("changed"), named("added"), named("removed")];
  const shown = new Set([...changed, ...added]);
  const again = pending.filter((name) => !shown.has(name));
  const retold = apply.filter((name) => !shown.has(name) && !pending.includes(name));
  const moved = new Set(inputs.moved ?? []);
  const left = Object.keys(restore).filter((name) => !removed.includes(name));
  const forgotten = Object.keys(state.leftover).filter((name) => after[name] === undefined && !left.includes(name));
  const inactive = state.inactive.filter((name) => apply.includes(name));
  const { known, unread } = byKnowledge(hosts, after);
  const lines = [
    ...describeChanges(known, showsAll),
    ...about(unread, notKnown),
    ...about(pending, "left undone by an earlier update"),
    ...about(retold, `will be known as ${inputs.owner}, wave ${inputs.wave}`),
    ...about(inactive, "the module is not loaded, so the values wait on disk"),
    ...about(
      removed.filter((name) => restore[name] !== undefined),
      "leaves, and its old values are put back",
    ),
    ...about(
      removed.filter((name) => moved.has(name)),
      "goes over to another wave",
    ),
    ...about(
      removed.filter((name) => restore[name] === undefined && isUnread(before[name] ?? {})),
      "leaves; it was never read, and is not contacted",
    ),
    ...about(
      removed.filter((name) => restore[name] === undefined && !moved.has(name) && !isUnread(before[name] ?? {})),
      "leaves as decommissioned, and is not contacted",
    ),
    ...about(left, "left before, and its old values are still to be put back"),
    ...about(forgotten, "left before, and is forgotten as decommissioned"),
  ];
  if (lines.length === 0) return [];
  return [
    ...aboutWave(inputs, apply),
    ...lines,
    ...counted([
      [changed.length, "changed"],
      [added.length, "new"],
      [removed.length, removed.length === 1 ? "leaves" : "leave"],
      [again.length + retold.length + left.length, "to be done again"],
      [Object.keys(after).length - shown.size - again.length - retold.length, "unchanged"],
    ]),
  ];
};

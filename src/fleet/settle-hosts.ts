/** From what a program wants of a wave and what the state has of it to what its hosts shall hold. */
import { isFields, ownValue } from "../validation/fields";
import type { Problem } from "../validation/problems";
import { joinPath, problemsIn, valid, type Checked } from "../validation/validation";
import { planKnownHost } from "./host-plan";
import { fleetHost, hostRecord, isUnread, originOf, unreadRecord, wayOf, type HostRecord } from "./host-record";
import { keepSettings } from "./keep-settings";

type Records = Readonly<Record<string, HostRecord>>;

export interface SettledHosts {
  readonly records: Records;
  /** What a person should know of a host. */
  readonly notes: readonly (readonly [name: string, note: string])[];
  /** Hosts that could not be asked, and why. */
  readonly unread: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

/** A host that could not be asked is planned by the facts that the state has of it; without any it stays unread. */
const fromState = (old: HostRecord | undefined, wanted: HostRecord, base: string): Checked<HostRecord> => {
  const way = wayOf(wanted);
  const known = old === undefined || isUnread(old) ? undefined : fleetHost(old);
  if (known?.ok !== true || !isFields(wanted.request)) return valid(unreadRecord(way, String(wanted.unread)));
  const planned = planKnownHost(wanted.request, base, known.value.facts);
  return planned.ok ? valid(hostRecord(way, planned.value, originOf(old ?? {}))) : planned;
};

/** @param before what the state has of the hosts, with what a reading found on them */
export const settleHosts = (before: Records, wanted: Records): SettledHosts => {
  const records: Record<string, HostRecord> = {};
  const notes: (readonly [string, string])[] = [];
  const unread: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [name, record] of Object.entries(wanted)) {
    const base = joinPath("hosts", name);
    const old = ownValue(before, name);
    if (isUnread(record)) unread[name] = String(record.unread);
    const planned = isUnread(record) ? fromState(old, record, base) : valid(record);
    problems.push(...problemsIn(planned));
    records[name] = planned.ok ? planned.value : record;
    if (!planned.ok || isUnread(planned.value)) continue;
    const kept = keepSettings(old, planned.value);
    records[name] = kept.record;
    for (const note of kept.notes) notes.push([name, note]);
  }
  return { records, notes, unread, problems };
};

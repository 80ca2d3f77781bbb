/** What an update of a wave has to do: found from two sets of inputs and the outputs of the state. */
import { changedHosts, type HostChanges, type LiveByHost } from "../host-changes";
import { isUnread, wayOf, type HostRecord } from "../host-record";
import { holdingOf, type Holding } from "./held";
import { recordsOf, type Login, type WaveInputs } from "./wave-inputs";
import type { Leftover, WaveState } from "./wave-state";

export interface WaveChanges {
  readonly before: Readonly<Record<string, HostRecord>>;
  readonly after: Readonly<Record<string, HostRecord>>;
  /** What hosts hold before the update. */
  readonly holding: Holding;
  /** Hosts that are added, changed or removed. */
  readonly hosts: readonly HostChanges[];
  /** Hosts that an earlier update left undone, and that are still here. */
  readonly pending: readonly string[];
  /** Hosts that shall hold their record now: added, changed and pending. */
  readonly apply: readonly string[];
  /** Hosts whose old values are put back now, with the login for it. */
  readonly restore: Readonly<Record<string, Leftover>>;
  /** Hosts that went over to another wave, now or before. */
  readonly handedOver: Readonly<Record<string, Leftover>>;
  /** Inputs beside hosts that the state must take over by an update, though no host is touched. */
  readonly settings: readonly string[];
  /** The state still speaks of an update that failed, though nothing of it is left to do. */
  readonly isStale: boolean;
}

const noLogin: Login = {};

/** @param live values that hosts hold now, of those that were read; for the words of a preview only */
export const waveChanges = (old: WaveInputs, news: WaveInputs, state: WaveState, live?: LiveByHost): WaveChanges => {
  const { records: before, connections } = holdingOf(old, state.held);
  const after = recordsOf(news);
  const hosts = changedHosts(before, after, live);
  // Every token changes, so that all hosts have to be told.
  const renamed = old.owner !== news.owner || old.wave !== news.wave;
  const pending = state.pending.filter((name) => after[name] !== undefined);
  const changed = hosts.filter(({ kind }) => kind !== "removed").map(({ name }) => name);
  const apply = renamed ? Object.keys(after) : [...new Set([...changed, ...pending])];
  const letGo = new Set([...(news.decommissioned ?? []), ...(news.moved ?? [])]);
  const removed = hosts
    // A host that was never read holds nothing of ours.
    .filter(({ kind, name }) => kind === "removed" && !isUnread(before[name] ?? {}))
    .map(({ name }): [string, Leftover] => {
      const record = before[name] ?? {};
      const login = typeof record.connection === "string" ? connections[record.connection] : undefined;
      return [name, { record, login: login ?? noLogin }];
    });
  const moved = new Set(news.moved ?? []);
  const restore = Object.fromEntries(
    [...Object.entries(state.leftover).filter(([name]) => after[name] === undefined), ...removed].filter(
      ([name]) => !letGo.has(name),
    ),
  );
  return {
    ...{ before, after, hosts, pending, apply },
    handedOver: Object.fromEntries([
      ...Object.entries(state.handedOver).filter(([name]) => after[name] === undefined && !letGo.has(name)),
      ...removed
        .filter(([name]) => moved.has(name))
        .map(([name, { record, login }]) => [name, { record: { ...wayOf(record) }, login }] as const),
    ]),
    restore,
    holding: { records: before, connections },
    isStale:
      state.held !== undefined ||
      state.pending.some((name) => after[name] === undefined && restore[name] === undefined),
    settings: [...(old.observe === news.observe ? [] : ["observe"]), ...(renamed ? ["wave"] : [])],
  };
};

/** True where there is anything to do, be it that the state forgets a host. */
export const isChanged = ({ hosts, pending, restore, settings, isStale }: WaveChanges): boolean =>
  isStale || hosts.length > 0 || pending.length > 0 || Object.keys(restore).length > 0 || settings.length > 0;

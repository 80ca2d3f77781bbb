/** Create, update, read and delete of one wave. */
import type { ReadBack } from "../../delivery/answer/read-back";
import { nameHosts, type LiveByHost } from "../../fleet/host-changes";
import type { HostRecord } from "../../fleet/host-record";
import { readingAgain } from "../../fleet/host-reading";
import { isRaised, observe, type Observation } from "../../fleet/observe";
import { shareProfiles, type SharedHosts } from "../../fleet/profiles";
import { reachHosts } from "../../fleet/reach";
import { allowedFailures, rollOut, type RolloutResult } from "../../fleet/rollout";
import type { Fields } from "../../validation/fields";
import type { ResourceLog } from "./engine-log";
import { recentKey, type RecentAnswers } from "./facts";
import { heldAfter, holdingOf, type Holding } from "./held";
import { InitFailure } from "./init-failure";
import { failureLines, progressOf, reasonsOf, unreadLines, warningLines } from "./report";
import { rolloutChanges, type RolloutChanges } from "./rollout-changes";
import { recordsOf, type Login, type RolloutInputs } from "./rollout-inputs";
import { emptyState, writeState, type Leftover, type RolloutState } from "./rollout-state";

/** What every piece of work needs. */
export interface WorkContext {
  readonly log: ResourceLog;
  /** Aborted when the engine cancels. */
  readonly signal: AbortSignal;
}

type Records = Readonly<Record<string, HostRecord>>;

const askerOf = ({ owner, wave }: RolloutInputs, logins: Readonly<Record<string, Login>>) => ({
  owner,
  wave,
  sudoOf: (connection: string) => logins[connection]?.sudo ?? false,
});

const pick = (records: Records, names: readonly string[]): Records =>
  Object.fromEntries(names.flatMap((name) => (records[name] === undefined ? [] : [[name, records[name]]])));

/** Hosts that leave come with logins of their own, which the inputs may no longer have. */
const leaving = (restore: Readonly<Record<string, Leftover>>) => {
  const logins: Record<string, Login> = {};
  const records: Record<string, HostRecord> = {};
  for (const [name, { record, login }] of Object.entries(restore)) {
    const connection = `leaving ${name}`;
    logins[connection] = login;
    records[name] = { ...record, connection };
  }
  return { logins, records };
};

const inactiveAmong = (answers: Readonly<Record<string, ReadBack>>): readonly string[] =>
  Object.entries(answers).flatMap(([name, { status }]) => (status === "inactive" ? [name] : []));

const nothing: Holding = { records: {}, connections: {} };

/** The engine keeps the old inputs of an update that failed, so the outputs say what was done. */
const afterFailure = (
  outputs: RolloutState,
  old: RolloutInputs,
  inputs: RolloutInputs,
  { after, holding }: Pick<RolloutChanges, "after" | "holding">,
  { applied, restored, unsure }: RolloutResult,
): RolloutState => {
  // A new host of which nobody knows whether it was set is one of ours: whoever removes it puts it back.
  const unknown = unsure.filter((name) => holding.records[name] === undefined);
  const records: Record<string, HostRecord> = {
    ...holding.records,
    ...pick(after, [...Object.keys(applied), ...unknown]),
  };
  for (const name of Object.keys(restored)) if (after[name] === undefined) Reflect.deleteProperty(records, name);
  const held = heldAfter(old, records, (name) => {
    const { connection } = records[name] ?? {};
    const isNew = applied[name] !== undefined || unknown.includes(name);
    const logins = isNew ? inputs.connections : holding.connections;
    return typeof connection === "string" ? logins[connection] : undefined;
  });
  // What could not be put back still stands among the hosts.
  const leftover = Object.fromEntries(Object.entries(outputs.leftover).filter(([name]) => records[name] === undefined));
  return { ...outputs, leftover, held };
};

/** Carries changes out. @throws InitFailure where more hosts failed than allowed, or it was cancelled */
const carryOut = async (
  id: string,
  inputs: RolloutInputs,
  changes: Pick<RolloutChanges, "after" | "apply" | "restore" | "handedOver" | "holding">,
  old: RolloutInputs | undefined,
  state: RolloutState,
  { log, signal }: WorkContext,
): Promise<Fields> => {
  const { after, apply, restore } = changes;
  const left = leaving(restore);
  const logins = { ...inputs.connections, ...left.logins };
  const work = { apply: pick(after, apply), restore: left.records };
  const { run, close } = reachHosts({ ...after, ...left.records }, logins, inputs.lanes, "update");
  const hostCount = Object.keys(after).length;
  const result = await rollOut({
    asker: askerOf(inputs, logins),
    ...{ work, run, signal, hostCount },
    maximumFailures: inputs.maximumFailures,
    maximumFailuresPercent: inputs.maximumFailuresPercent,
    ended: progressOf(log, apply.length + Object.keys(restore).length),
  }).finally(close);

  warningLines({ ...result.restored, ...result.applied }).forEach(log.warn);
  const leftNow = new Set(result.leftover);
  const stillInactive = state.inactive.filter((name) => after[name] !== undefined && !apply.includes(name));
  const outputs: RolloutState = {
    pending: [...result.pending, ...result.leftover].sort(),
    count: hostCount,
    inactive: [...stillInactive, ...inactiveAmong(result.applied)].sort(),
    leftover: Object.fromEntries(Object.entries(restore).filter(([name]) => leftNow.has(name))),
    handedOver: changes.handedOver,
  };
  if (!result.passed) {
    const failed = old === undefined ? outputs : afterFailure(outputs, old, inputs, changes, result);
    const reasons = reasonsOf(result, allowedFailures(inputs, hostCount));
    throw new InitFailure(id, writeState(failed), reasons, inputs.observe);
  }
  failureLines(result.failures).forEach(log.warn);
  if (result.pending.length > 0 || result.leftover.length > 0)
    log.warn(`The next update tries again: ${nameHosts([...result.pending, ...result.leftover])}.`);
  return writeState(outputs);
};

export const createRollout = (id: string, inputs: RolloutInputs, context: WorkContext): Promise<Fields> => {
  const after = recordsOf(inputs);
  return carryOut(
    id,
    inputs,
    { after, apply: Object.keys(after), restore: {}, handedOver: {}, holding: nothing },
    undefined,
    emptyState,
    context,
  );
};

export const updateRollout = (
  id: string,
  old: RolloutInputs,
  inputs: RolloutInputs,
  state: RolloutState,
  context: WorkContext,
): Promise<Fields> => carryOut(id, inputs, rolloutChanges(old, inputs, state), old, state, context);

export interface ReadRollout {
  /** What hosts hold, in place of what they should, for the inputs. */
  readonly hosts: SharedHosts;
  /** All logins, those too that only the outputs had. */
  readonly connections: Readonly<Record<string, Login>>;
  /** Hosts that answered. */
  readonly answered: ReadonlySet<string>;
  /** What was heard of hosts, for whoever asks for their facts next. */
  readonly heard: RecentAnswers;
  /** All values that hosts hold now, for the words of a preview. */
  readonly live: LiveByHost;
  /** Outputs less what the inputs have now. */
  readonly outputs: Fields;
}

const heardOf = (hosts: Records, { answers, unread }: Observation): RecentAnswers => {
  const heard: RecentAnswers = new Map();
  for (const [name, record] of Object.entries(hosts)) {
    const [answer, reason] = [answers[name], unread[name]];
    const reading = answer === undefined ? undefined : readingAgain(record, answer);
    if (reading !== undefined) heard.set(recentKey(name, record), { reading });
    else if (reason !== undefined) heard.set(recentKey(name, record), { unread: reason });
  }
  return heard;
};

/** Reads every host; never an error, whatever hosts do. */
export const readRollout = async (
  inputs: RolloutInputs,
  { held, ...state }: RolloutState,
  { log, signal }: WorkContext,
): Promise<ReadRollout> => {
  const { records: hosts, connections } = holdingOf(inputs, held);
  const { run, close } = reachHosts(hosts, connections, inputs.lanes, "preview");
  const seen = await observe({ asker: askerOf(inputs, connections), hosts, run, signal }).finally(close);
  unreadLines(seen.unread, Object.keys(hosts).length).forEach(log.warn);
  const drifted = new Map<string, readonly string[]>();
  for (const { host, key, planned, found } of seen.drift.filter((each) => !isRaised(each, hosts[each.host] ?? {}))) {
    const line = key.startsWith("/")
      ? `${key} was changed on the host`
      : `${key} is ${found || "not there"}, not ${planned}`;
    drifted.set(line, [...(drifted.get(line) ?? []), host]);
  }
  for (const [line, names] of drifted) log.warn(`${nameHosts(names)}: ${line}`);
  const stillInactive = state.inactive.filter((name) => seen.answers[name] === undefined);
  const inactive = [...stillInactive, ...inactiveAmong(seen.answers)].sort();
  return {
    hosts: shareProfiles(seen.hosts),
    connections,
    outputs: writeState({ ...state, inactive }),
    answered: new Set(Object.keys(seen.answers)),
    heard: heardOf(hosts, seen),
    live: Object.fromEntries(Object.entries(seen.answers).map(([name, { settings }]) => [name, settings])),
  };
};

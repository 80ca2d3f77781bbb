/** Create and update of one wave: sets its hosts, passes its gate or puts them back, and says what is left to do. */
import type { ReadBack } from "../../delivery/answer/read-back";
import type { GateBounds } from "../gate";
import { describeChanges } from "../change-lines";
import { changedHosts, nameHosts, type LiveByHost } from "../host-changes";
import type { HostRecord } from "../host-record";
import type { HostOutcome, RunOnHost } from "../host-run";
import { reachHosts } from "../reach";
import { allowedFailures, rollOut, type RolloutResult } from "../rollout";
import { heldAfter, type Held, type Holding } from "./held";
import { passGate, type GateVerdict, type SetHost } from "./pass-gate";
import { putBack, type PutBack } from "./put-back";
import { failureLines, gateLine, gateReasons, progressOf, reasonsOf, warningLines } from "./report-lines";
import { waveChanges, type WaveChanges } from "./wave-changes";
import { recordsOf, type Login, type WaveInputs } from "./wave-inputs";
import type { WorkContext } from "./wave-log";
import { emptyState, type Leftover, type Outcome, type UpdateSummary, type WaveState } from "./wave-state";

type Records = Readonly<Record<string, HostRecord>>;

/** What became of an update. */
export interface CarriedOut {
  readonly passed: boolean;
  readonly state: WaveState;
  /** Why it did not pass, with what comes next; empty where it did. */
  readonly reasons: readonly string[];
}

/** Who asks the hosts of a wave. */
export const askerOf = (
  { owner, wave }: Pick<WaveInputs, "owner" | "wave">,
  logins: Readonly<Record<string, Login>>,
) => ({ owner, wave, sudoOf: (connection: string) => logins[connection]?.sudo ?? false });

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

export const inactiveAmong = (answers: Readonly<Record<string, ReadBack>>): readonly string[] =>
  Object.entries(answers).flatMap(([name, { status }]) => (status === "inactive" ? [name] : []));

const noBounds: GateBounds = {};

/** Of the changes of an update, so many paragraphs are kept for a report: a wave's state stays small. */
const paragraphsKept = 5;

interface Carried {
  readonly result: RolloutResult;
  /** Absent where more hosts failed than may, so that there was no gate. */
  readonly gate?: GateVerdict;
  /** Of a wave that did not pass its gate. */
  readonly back?: PutBack;
}

/** Hosts that a gate's failure concerns: those that were set, and those that were here before and may have been. */
const concerned = ({ applied, unsure }: RolloutResult, before: Records): readonly string[] => [
  ...Object.keys(applied),
  ...unsure.filter((name) => before[name] !== undefined),
];

interface Update {
  readonly inputs: WaveInputs;
  readonly changes: Pick<WaveChanges, "after" | "apply" | "restore" | "handedOver" | "holding" | "hosts">;
  /** Inputs of the state; those of the update where there are none. */
  readonly old: WaveInputs;
  readonly state: WaveState;
  /** Hosts that nobody had tuned before an update that was killed, and that this one goes on with. */
  readonly untouched?: ReadonlySet<string>;
}

/** What hosts hold after an update that did not pass, as far as anybody knows. */
const heldRecords = (
  { after, holding }: Pick<WaveChanges, "after" | "holding">,
  { result, back }: Carried,
): Records => {
  const { applied, restored, renamed, unsure } = result;
  // A new host of which nobody knows whether it was set is one of ours: whoever removes it puts it back.
  const unknown = unsure.filter((name) => holding.records[name] === undefined);
  const records: Record<string, HostRecord> = {
    ...holding.records,
    ...pick(after, [...Object.keys(applied), ...unknown]),
  };
  for (const name of [...Object.keys(restored), ...renamed])
    if (after[name] === undefined) Reflect.deleteProperty(records, name);
  for (const [name, former] of back?.done ?? []) {
    if (former === undefined) Reflect.deleteProperty(records, name);
    else records[name] = former;
  }
  return records;
};

/** The engine keeps the old inputs of an update that failed, so the outputs say what was done. */
const heldOf = ({ old, inputs, changes: { holding } }: Update, records: Records): Held =>
  heldAfter(old, records, (name) => {
    const { connection } = records[name] ?? {};
    const { connections } = records[name] === holding.records[name] ? holding : inputs;
    return typeof connection === "string" ? connections[connection] : undefined;
  });

const countOutcomes = ({ result, back }: Carried): UpdateSummary["outcomes"] => {
  const { applied, restored, failures, pending, leftover } = result;
  const failed = Object.keys(failures).length;
  const counts: Readonly<Record<Outcome, number>> = {
    set: back === undefined ? Object.keys(applied).length : 0,
    restored: Object.keys(restored).length,
    putBack: back?.done.size ?? 0,
    notPutBack: Object.keys(back?.failures ?? {}).length,
    failed,
    notBegun: Math.max(pending.length + leftover.length - failed, 0),
  };
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
};

/** Sets the hosts, waits, and reads them again; what did not pass is put back. */
const setAndJudge = async ({ inputs, changes, untouched }: Update, { log, signal }: WorkContext): Promise<Carried> => {
  const { after, apply, restore, holding } = changes;
  const left = leaving(restore);
  const logins = { ...inputs.connections, ...left.logins };
  const { run, close } = reachHosts({ ...after, ...left.records }, logins, inputs.lanes, "update");
  const asker = askerOf(inputs, logins);
  const answeredMs = new Map<string, number>();
  const count = progressOf(log, apply.length + Object.keys(restore).length);
  const ended = (outcome: HostOutcome<ReadBack>): void => {
    answeredMs.set(outcome.name, performance.now());
    count(outcome);
  };
  const setHosts = (applied: RolloutResult["applied"]): Record<string, SetHost> =>
    Object.fromEntries(
      Object.entries(applied).map(([name, answer]) => [name, { answer, atMs: answeredMs.get(name) ?? 0 }]),
    );
  const runAll = async (runHost: RunOnHost): Promise<Carried> => {
    const result = await rollOut({
      ...{ asker, work: { apply: pick(after, apply), restore: left.records }, run: runHost, signal, ended },
      hostCount: Object.keys(after).length,
      maximumFailures: inputs.maximumFailures,
      maximumFailuresPercent: inputs.maximumFailuresPercent,
    });
    warningLines({ ...result.restored, ...result.applied }).forEach(log.warn);
    if (!result.passed) return { result };
    const { soakSeconds = 0, gate: bounds = noBounds } = inputs;
    const hosts = setHosts(result.applied);
    const gate = await passGate({ asker, hosts, records: after, soakSeconds, bounds, run: runHost, signal, log });
    if (gate.summary.passed) return { result, gate };
    log.warn(gateLine(gate));
    const names = concerned(result, holding.records);
    return {
      ...{ result, gate },
      back: await putBack({
        ...{ asker, names, after, untouched, run: runHost },
        before: holding.records,
        answers: result.applied,
      }),
    };
  };
  return runAll(run).finally(close);
};

const sinceOf = (pending: readonly string[], { pendingSince = {} }: WaveState, begun: string) =>
  pending.length === 0
    ? {}
    : { pendingSince: Object.fromEntries(pending.map((name) => [name, pendingSince[name] ?? begun])) };

const stateAfter = (update: Update, carried: Carried, begun: Date): WaveState => {
  const { changes, state } = update;
  const { after, apply, restore } = changes;
  const { result, gate, back } = carried;
  const isPassed = result.passed && back === undefined;
  const notSet = back === undefined ? result.pending : apply;
  const pending = [...new Set([...notSet, ...result.leftover])].sort();
  const leftNow = new Set(result.leftover);
  const stillInactive = state.inactive.filter((name) => after[name] !== undefined && !apply.includes(name));
  const records = isPassed ? {} : heldRecords(changes, carried);
  // What could not be put back still stands among the hosts that are held.
  const leftover = Object.entries(restore).filter(([name]) => leftNow.has(name) && records[name] === undefined);
  return {
    pending,
    ...sinceOf(pending, state, begun.toISOString()),
    count: Object.keys(after).length,
    inactive: [...stillInactive, ...inactiveAmong(result.applied)].sort(),
    leftover: Object.fromEntries(leftover),
    handedOver: changes.handedOver,
    ...(isPassed ? {} : { held: heldOf(update, records) }),
    lastUpdate: {
      begun: begun.toISOString(),
      seconds: Math.round((Date.now() - begun.getTime()) / 100) / 10,
      outcomes: countOutcomes(carried),
      ...(gate === undefined || gate.summary.hosts === 0 ? {} : { gate: gate.summary }),
      changes: describeChanges(changes.hosts).slice(0, paragraphsKept),
    },
  };
};

const carryOut = async (update: Update, context: WorkContext): Promise<CarriedOut> => {
  const { log, again } = context;
  const begun = new Date();
  const carried = await setAndJudge(update, context);
  const { result, gate, back } = carried;
  const state = stateAfter(update, carried, begun);
  if (!result.passed) {
    const allowed = allowedFailures(update.inputs, state.count);
    return { passed: false, state, reasons: reasonsOf(result, allowed, again) };
  }
  if (gate !== undefined && back !== undefined)
    return { passed: false, state, reasons: gateReasons(gate, back, state.pending, again) };
  failureLines(result.failures).forEach(log.warn);
  if (state.pending.length > 0) log.warn(`The next update tries again: ${nameHosts(state.pending)}.`);
  if (gate !== undefined && gate.summary.soakSeconds > 0 && gate.summary.hosts > 0) log.info(gateLine(gate));
  return { passed: true, state, reasons: [] };
};

const nothing: Holding = { records: {}, connections: {} };

/** Makes a wave: every host of it is new. Never rejects. */
export const createWave = (inputs: WaveInputs, context: WorkContext): Promise<CarriedOut> => {
  const after = recordsOf(inputs);
  const hosts = changedHosts({}, after);
  const changes = { after, hosts, apply: Object.keys(after), restore: {}, handedOver: {}, holding: nothing };
  return carryOut({ inputs, changes, old: inputs, state: emptyState }, context);
};

/** What is known of hosts before an update, beside what the state has of them. */
export interface KnownBefore {
  /** Values that hosts hold now, for the words of a report. */
  readonly live?: LiveByHost;
  /** Hosts that nobody had tuned before an update that was killed, and that this one goes on with. */
  readonly untouched?: ReadonlySet<string>;
}

/**
 * Carries out what differs from the state, and what an earlier update left undone. Never rejects.
 * @param known what a reading just before has found
 */
export const updateWave = (
  old: WaveInputs,
  inputs: WaveInputs,
  state: WaveState,
  context: WorkContext,
  { live, untouched }: KnownBefore = {},
): Promise<CarriedOut> =>
  carryOut({ inputs, changes: waveChanges(old, inputs, state, live), old, state, untouched }, context);

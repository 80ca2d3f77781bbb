/** Check of `conntrack:index:Rollout`: every mistake before anybody is dialled, and what of the inputs is kept. */
import { checkConnection, secretFields } from "../../delivery/ssh/connection";
import { isUnread, wayOf, withoutLive, type HostRecord } from "../../fleet/host-record";
import { shareProfiles } from "../../fleet/profiles";
import { recordProblems } from "../../fleet/record-problems";
import { settleHosts, type SettledHosts } from "../../fleet/settle-hosts";
import { isFields, type Fields } from "../../validation/fields";
import { describeProblem, type Problem } from "../../validation/problems";
import { problemsIn } from "../../validation/validation";
import { asSecret, hasUnknown, revealed } from "./properties";
import { createClaims } from "./claims";
import { nameLogins } from "./login-names";
import { grouped, unreadLines } from "./report";
import { recordsOf, rolloutInputs, type Login, type RolloutInputs } from "./rollout-inputs";

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface Checkup {
  /** Inputs as the state shall have them, secrets marked. */
  readonly inputs: Fields;
  readonly failures: readonly CheckFailure[];
  /** What a person should know of hosts, in lines. */
  readonly warnings: readonly string[];
}

const markLogin = (login: Fields): Fields =>
  Object.fromEntries(
    Object.entries(login).map(([key, value]) => {
      if (key === "bastion" && isFields(value)) return [key, markLogin(value)];
      return [key, secretFields.some((field) => field === key) ? asSecret(value) : value];
    }),
  );

/** The logins with every key, passphrase and password marked, whoever wrote the program. */
export const markLogins = (logins: Readonly<Record<string, Login>>): Fields =>
  Object.fromEntries(Object.entries(logins).map(([name, login]) => [name, markLogin({ ...login })]));

const hostProblems = (name: string, record: HostRecord, logins: RolloutInputs["connections"]): readonly Problem[] => {
  const { host, port, hostKey, connection } = record;
  const base = `hosts[${JSON.stringify(name)}]`;
  const login = typeof connection === "string" ? logins[connection] : undefined;
  return [
    ...(isUnread(record) ? [] : recordProblems(record, base)),
    ...problemsIn(checkConnection({ ...login, ...JSON.parse(JSON.stringify({ host, port, hostKey })) }, base)),
  ];
};

/** Reported for a wave that shall be observed by an engine that cannot. */
const observeProblem: CheckFailure = {
  property: "observe",
  reason:
    "this engine does not read resources before it updates them, so changes on hosts would go unseen: " +
    "update pulumi to 3.172 or later, or set observe: false",
};

type Records = Readonly<Record<string, HostRecord>>;

/**
 * Hosts of a program that shall change some of them only: the others stay as the state has them, gone from the program
 * or not, and one that was never there waits.
 */
const keepOthers = (before: Records, after: Records, only: readonly string[]): Records => {
  const chosen = new Set(only);
  const kept = Object.entries(before).filter(([name]) => !chosen.has(name));
  return {
    ...Object.fromEntries(
      kept.map(([name, record]) => [
        name,
        { ...withoutLive(record), connection: after[name]?.connection ?? record.connection },
      ]),
    ),
    ...Object.fromEntries(Object.entries(after).filter(([name]) => chosen.has(name))),
  };
};

/** Hosts that shall not change are not looked at. */
const settle = (before: Records, wanted: Records, only: readonly string[] | undefined): SettledHosts => {
  if (only === undefined) return settleHosts(before, wanted);
  const chosen = new Set(only);
  const settled = settleHosts(before, Object.fromEntries(Object.entries(wanted).filter(([name]) => chosen.has(name))));
  return { ...settled, records: keepOthers(before, { ...wanted, ...settled.records }, only) };
};

/**
 * The state's hosts with names of logins that the program uses for no other login: it names them anew each time, and a
 * host that stays as the state has it keeps its own.
 */
const withOwnLogins = (
  before: RolloutInputs | undefined,
  inputs: RolloutInputs,
): { readonly oldRecords: Records; readonly oldLogins: RolloutInputs["connections"] } => {
  if (before === undefined) return { oldRecords: {}, oldLogins: {} };
  const { connections: oldLogins, nameOf } = nameLogins(inputs.connections);
  const names = new Map(Object.entries(before.connections).map(([name, login]) => [name, nameOf(name, login)]));
  const oldRecords = Object.fromEntries(
    Object.entries(recordsOf(before)).map(([name, record]) => {
      const { connection } = wayOf(record);
      return [name, { ...record, connection: names.get(connection) ?? connection }];
    }),
  );
  return { oldRecords, oldLogins };
};

const usedLogins = (records: Records, logins: RolloutInputs["connections"]) => {
  const used = new Set(Object.values(records).map(({ connection }) => connection));
  return Object.fromEntries(Object.entries(logins).filter(([name]) => used.has(name)));
};

/**
 * @param old inputs of the state; empty for a new resource
 * @param observable true where the engine reads before it updates
 * @param claim which machines the other waves of the program have
 */
export const checkRollout = (
  old: Fields,
  news: Fields,
  observable: boolean,
  claim: ReturnType<typeof createClaims> = createClaims(),
): Checkup => {
  // What a preview does not know yet is checked when it is known.
  if (hasUnknown(news)) return { inputs: news, failures: [], warnings: [] };
  const read = rolloutInputs(revealed(news));
  const failuresOf = (problems: readonly Problem[]): CheckFailure[] =>
    problems.map((problem) => ({ property: problem.path, reason: describeProblem(problem) }));
  if (!read.ok) return { inputs: news, failures: failuresOf(read.problems), warnings: [] };
  const inputs = read.value;
  const oldRead = rolloutInputs(revealed(old));
  const before = oldRead.ok ? oldRead.value : undefined;
  const { oldRecords, oldLogins } = withOwnLogins(before, inputs);
  const { records, notes, unread, problems: unsettled } = settle(oldRecords, recordsOf(inputs), inputs.only);
  const connections = usedLogins(records, { ...oldLogins, ...inputs.connections });
  const problems = [
    ...unsettled,
    ...claim(inputs, recordsOf(inputs)),
    ...Object.entries(records).flatMap(([name, record]) => hostProblems(name, record, connections)),
  ];
  const elsewhere = new Set(inputs.elsewhere);
  const nowhere = (inputs.only ?? []).filter(
    (name) => records[name] === undefined && oldRecords[name] === undefined && !elsewhere.has(name),
  );
  const moved = Object.keys(oldRecords).filter((name) => records[name] === undefined && elsewhere.has(name));
  const { owner, wave, lanes, maximumFailures, maximumFailuresPercent, observe, decommissioned = [] } = inputs;
  return {
    inputs: {
      ...{ owner, wave, lanes, maximumFailures, maximumFailuresPercent, observe },
      ...shareProfiles(records),
      connections: markLogins(connections),
      ...(decommissioned.length > 0 ? { decommissioned } : {}),
      ...(moved.length > 0 ? { moved } : {}),
    },
    failures: [...failuresOf(problems), ...(observe && !observable ? [observeProblem] : [])],
    warnings: [
      ...nowhere.map((name) => `rollout.only names ${JSON.stringify(name)}, which is no host here: correct the name`),
      ...unreadLines(unread, Object.keys(records).length),
      ...grouped(notes),
    ],
  };
};

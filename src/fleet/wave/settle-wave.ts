/** What of a wave's wishes becomes its inputs: settled against the state, every mistake before anybody is dialled. */
import { checkConnection } from "../../delivery/ssh/connection";
import type { Problem } from "../../validation/problems";
import { joinPath, problemsIn } from "../../validation/validation";
import { changedHosts } from "../host-changes";
import { isUnread, wayOf, withoutLive, type HostRecord } from "../host-record";
import { shareProfiles } from "../profiles";
import { recordProblems } from "../record-problems";
import { settleHosts, type SettledHosts } from "../settle-hosts";
import type { createClaims } from "./claims";
import { nameLogins } from "./login-names";
import { grouped, unreadLines } from "./report-lines";
import { recordsOf, type WaveInputs } from "./wave-inputs";

export interface SettledWave {
  /** Inputs as the state shall have them. */
  readonly inputs: WaveInputs;
  readonly problems: readonly Problem[];
  /** What a person should know of hosts, in lines. */
  readonly warnings: readonly string[];
}

type Records = Readonly<Record<string, HostRecord>>;

const hostProblems = (name: string, record: HostRecord, logins: WaveInputs["connections"]): readonly Problem[] => {
  const { host, port, hostKey, connection } = record;
  const base = `hosts[${JSON.stringify(name)}]`;
  const login = typeof connection === "string" ? logins[connection] : undefined;
  return [
    ...(isUnread(record) ? [] : recordProblems(record, base)),
    ...problemsIn(checkConnection({ ...login, ...JSON.parse(JSON.stringify({ host, port, hostKey })) }, base)),
  ];
};

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
  before: WaveInputs | undefined,
  inputs: WaveInputs,
): { readonly oldRecords: Records; readonly oldLogins: WaveInputs["connections"] } => {
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

const usedLogins = (records: Records, logins: WaveInputs["connections"]) => {
  const used = new Set(Object.values(records).map(({ connection }) => connection));
  return Object.fromEntries(Object.entries(logins).filter(([name]) => used.has(name)));
};

/** A plan that its own simulation refuted is never rolled out, not even where a program goes on with a warning. */
const verdictProblems = (before: Records, after: Records): readonly Problem[] =>
  changedHosts(before, after)
    .filter(({ name }) => after[name]?.verdict === "failed")
    .map(({ name }) => ({
      path: joinPath("hosts", name, "traffic"),
      limit: "fails its simulation with these settings, and no wave begins with such a change",
      source: "the verdict of the plan",
      remedy: "Change settings or traffic until it passes, or name the other hosts in rollout.only.",
    }));

/**
 * @param before inputs of the state; undefined for a new wave
 * @param wanted what the program wants
 * @param claim which machines the other waves of the program have
 */
export const settleWave = (
  before: WaveInputs | undefined,
  wanted: WaveInputs,
  claim: ReturnType<typeof createClaims>,
): SettledWave => {
  const { oldRecords, oldLogins } = withOwnLogins(before, wanted);
  const { records, notes, unread, problems: unsettled } = settle(oldRecords, recordsOf(wanted), wanted.only);
  const connections = usedLogins(records, { ...oldLogins, ...wanted.connections });
  const elsewhere = new Set(wanted.elsewhere);
  const nowhere = (wanted.only ?? []).filter(
    (name) => records[name] === undefined && oldRecords[name] === undefined && !elsewhere.has(name),
  );
  const moved = Object.keys(oldRecords).filter((name) => records[name] === undefined && elsewhere.has(name));
  // What is said of a single update is not kept.
  const { only: _only, elsewhere: _elsewhere, decommissioned = [], ...settings } = wanted;
  return {
    inputs: {
      ...settings,
      ...shareProfiles(records),
      connections,
      decommissioned: decommissioned.length > 0 ? decommissioned : undefined,
      moved: moved.length > 0 ? moved : undefined,
    },
    problems: [
      ...unsettled,
      ...claim(wanted, recordsOf(wanted)),
      ...Object.entries(records).flatMap(([name, record]) => hostProblems(name, record, connections)),
      ...verdictProblems(oldRecords, records),
    ],
    warnings: [
      ...nowhere.map((name) => `rollout.only names ${JSON.stringify(name)}, which is no host here: correct the name`),
      ...unreadLines(unread, Object.keys(records).length),
      ...grouped(notes),
    ],
  };
};

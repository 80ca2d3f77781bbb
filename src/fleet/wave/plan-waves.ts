/** From a planned fleet to the inputs of its waves. */
import type { Connection } from "../../delivery/ssh/connection";
import { hostKeyLine, parseHostKey } from "../../delivery/ssh/host-key";
import type { FleetPlan, PlannedHost } from "../fleet-plan";
import { loginOf } from "../login";
import type { HostReading } from "../host-reading";
import { hostRecord, unreadRecord, type HostRecord, type LiveState, type Origin, type Way } from "../host-record";
import { shareProfiles, type SharedHosts } from "../profiles";
import type { Settings } from "../../kernel/settings";
import type { Plan } from "../../plan/plan";
import type { RolloutSettings } from "../rollout-settings";
import type { Wave } from "../waves";
import { roomForEntries } from "../../target/guards";
import { isFields, type Fields } from "../../validation/fields";

export interface WaveHosts extends SharedHosts {
  readonly connections: Readonly<Record<string, Fields>>;
}

/** `tuner`, or `tuner-by-way-of-gate.example.net`. */
const loginName = ({ user = "root", bastion }: Connection): string =>
  bastion === undefined ? user : `${user}-by-way-of-${bastion.host}`;

/** Names each distinct login once, in the order of the hosts. */
const nameLogins = () => {
  const names = new Map<string, string>();
  const logins: Record<string, Fields> = {};
  const nameFor = (connection: Connection): string => {
    const login = loginOf(connection);
    const text = JSON.stringify(login);
    const known = names.get(text);
    if (known !== undefined) return known;
    const base = loginName(connection);
    let name = base;
    for (let count = 2; logins[name] !== undefined; count += 1) name = `${base}-${count}`;
    names.set(text, name);
    logins[name] = login;
    return name;
  };
  return { nameFor, logins };
};

/** A comment behind the key says nothing of the host. */
const withoutComment = (line: string | undefined): string | undefined => {
  const key = line === undefined ? undefined : parseHostKey(line);
  return key === undefined ? undefined : hostKeyLine(key);
};

const wayOf = ({ connection }: PlannedHost, login: string): Way => {
  const { host, port, hostKey } = connection;
  return { host, port, hostKey: withoutComment(hostKey), connection: login };
};

/** What stands on the host above its plan, and entries that its table would have no room for. */
const liveState = ({ max, buckets, entries = 0 }: HostReading, settings: Settings): LiveState => ({
  ...(max !== undefined && max > settings.max ? { liveMax: max } : {}),
  ...(buckets !== undefined && buckets > settings.buckets ? { liveBuckets: buckets } : {}),
  ...(entries > settings.max * roomForEntries ? { liveEntries: entries } : {}),
});

const originOf = ({ reading, request }: PlannedHost, { settings }: Plan): Origin => {
  if (reading === undefined) return {};
  const asked = isFields(request.settings) ? request.settings : {};
  const factsFromHost = !isFields(request.facts) || Object.keys(request.facts).length === 0;
  const sizedFromHost = asked.max === undefined && asked.buckets === undefined;
  return { factsFromHost, sizedFromHost, ...liveState(reading, settings) };
};

const recordOf = (host: PlannedHost, login: string): HostRecord => {
  const { planned, unread = "", request } = host;
  const way = wayOf(host, login);
  if (planned === undefined) return unreadRecord(way, unread, request);
  return hostRecord(way, planned, originOf(host, planned.plan));
};

/** The ways to hosts, each distinct login once, as `conntrack:index:observe` takes them. */
export const waysTo = (hosts: readonly PlannedHost[]) => {
  const { nameFor, logins } = nameLogins();
  const ways = Object.fromEntries(hosts.map((host) => [host.name, wayOf(host, nameFor(host.connection))]));
  return { hosts: ways, connections: logins };
};

/** The hosts of one wave. Decommissioned ones are no part of it: they are let go. */
export const waveHosts = ({ hosts }: FleetPlan, names: readonly string[]): WaveHosts => {
  const { nameFor, logins } = nameLogins();
  const chosen = new Set(names);
  const records = Object.fromEntries(
    hosts
      .filter(({ name, decommissioned }) => chosen.has(name) && !decommissioned)
      .map((host) => [host.name, recordOf(host, nameFor(host.connection))]),
  );
  return { ...shareProfiles(records), connections: logins };
};

export const decommissionedNames = ({ hosts }: FleetPlan): readonly string[] =>
  hosts.filter(({ decommissioned }) => decommissioned).map(({ name }) => name);

/** What of a wave's inputs is known before its hosts are planned. */
export const waveSettings = (
  { canary: _canary, waves: _waves, ...rollout }: RolloutSettings,
  wave: Pick<Wave, "name" | "place">,
  owner: string,
  observe: boolean,
) => ({ ...rollout, owner, wave: wave.name, place: wave.place, observe });

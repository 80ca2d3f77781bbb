/** From a planned fleet to the inputs of its waves. */
import type { Connection } from "../delivery/ssh/connection";
import { hostKeyLine, parseHostKey } from "../delivery/ssh/host-key";
import type { FleetPlan, PlannedHost } from "../fleet/fleet-plan";
import { hostRecord, type HostRecord } from "../fleet/host-record";
import { shareProfiles, type SharedHosts } from "../fleet/profiles";
import type { Fields } from "../validation/fields";

export interface WaveHosts extends SharedHosts {
  readonly connections: Readonly<Record<string, Fields>>;
}

const loginOf = ({ host: _host, port: _port, hostKey: _hostKey, ...login }: Connection): Fields => login;

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

const recordOf = ({ connection, planned }: PlannedHost, login: string): HostRecord => {
  const { host, port, hostKey } = connection;
  return hostRecord({ host, port, hostKey: withoutComment(hostKey), connection: login }, planned);
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

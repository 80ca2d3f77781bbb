/**
 * What the hosts of a wave hold. After an update that failed the engine keeps the old inputs with the new outputs, so the
 * outputs say what was done all the same, until an update passes or a reading has it all in the inputs again.
 * Source: pulumi 3.220, pkg/engine/update.go, OnResourceStepPost.
 */
import { ownKeys, type HostRecord } from "../host-record";
import { expandProfiles, shareProfiles, type SharedHosts } from "../profiles";
import { nameLogins, same } from "./login-names";
import { recordsOf, type Login, type WaveInputs } from "./wave-inputs";

type Records = Readonly<Record<string, HostRecord>>;

/** What an update that failed has done. */
export interface Held {
  /** Hosts that were set; address, port and key are left out where the inputs have the same. */
  readonly set: SharedHosts;
  /** Hosts that were let go. */
  readonly released: readonly string[];
  /** Logins that the inputs do not have. */
  readonly connections: Readonly<Record<string, Login>>;
}

/** The records of what hosts hold, and the logins for them. */
export interface Holding {
  readonly records: Record<string, HostRecord>;
  readonly connections: Readonly<Record<string, Login>>;
}

const ownOf = (record: HostRecord): HostRecord =>
  Object.fromEntries(Object.entries(record).filter(([key]) => ownKeys.includes(key)));

export const holdingOf = (inputs: WaveInputs, held: Held | undefined): Holding => {
  const records = recordsOf(inputs);
  if (held === undefined) return { records, connections: inputs.connections };
  for (const name of held.released) Reflect.deleteProperty(records, name);
  for (const [name, record] of Object.entries(expandProfiles(held.set)))
    records[name] = { ...ownOf(records[name] ?? {}), ...record };
  return { records, connections: { ...inputs.connections, ...held.connections } };
};

const withoutSame = (record: HostRecord, old: HostRecord | undefined): HostRecord =>
  Object.fromEntries(Object.entries(record).filter(([key, value]) => !ownKeys.includes(key) || old?.[key] !== value));

/**
 * What the state has to say after an update that failed.
 * @param old inputs that the engine keeps
 * @param records what hosts hold, as far as anybody knows
 * @param loginOf how a host is reached
 */
export const heldAfter = (old: WaveInputs, records: Records, loginOf: (name: string) => Login | undefined): Held => {
  const before = recordsOf(old);
  const set: Record<string, HostRecord> = {};
  const { connections, nameOf } = nameLogins(old.connections);
  for (const [name, record] of Object.entries(records)) {
    const login = loginOf(name);
    const wanted = typeof record.connection === "string" ? record.connection : "";
    const connection = login === undefined ? wanted : nameOf(wanted, login);
    const named = { ...record, connection };
    if (!same(before[name], named)) set[name] = withoutSame(named, before[name]);
  }
  return {
    set: shareProfiles(set),
    released: Object.keys(before).filter((name) => records[name] === undefined),
    connections,
  };
};

/**
 * What hosts share stands once: a profile holds it, and a host holds its address, its host key and what differs. A state
 * of a thousand hosts stays readable and small, and so does what the engine compares.
 */
import { ownKeys, type HostRecord } from "./host-record";

/** The hosts of a wave without repetition. */
export interface SharedHosts {
  /** The profile of every host that names none. */
  readonly profile: string;
  readonly profiles: Readonly<Record<string, HostRecord>>;
  /** Address, host key, `profile` where it is not the wave's, and the values that replace those of the profile. */
  readonly hosts: Readonly<Record<string, HostRecord>>;
}

/** A host that differs in more keys gets a profile of its own. */
const maximumOverrides = 4;

const same = (one: unknown, other: unknown): boolean =>
  one === other || (typeof one === "object" && JSON.stringify(one) === JSON.stringify(other));

const ownPart = (record: HostRecord): HostRecord =>
  Object.fromEntries(ownKeys.flatMap((key) => (record[key] === undefined ? [] : [[key, record[key]]])));

const sharedPart = (record: HostRecord): HostRecord =>
  Object.fromEntries(
    Object.entries(record)
      .filter(([key]) => !ownKeys.includes(key))
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );

const differingKeys = (profile: HostRecord, shared: HostRecord): readonly string[] =>
  Object.keys(shared).filter((key) => !same(profile[key], shared[key]));

interface Group {
  readonly shared: HostRecord;
  readonly names: string[];
}

/** Hosts with equal values, the largest group first; of equal ones the one whose values sort first. */
const groupsOf = (records: Readonly<Record<string, HostRecord>>): readonly Group[] => {
  const groups = new Map<string, Group>();
  for (const [name, record] of Object.entries(records)) {
    const shared = sharedPart(record);
    const key = JSON.stringify(shared);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { shared, names: [name] });
    else group.names.push(name);
  }
  return [...groups]
    .sort(([oneKey, one], [otherKey, other]) => other.names.length - one.names.length || (oneKey < otherKey ? -1 : 1))
    .map(([, group]) => group);
};

const wholeGiB = (memoryMiB: unknown): string =>
  typeof memoryMiB === "number" ? `-${Math.max(1, Math.round(memoryMiB / 1024))}GiB` : "";

/** `nat-16GiB`, or `nat-16GiB-2` where that is taken. */
const profileName = ({ role, memoryMiB }: HostRecord, taken: ReadonlyMap<string, HostRecord>): string => {
  const name = `${typeof role === "string" ? role : "host"}${wholeGiB(memoryMiB)}`;
  if (!taken.has(name)) return name;
  for (let count = 2; ; count += 1) if (!taken.has(`${name}-${count}`)) return `${name}-${count}`;
};

/** Takes out what hosts share. Which host is in which profile follows from the values alone. */
export const shareProfiles = (records: Readonly<Record<string, HostRecord>>): SharedHosts => {
  const profiles = new Map<string, HostRecord>();
  /** Profiles by the keys that they have: a host cannot take a key away from its profile. */
  const byKeys = new Map<string, string[]>();
  const hosts: Record<string, HostRecord> = {};
  let main = "";
  for (const { shared, names } of groupsOf(records)) {
    const keys = Object.keys(shared).join();
    const near = (byKeys.get(keys) ?? [])
      .map((name) => ({ name, differing: differingKeys(profiles.get(name) ?? {}, shared) }))
      .filter(({ differing }) => differing.length <= maximumOverrides)
      .sort((one, other) => one.differing.length - other.differing.length)[0];
    const name = near?.name ?? profileName(shared, profiles);
    if (near === undefined) {
      profiles.set(name, shared);
      byKeys.set(keys, [...(byKeys.get(keys) ?? []), name]);
    }
    if (main === "") main = name;
    const differing = Object.fromEntries((near?.differing ?? []).map((key) => [key, shared[key]]));
    for (const host of names)
      hosts[host] = { ...ownPart(records[host] ?? {}), ...(name === main ? {} : { profile: name }), ...differing };
  }
  return { profile: main, profiles: Object.fromEntries(profiles), hosts: sortByName(hosts) };
};

const sortByName = (hosts: Readonly<Record<string, HostRecord>>): Record<string, HostRecord> =>
  Object.fromEntries(Object.entries(hosts).sort(([one], [other]) => (one < other ? -1 : 1)));

/** The whole record of each host. */
export const expandProfiles = ({ profile, profiles, hosts }: SharedHosts): Record<string, HostRecord> =>
  Object.fromEntries(
    Object.entries(hosts).map(([name, { profile: named, ...values }]) => [
      name,
      { ...profiles[typeof named === "string" ? named : profile], ...values },
    ]),
  );

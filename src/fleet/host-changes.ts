/** What differs between two states of a fleet, host by host and key by key. */
import { fingerprintOf, parseHostKey } from "../delivery/ssh/host-key";
import { fleetHost, isUnread, withLive, type FleetHost, type HostRecord } from "./host-record";
import { targetOfHost, writtenBy, type Written } from "./host-target";
import { ownValue } from "../validation/fields";
import type { Place } from "./places";

/** One key of one host, with values in the words that a person reads. */
export interface KeyChange {
  /** `max`, `buckets`, a timeout's sysctl name, `address`, `hostKey`, `kernel`, `loadModule`, or the path of a file. */
  readonly key: string;
  /** The key of the record in which the state shows it. */
  readonly recordKey: string;
  /** Absent where nothing is known of it. */
  readonly before?: string;
  /** Absent where the key leaves the plan, and returns to what it was before the tuning. */
  readonly after?: string;
  /** The files in which it persists. */
  readonly places: readonly Place[];
}

export interface HostChanges {
  readonly name: string;
  readonly kind: "added" | "changed" | "removed";
  /** Of an added host all that is set; empty for a removed one. */
  readonly changes: readonly KeyChange[];
  /** Files without a value that an added host gets. */
  readonly otherFiles: readonly Place[];
}

/** Live values of hosts by key, as far as somebody has read them. */
export type LiveByHost = Readonly<Record<string, Readonly<Record<string, number>>>>;

type Records = Readonly<Record<string, HostRecord>>;

const addressOf = ({ host, port = 22 }: Pick<FleetHost, "host" | "port">): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** What a record means for its host, remembered by its text: most hosts of a fleet share theirs. */
const createReader = () => {
  const seen = new Map<string, Written | undefined>();
  return (record: HostRecord): Written | undefined => {
    const { host: _host, port: _port, hostKey: _hostKey, connection: _connection, ...shared } = record;
    const text = JSON.stringify(shared);
    if (seen.has(text)) return seen.get(text);
    const read = fleetHost(record);
    const target = read.ok ? targetOfHost(read.value) : read;
    const written = target.ok ? writtenBy(target.value) : undefined;
    seen.set(text, written);
    return written;
  };
};

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

const keyOf = (line: string | undefined): string => {
  const key = line === undefined ? undefined : parseHostKey(line);
  return key === undefined ? "not pinned" : fingerprintOf(key);
};

const recordAddress = ({ host, port }: HostRecord): string =>
  addressOf({ host: text(host) ?? "", port: typeof port === "number" ? port : undefined });

const wayChanges = (old: HostRecord, record: HostRecord): readonly KeyChange[] => {
  const [before, after] = [recordAddress(old), recordAddress(record)];
  const [oldKey, newKey] = [text(old.hostKey), text(record.hostKey)];
  return [
    ...(before === after ? [] : [{ key: "address", recordKey: "host", before, after, places: [] }]),
    ...(oldKey === newKey
      ? []
      : [{ key: "hostKey", recordKey: "hostKey", before: keyOf(oldKey), after: keyOf(newKey), places: [] }]),
  ];
};

const changedFilesOf = ({ changedFiles }: HostRecord): readonly string[] =>
  Array.isArray(changedFiles) ? changedFiles.filter((path): path is string => typeof path === "string") : [];

const fileFound = (path: string): KeyChange => ({
  key: path,
  recordKey: "changedFiles",
  before: "changed on the host",
  after: "as planned",
  places: [],
});

/** What a key has before a plan first sets it. */
const unset = (key: string, { defaults }: Written, live: Readonly<Record<string, number>>): string | undefined => {
  if (live[key] !== undefined) return String(live[key]);
  return defaults[key] === undefined ? undefined : `${defaults[key]} (kernel's default)`;
};

const valueChanges = (before: Written, after: Written, live: Readonly<Record<string, number>>): readonly KeyChange[] =>
  [...new Set([...Object.keys(after.values), ...Object.keys(before.values)])]
    .filter((key) => before.values[key] !== after.values[key])
    .map((key) => ({
      key,
      recordKey: key,
      before: before.values[key] ?? unset(key, after, live),
      after: after.values[key],
      places: after.places[key] ?? before.places[key] ?? [],
    }));

/** Another generation of kernels gets other files, and other words in the script's command line. */
const eraChanges = (old: HostRecord, record: HostRecord, before: Written, after: Written): readonly KeyChange[] => {
  const forms = [...new Set([...Object.keys(before.forms), ...Object.keys(after.forms)])]
    .filter((path) => before.forms[path]?.text !== after.forms[path]?.text)
    .map((path): KeyChange => {
      const [was, is] = [before.forms[path] && "there", after.forms[path] && "written anew"];
      return { key: path, recordKey: "kernel", before: was ?? "not there", after: is ?? "removed", places: [] };
    });
  if (forms.length === 0 && before.era === after.era) return [];
  const recordKey = ["kernel", "unameVersion"].find((key) => old[key] !== record[key]);
  // The files of a host whose kernel is the same differ where its module is loaded by us from now on.
  if (recordKey === undefined && before.era === after.era) return forms;
  const fact = recordKey ?? "kernel";
  return [
    { key: fact, recordKey: fact, before: text(old[fact]), after: text(record[fact]) ?? "not given", places: [] },
    ...forms,
  ];
};

const compare = (
  old: HostRecord,
  record: HostRecord,
  before: Written | undefined,
  after: Written | undefined,
  live: Readonly<Record<string, number>>,
): readonly KeyChange[] => {
  if (before === after || after === undefined) return [];
  if (before === undefined)
    return [{ key: "record", recordKey: "host", before: "unreadable", after: "as planned", places: [] }];
  const loading: KeyChange = {
    key: "loadModule",
    recordKey: "loadModule",
    before: String(before.loadModule),
    after: String(after.loadModule),
    places: [...(after.loadModule ? after : before).otherFiles].filter(({ path }) => path.includes("/modules-load.d/")),
  };
  return [
    ...valueChanges(before, after, live),
    ...(before.loadModule === after.loadModule ? [] : [loading]),
    ...eraChanges(old, record, before, after),
  ];
};

const added = (written: Written, live: Readonly<Record<string, number>>): readonly KeyChange[] =>
  Object.entries(written.values).map(([key, after]) => ({
    ...{ key, recordKey: key, after, places: written.places[key] ?? [] },
    before: live[key] === undefined ? undefined : String(live[key]),
  }));

/**
 * Compares what hosts hold with what they shall hold. Regrouped profiles, logins and secrets, and facts that change
 * nothing on the host, are no change.
 * @param before records of the state, with what was found on hosts where that differs
 * @param after records of the program
 * @param live values of hosts that were read; it only gives keys that no plan has set yet their value before
 */
export const changedHosts = (before: Records, after: Records, live: LiveByHost = {}): readonly HostChanges[] => {
  const writtenOf = createReader();
  const changes: HostChanges[] = [];
  for (const [name, record] of Object.entries(after)) {
    const old = ownValue(before, name);
    const { changedFiles: _found, ...planned } = record;
    const written = writtenOf(planned);
    const values = ownValue(live, name) ?? {};
    if (old === undefined || isUnread(old)) {
      const all = written === undefined ? [] : added(written, values);
      changes.push({ name, kind: "added", changes: all, otherFiles: written?.otherFiles ?? [] });
      continue;
    }
    const { changedFiles: _files, ...known } = old;
    // Where it may be lowered, what stands above the plan on the host is what changes.
    const held = record.allowShrink === true ? withLive(known) : known;
    const differing = [
      ...wayChanges(old, record),
      ...compare(held, planned, writtenOf(held), written, values),
      ...changedFilesOf(old).map(fileFound),
    ];
    if (differing.length > 0) changes.push({ name, kind: "changed", changes: differing, otherFiles: [] });
  }
  for (const name of Object.keys(before))
    if (ownValue(after, name) === undefined) changes.push({ name, kind: "removed", changes: [], otherFiles: [] });
  return changes;
};

/** Names in a line; the rest is counted. */
const namesShown = 5;

/** `web1`, `web1, web2`, or `250 hosts (web1, web2, web3, web4, web5, ...)`. */
export const nameHosts = (names: readonly string[]): string =>
  names.length <= namesShown
    ? names.join(", ")
    : `${names.length} hosts (${names.slice(0, namesShown).join(", ")}, ...)`;

/** What differs between two states of a fleet, host by host and key by key, in the words that a person reads. */
import { fleetHost, isUnread, type FleetHost, type HostRecord } from "./host-record";
import { targetOfHost, writtenValues } from "./host-target";

/** One key of one host; `before` is absent where the host is new, `after` where it leaves. */
export interface KeyChange {
  /** `max`, `buckets`, a timeout's sysctl name, `address`, `hostKey`, `files`, ... */
  readonly key: string;
  readonly before?: string;
  readonly after?: string;
}

export interface HostChanges {
  readonly name: string;
  readonly kind: "added" | "changed" | "removed";
  /** Empty for a host that is added or removed. */
  readonly changes: readonly KeyChange[];
}

type Values = Readonly<Record<string, string>>;

/** The path of a file that was found changed is a key of its own, `as planned` where it is not. */
const fileKey = (path: string): string => `file ${path}`;
const asPlanned = "as planned";
const changedOnHost = "changed on the host";

const addressOf = ({ host, port = 22 }: Pick<FleetHost, "host" | "port">): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** What a record means for its host, remembered by its text: most hosts of a fleet share theirs. */
const createReader = () => {
  const seen = new Map<string, Values>();
  return (record: HostRecord): Values => {
    const { host: _host, port: _port, hostKey: _hostKey, connection: _connection, ...shared } = record;
    const text = JSON.stringify(shared);
    const known = seen.get(text);
    if (known !== undefined) return known;
    const read = fleetHost(record);
    const target = read.ok ? targetOfHost(read.value) : read;
    // A record that cannot be read equals only itself, so that a repaired one is a change.
    const values = target.ok ? writtenValues(target.value) : { record: text };
    seen.set(text, values);
    return values;
  };
};

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

const wayOf = (record: HostRecord): Values => {
  const hostKey = text(record.hostKey);
  return {
    address: addressOf({
      host: text(record.host) ?? "",
      port: typeof record.port === "number" ? record.port : undefined,
    }),
    ...(hostKey === undefined ? {} : { hostKey }),
  };
};

const changedFilesOf = ({ changedFiles }: HostRecord): readonly string[] =>
  Array.isArray(changedFiles) ? changedFiles.filter((path): path is string => typeof path === "string") : [];

const compare = (before: Values, after: Values): readonly KeyChange[] =>
  before === after
    ? []
    : [...new Set([...Object.keys(before), ...Object.keys(after)])]
        .filter((key) => before[key] !== after[key])
        .map((key) => ({ key, before: before[key], after: after[key] }));

/**
 * Compares what hosts hold with what they shall hold. Regrouped profiles, logins and secrets, and facts that change
 * nothing on the host, are no change.
 * @param before records of the state, with what was found on hosts where that differs
 * @param after records of the program
 */
export const changedHosts = (
  before: Readonly<Record<string, HostRecord>>,
  after: Readonly<Record<string, HostRecord>>,
): readonly HostChanges[] => {
  const valuesOf = createReader();
  const changes: HostChanges[] = [];
  for (const [name, record] of Object.entries(after)) {
    const old = before[name];
    if (old === undefined || isUnread(old)) {
      changes.push({ name, kind: "added", changes: [] });
      continue;
    }
    const { changedFiles: _found, ...planned } = record;
    const { changedFiles: _files, ...held } = old;
    const differing = [
      ...compare(wayOf(old), wayOf(record)),
      ...compare(valuesOf(held), valuesOf(planned)),
      ...changedFilesOf(old).map((path) => ({ key: fileKey(path), before: changedOnHost, after: asPlanned })),
    ];
    if (differing.length > 0) changes.push({ name, kind: "changed", changes: differing });
  }
  for (const name of Object.keys(before))
    if (after[name] === undefined) changes.push({ name, kind: "removed", changes: [] });
  return changes;
};

/** Names in a line; the rest is counted. */
const namesShown = 5;

/** `web1`, `web1, web2`, or `250 hosts (web1, web2, web3, web4, web5, ...)`. */
export const nameHosts = (names: readonly string[]): string =>
  names.length <= namesShown
    ? names.join(", ")
    : `${names.length} hosts (${names.slice(0, namesShown).join(", ")}, ...)`;

const describe = ({ key, before = "none", after = "none" }: KeyChange): string =>
  key === "files" ? "files on disk get another form" : `${key} ${before} -> ${after}`;

const words: Readonly<Record<HostChanges["kind"], string>> = {
  added: "joins the fleet",
  changed: "",
  removed: "leaves the fleet: its old values are put back",
};

/** One line for each change, `h100: nf_conntrack_udp_timeout 30 -> 31`; hosts with the same change share it. */
export const describeChanges = (changed: readonly HostChanges[]): readonly string[] => {
  const names = new Map<string, string[]>();
  for (const { name, kind, changes } of changed)
    for (const line of kind === "changed" ? changes.map(describe) : [words[kind]])
      names.set(line, [...(names.get(line) ?? []), name]);
  return [...names].map(([line, hosts]) => `${nameHosts(hosts)}: ${line}`);
};

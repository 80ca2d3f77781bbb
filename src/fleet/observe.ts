/** Reads hosts and says what differs from what the state holds of them; writes nothing. */
import { parseReadBack } from "../delivery/answer/parse";
import type { ReadBack } from "../delivery/answer/read-back";
import { roomForEntries } from "../target/guards";
import { ownValue } from "../validation/fields";
import type { Checked } from "../validation/validation";
import { askAll, reasonOf } from "./ask-all";
import { verifyLine, type Asker } from "./commands";
import { isUnread, type HostRecord } from "./host-record";
import type { RunOnHost } from "./host-run";

type Records = Readonly<Record<string, HostRecord>>;

export interface ObserveRequest {
  readonly asker: Asker;
  readonly hosts: Records;
  readonly run: RunOnHost;
  readonly signal: AbortSignal;
}

/** One value or file that is not as the state has it. */
export interface HostDrift {
  readonly host: string;
  /** `max`, `buckets`, a timeout's sysctl name, or the path of a file. */
  readonly key: string;
  readonly planned: string;
  readonly found: string;
}

export interface Observation {
  /** What each host holds; that of the state where the host could not be read. */
  readonly hosts: Records;
  readonly drift: readonly HostDrift[];
  /** Hosts that could not be read, and why. */
  readonly unread: Readonly<Record<string, string>>;
  /** What hosts said, by name. */
  readonly answers: Readonly<Record<string, ReadBack>>;
}

const isFile = (key: string): boolean => key.startsWith("/");

const number = (value: unknown): number => (typeof value === "number" ? value : 0);

/** Where a value above the plan stands in the record. */
const liveKeys = new Map([
  ["max", "liveMax"],
  ["buckets", "liveBuckets"],
]);

/** True for a greater max or hash size than the record has, which is lowered only where that is allowed. */
export const isRaised = ({ key, found }: Pick<HostDrift, "key" | "found">, record: HostRecord): boolean =>
  liveKeys.has(key) && record.allowShrink !== true && Number(found) > number(record[key]);

/** The record with what was found on the host in place of what was planned, and what is above it beside it. */
const found = (record: HostRecord, { drift, entries = 0 }: ReadBack): HostRecord => {
  const { changedFiles: _before, sizedFromHost, ...held } = record;
  const files = drift.filter(({ key }) => isFile(key)).map(({ key }) => key);
  const raised = drift.filter((each) => isRaised(each, record));
  const values = drift.filter((each) => !isFile(each.key) && !raised.includes(each));
  // Sizes that somebody changed are not those in force.
  const isSized = sizedFromHost === true && !values.some(({ key }) => liveKeys.has(key));
  return {
    ...held,
    ...(isSized ? { sizedFromHost } : {}),
    ...Object.fromEntries(values.map(({ key, found: value }) => [key, Number(value)])),
    ...Object.fromEntries(raised.map(({ key, found: value }) => [liveKeys.get(key) ?? key, Number(value)])),
    ...(entries > number(record.max) * roomForEntries ? { liveEntries: entries } : {}),
    ...(files.length > 0 ? { changedFiles: files } : {}),
  };
};

/** Reads every host; a host that cannot be read keeps what the state has of it and is named. Never rejects. */
export const observe = async ({ asker, hosts, run, signal }: ObserveRequest): Promise<Observation> => {
  const known = Object.fromEntries(Object.entries(hosts).filter(([, record]) => !isUnread(record)));
  const lineOf = (name: string): Checked<string> => verifyLine(name, known[name] ?? {}, asker);
  const outcomes = await askAll(Object.keys(known), lineOf, parseReadBack, run, signal);
  const answers = Object.fromEntries(
    outcomes.flatMap((each) => (each.result === "done" ? [[each.name, each.answer] as const] : [])),
  );
  return {
    hosts: Object.fromEntries(
      Object.entries(hosts).map(([name, record]) => {
        // A host may be called `constructor`.
        const answer = ownValue(answers, name);
        return [name, answer === undefined ? record : found(record, answer)];
      }),
    ),
    drift: Object.entries(answers).flatMap(([host, { drift }]) => drift.map((each) => ({ host, ...each }))),
    unread: Object.fromEntries(
      outcomes.flatMap((each) => (each.result === "done" ? [] : [[each.name, reasonOf(each)] as const])),
    ),
    answers,
  };
};

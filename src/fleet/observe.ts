/** Reads hosts and says what differs from what the state holds of them; writes nothing. */
import { parseReadBack } from "../delivery/answer/parse";
import type { ReadBack } from "../delivery/answer/read-back";
import { abortedWith } from "./abort";
import { verifyLine, type Asker } from "./commands";
import type { HostRecord } from "./host-record";
import { runHost, type HostOutcome, type RunOnHost } from "./host-run";

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

/**
 * Where none of the first hosts can be reached, the rest is not tried: this machine has no way to them, and a preview
 * must not wait for each of them in turn.
 */
const triedInVain = 64;

const isFile = (key: string): boolean => key.startsWith("/");

/** The record with what was found on the host in place of what was planned. */
const found = (record: HostRecord, { drift }: ReadBack): HostRecord => {
  const { changedFiles: _before, ...held } = record;
  const files = drift.filter(({ key }) => isFile(key)).map(({ key }) => key);
  const values = drift.filter(({ key }) => !isFile(key)).map(({ key, found: value }) => [key, Number(value)] as const);
  return { ...held, ...Object.fromEntries(values), ...(files.length > 0 ? { changedFiles: files } : {}) };
};

const reasonOf = (outcome: HostOutcome<ReadBack>): string =>
  outcome.result === "failed" ? outcome.message : "was not tried, because no host could be reached";

/** Reads every host; a host that cannot be read keeps what the state has of it and is named. Never rejects. */
export const observe = async ({ asker, hosts, run, signal }: ObserveRequest): Promise<Observation> => {
  const giveUp = abortedWith(signal);
  let [reached, vain] = [0, 0];
  const outcomes = await Promise.all(
    Object.entries(hosts).map(async ([name, record]) => {
      const outcome = await runHost(name, verifyLine(name, record, asker), parseReadBack, run, giveUp.signal);
      if (outcome.result === "done") reached += 1;
      if (outcome.result === "failed" && outcome.reason === "unreachable") vain += 1;
      if (reached === 0 && vain >= triedInVain) giveUp.abort();
      return outcome;
    }),
  );
  const answers = Object.fromEntries(
    outcomes.flatMap((each) => (each.result === "done" ? [[each.name, each.answer] as const] : [])),
  );
  return {
    hosts: Object.fromEntries(
      Object.entries(hosts).map(([name, record]) => {
        // A host may be called `constructor`.
        const answer = Object.hasOwn(answers, name) ? answers[name] : undefined;
        return [name, answer === undefined ? record : found(record, answer)];
      }),
    ),
    drift: Object.entries(answers).flatMap(([host, { drift }]) => drift.map((each) => ({ host, ...each }))),
    unread: Object.fromEntries(
      outcomes.filter(({ result }) => result !== "done").map((each) => [each.name, reasonOf(each)]),
    ),
    answers,
  };
};

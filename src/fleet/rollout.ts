/** Carries one wave out: many hosts side by side, as many failures as allowed, and a list of what is left to do. */
import { parseReadBack } from "../delivery/answer/parse";
import type { ReadBack } from "../delivery/answer/read-back";
import { abortedWith } from "./abort";
import { applyLine, restoreLine, type Asker } from "./commands";
import type { HostRecord } from "./host-record";
import { runHost, type HostOutcome, type RunOnHost } from "./host-run";

type Records = Readonly<Record<string, HostRecord>>;

/** What is to be done in one wave. */
export interface RolloutWork {
  /** Hosts that shall hold their record. */
  readonly apply: Records;
  /** Hosts whose old values are put back, with their last record. */
  readonly restore: Records;
}

export interface FailureLimits {
  /** Hosts that may fail; 0 unless given. */
  readonly maximumFailures?: number;
  /** The same in percent of the hosts of the wave; the greater of the two holds. */
  readonly maximumFailuresPercent?: number;
}

export interface RolloutRequest extends FailureLimits {
  readonly asker: Asker;
  readonly work: RolloutWork;
  /** Hosts of the whole wave, for the percentage. */
  readonly hostCount: number;
  readonly run: RunOnHost;
  /** Aborted: no further host is begun, and those under way end by themselves. */
  readonly signal: AbortSignal;
  /** Told of each host as it ends. */
  readonly ended?: (outcome: HostOutcome<ReadBack>) => void;
}

export interface RolloutResult {
  /** False where more hosts failed than allowed, or where it was cancelled before all were begun. */
  readonly passed: boolean;
  readonly cancelled: boolean;
  readonly applied: Readonly<Record<string, ReadBack>>;
  readonly restored: Readonly<Record<string, ReadBack>>;
  /** Old names of hosts that were taken over under a new one. */
  readonly renamed: readonly string[];
  /** Hosts on which it failed, and why. */
  readonly failures: Readonly<Record<string, string>>;
  /** Those among them on which something may have been done all the same: they gave no answer that says otherwise. */
  readonly unsure: readonly string[];
  /** Hosts that do not hold their record yet: failed, or never begun. */
  readonly pending: readonly string[];
  /** Hosts whose old values are not back yet. */
  readonly leftover: readonly string[];
}

/** How many hosts may fail. */
export const allowedFailures = (
  { maximumFailures = 0, maximumFailuresPercent = 0 }: FailureLimits,
  hostCount: number,
): number => Math.max(maximumFailures, Math.floor((maximumFailuresPercent / 100) * hostCount));

const addressOf = ({ host, port = 22 }: HostRecord): string => JSON.stringify([host, port]);

/** New names of hosts that leave under another one, with that: they are taken over, and never fall back in between. */
const renamed = ({ apply, restore }: RolloutWork): ReadonlyMap<string, string> => {
  const leaving = new Map(Object.entries(restore).map(([name, record]) => [addressOf(record), name]));
  return new Map(
    Object.entries(apply).flatMap(([name, record]) => {
      const former = leaving.get(addressOf(record));
      return former === undefined ? [] : [[name, former] as const];
    }),
  );
};

const doneAmong = (outcomes: readonly HostOutcome<ReadBack>[]): Readonly<Record<string, ReadBack>> =>
  Object.fromEntries(outcomes.flatMap((each) => (each.result === "done" ? [[each.name, each.answer]] : [])));

const undone = (outcomes: readonly HostOutcome<ReadBack>[]): readonly string[] =>
  outcomes
    .filter(({ result }) => result !== "done")
    .map(({ name }) => name)
    .sort();

/** Failures after which a command may have done its work: a run that fails by itself puts everything back. */
const mayHaveRun: ReadonlySet<string> = new Set(["cut", "timeout", "output", "answer", "command"]);

/** Carries a wave out and tells what became of every host; never rejects. */
export const rollOut = async (request: RolloutRequest): Promise<RolloutResult> => {
  const { asker, work, hostCount, run, signal, ended } = request;
  const allowed = allowedFailures(request, hostCount);
  const stop = abortedWith(signal);
  const failures: Record<string, string> = {};
  const unsure: string[] = [];
  const watched = async (outcome: Promise<HostOutcome<ReadBack>>): Promise<HostOutcome<ReadBack>> => {
    const ending = await outcome;
    if (ending.result === "failed") {
      failures[ending.name] = ending.message;
      if (mayHaveRun.has(ending.reason)) unsure.push(ending.name);
      // What has gone wrong on too many hosts is not tried on the rest.
      if (Object.keys(failures).length > allowed) stop.abort();
    }
    ended?.(ending);
    return ending;
  };
  const formerNames = renamed(work);
  const applyHost = ([name, record]: [string, HostRecord]) =>
    watched(runHost(name, applyLine(name, record, asker, formerNames.get(name)), parseReadBack, run, stop.signal));
  const restoreHost = ([name, record]: [string, HostRecord]) =>
    watched(runHost(name, restoreLine(name, record, asker), parseReadBack, run, stop.signal));

  // A host that leaves under one name and comes under another is not put back in between, nor where the new one fails.
  const oldNames = new Set(formerNames.values());
  const leaving = Object.entries(work.restore).filter(([name]) => !oldNames.has(name));
  const [applied, restored] = await Promise.all([
    Promise.all(Object.entries(work.apply).map(applyHost)),
    Promise.all(leaving.map(restoreHost)),
  ]);
  const done = doneAmong(applied);
  // What was cancelled when all was done already is done.
  const cancelled = signal.aborted && [...applied, ...restored].some(({ result }) => result === "notRun");
  const renames = [...formerNames];
  return {
    passed: Object.keys(failures).length <= allowed && !cancelled,
    cancelled,
    applied: done,
    restored: doneAmong(restored),
    renamed: renames.filter(([name]) => Object.hasOwn(done, name)).map(([, former]) => former),
    failures,
    unsure,
    pending: undone(applied),
    leftover: [
      ...undone(restored),
      ...renames.filter(([name]) => !Object.hasOwn(done, name)).map(([, former]) => former),
    ].sort(),
  };
};

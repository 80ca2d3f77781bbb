/**
 * Puts the old values of hosts back by what the hosts themselves say of their owner: for the day when nothing else knows
 * it, because the stack or the state is lost.
 */
import { randomUUID } from "node:crypto";
import { parseReadBack } from "../delivery/answer/parse";
import type { ReadBack } from "../delivery/answer/read-back";
import { restoreCommand } from "../delivery/script/command-line";
import { valid } from "../validation/validation";
import { askAll, reasonOf } from "./ask-all";
import { runHost, type RunOnHost } from "./host-run";

export interface RestoreReach {
  /** True where the login is not root. */
  readonly sudo: boolean;
  readonly run: RunOnHost;
  /** Aborted: no further host is begun. */
  readonly signal: AbortSignal;
}

/** What was found on a host, and what became of it. */
export type RestoreResult =
  /** Nothing of ours is there. */
  | "nothing"
  /** An owner is there, and nothing was asked of it. */
  | "owned"
  /** The old values are back. */
  | "restored"
  /** Our files are there, and the record of the old values cannot be trusted. */
  | "damaged"
  /** It was not begun, or did not succeed; the old values are not back. */
  | "failed"
  /** It could not be reached, was cut off, or gave an answer that is not believed. */
  | "unknown";

export interface ValueChange {
  readonly before: number;
  readonly after: number;
}

export interface RestoredHost {
  readonly result: RestoreResult;
  /** Token of the owner, as `restore` takes it; absent where there is none. */
  readonly owner?: string;
  /** Live values that were put back, by key. */
  readonly changes: Readonly<Record<string, ValueChange>>;
  /** Values that somebody else changed since; they stay as they are. */
  readonly changedSince: readonly string[];
  /** Values of ours that stay though the host was restored, because their originals are unknown or no longer possible. */
  readonly left: readonly string[];
  /** What else the host said, and why it failed, in sentences. */
  readonly notes: readonly string[];
}

const nothingSaid = { changes: {}, changedSince: [], left: [], notes: [] };

/** An owner as the script takes it in a word of its own; longer than project, stack, name and wave ever are. */
const ownerPattern = /^[A-Za-z0-9_.:=/-]{1,1000}$/;

export const isOwner = (text: string): boolean => ownerPattern.test(text);

/** True where `owner` is `prefix`, or a host or wave below it. */
export const isBelow = (owner: string, prefix: string): boolean => owner === prefix || owner.startsWith(`${prefix}/`);

const failed = (result: "failed" | "unknown", note: string, owner?: string): RestoredHost => ({
  ...{ ...nothingSaid, result, notes: [note] },
  ...(owner === undefined ? {} : { owner }),
});

/** Warnings that a page tells in its own way. */
const told: ReadonlySet<string> = new Set(["token-foreign", "token-missing", "changed-since"]);
const leftCodes: ReadonlySet<string> = new Set(["restored-unknown", "not-put-back"]);

const detailsOf = ({ warnings }: ReadBack, isChosen: (code: string) => boolean): readonly string[] =>
  warnings.flatMap(({ code, detail }) => (detail !== undefined && isChosen(code) ? [detail] : []));

const changesIn = ({ previous, settings }: ReadBack): Record<string, ValueChange> =>
  Object.fromEntries(
    Object.entries(previous).flatMap(([key, before]) => {
      const after = Object.hasOwn(settings, key) ? settings[key] : undefined;
      return after === undefined || after === before ? [] : [[key, { before, after }] as const];
    }),
  );

const resultOf = (answer: ReadBack, owner: string): RestoreResult => {
  if (answer.status === "restored") return "restored";
  if (owner !== "") return "owned";
  return answer.warnings.some(({ code }) => code === "journal-damaged") ? "damaged" : "nothing";
};

const hostOf = (answer: ReadBack, owner: string): RestoredHost => {
  const result = resultOf(answer, owner);
  return {
    result,
    ...(owner === "" ? {} : { owner }),
    changes: result === "restored" ? changesIn(answer) : {},
    changedSince: detailsOf(answer, (code) => code === "changed-since"),
    left: detailsOf(answer, (code) => leftCodes.has(code)),
    notes: answer.warnings.filter(({ code }) => !told.has(code)).map(({ text }) => text),
  };
};

/** The script's own word for it where the answer has no such member. */
const ownerIn = (answer: ReadBack): string =>
  answer.formerOwner ?? detailsOf(answer, (code) => code === "token-foreign")[0] ?? "";

const found = (answer: ReadBack): RestoredHost => {
  // Nobody has the token that was sent, so an answer that speaks of a change is not one of the script.
  if (answer.status !== "untouched")
    return failed("unknown", "says that it put values back, though nobody asked for it: its answer is not believed.");
  const owner = ownerIn(answer);
  if (owner !== "" && !isOwner(owner))
    return failed("unknown", "names an owner that no owner can be: its answer is not believed.");
  return hostOf(answer, owner);
};

/**
 * Asks hosts who owns them, by a restore with a token that nobody has: the script names the owner and changes nothing. The
 * one thing that it does is what every run does first: it ends a transaction that a killed run left.
 */
export const lookAtOwners = async (
  names: readonly string[],
  { sudo, run, signal }: RestoreReach,
): Promise<ReadonlyMap<string, RestoredHost>> => {
  const line = valid(restoreCommand({ sudo, token: `pulumi-conntrack/nobody/${randomUUID()}` }));
  const outcomes = await askAll(names, () => line, parseReadBack, run, signal);
  return new Map(
    outcomes.map((outcome) => [
      outcome.name,
      outcome.result === "done" ? found(outcome.answer) : failed("unknown", reasonOf(outcome)),
    ]),
  );
};

/** Reasons of a transport that came no further than the login, or was cut off: nobody knows what is there now. */
const isUnsure = (reason: string): boolean => reason !== "command" && reason !== "answer";

const restoreOne = async (name: string, owner: string, { sudo, run, signal }: RestoreReach): Promise<RestoredHost> => {
  const line = valid(restoreCommand({ sudo, token: owner }));
  const outcome = await runHost(name, line, parseReadBack, run, signal);
  if (outcome.result === "notRun") return failed("failed", "was not begun, because it was interrupted.", owner);
  if (outcome.result === "failed")
    return failed(isUnsure(outcome.reason) ? "unknown" : "failed", outcome.message, owner);
  const now = ownerIn(outcome.answer);
  return hostOf(outcome.answer, isOwner(now) ? now : "");
};

/** Restores hosts, each by the owner that a look has found. Never rejects. */
export const restoreHosts = async (
  owners: ReadonlyMap<string, string>,
  reach: RestoreReach,
): Promise<ReadonlyMap<string, RestoredHost>> =>
  new Map(
    await Promise.all([...owners].map(async ([name, owner]) => [name, await restoreOne(name, owner, reach)] as const)),
  );

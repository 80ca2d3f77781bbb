/** Delete of one wave: every host is reached before the first is put back, so that a dead one stops it in time. */
import { parseFacts, parseReadBack } from "../../delivery/answer/parse";
import type { ReadBack } from "../../delivery/answer/read-back";
import { factsCommand } from "../../delivery/script/command-line";
import { nameHosts } from "../host-changes";
import { isUnread, type HostRecord } from "../host-record";
import { runHost, type RunOnHost } from "../host-run";
import { restoreLine } from "../commands";
import { reachHosts } from "../reach";
import { valid } from "../../validation/validation";
import { holdingOf } from "./held";
import { failureLines, progressOf, warningLines } from "./report-lines";
import type { Login, WaveInputs } from "./wave-inputs";
import type { WorkContext } from "./wave-log";
import type { WaveState } from "./wave-state";

const remedy =
  "Mark a host that no longer exists with decommissioned: true and run `pulumi up` first; or bring it back and run destroy again.";

/** Reasons by host, of those on which it failed. */
const failuresAmong = async (
  names: readonly string[],
  work: (name: string) => Promise<{ readonly result: string; readonly message?: string }>,
): Promise<Readonly<Record<string, string>>> => {
  const outcomes = await Promise.all(names.map(async (name) => ({ name, outcome: await work(name) })));
  return Object.fromEntries(
    outcomes.flatMap(({ name, outcome }) =>
      outcome.result === "done" ? [] : [[name, outcome.message ?? "cancelled before its turn"] as const],
    ),
  );
};

const refuse = (what: string, failures: Readonly<Record<string, string>>): void => {
  const names = Object.keys(failures);
  if (names.length > 0) throw new Error([`${what}: ${nameHosts(names)}`, ...failureLines(failures), remedy].join("\n"));
};

/**
 * @param answered hosts that a reading just before has reached
 * @throws Error naming every host that could not be reached or put back; the state then keeps all of them
 */
export const removeWave = async (
  inputs: WaveInputs,
  { leftover, handedOver, held }: WaveState,
  { log, signal }: WorkContext,
  answered: ReadonlySet<string>,
): Promise<void> => {
  const holding = holdingOf(inputs, held);
  const logins: Record<string, Login> = { ...holding.connections };
  const records: Record<string, HostRecord> = { ...holding.records };
  for (const [name, { record, login }] of Object.entries({ ...handedOver, ...leftover })) {
    logins[`leaving ${name}`] = login;
    records[name] = { ...record, connection: `leaving ${name}` };
  }
  // Most likely another wave has put them back already; one of them that is gone must not hold up the rest.
  const isAnothers = (name: string): boolean =>
    Object.hasOwn(handedOver, name) && !Object.hasOwn(holding.records, name);
  const sudoOf = (connection: unknown): boolean =>
    typeof connection === "string" && (logins[connection]?.sudo ?? false);
  const names = Object.keys(records).filter((name) => !isUnread(records[name] ?? {}));
  const { run, close } = reachHosts(records, logins, inputs.lanes, "update");
  const ask = (name: string, reach: RunOnHost) =>
    runHost(name, valid(factsCommand({ sudo: sudoOf(records[name]?.connection) })), parseFacts, reach, signal);
  try {
    refuse(
      "nothing was put back, because not every host answers",
      await failuresAmong(
        names.filter((name) => !answered.has(name) && !isAnothers(name)),
        (name) => ask(name, run),
      ),
    );
    const { owner, wave } = inputs;
    const answers: Record<string, ReadBack> = {};
    const count = progressOf(log, names.length);
    const failures = await failuresAmong(names, async (name) => {
      const line = restoreLine(name, records[name] ?? {}, { owner, wave, sudoOf });
      const outcome = await runHost(name, line, parseReadBack, run, signal);
      count(outcome);
      if (outcome.result === "done") answers[name] = outcome.answer;
      return outcome;
    });
    warningLines(answers).forEach(log.warn);
    const [own, others] = [(name: string) => !isAnothers(name), isAnothers].map((isChosen) =>
      Object.fromEntries(Object.entries(failures).filter(([name]) => isChosen(name))),
    );
    failureLines(others ?? {}).forEach((line) =>
      log.warn(`went over to another wave, and was not asked whether it did: ${line}`),
    );
    refuse("not every host was put back", own ?? {});
  } finally {
    close();
  }
};

/** Asks many hosts something that changes nothing on them, and gives up where there is no way to any of them. */
import type { HostReport, ReadBack } from "../delivery/answer/read-back";
import type { Checked } from "../validation/validation";
import { abortedWith } from "./abort";
import { runHost, type HostOutcome, type RunOnHost } from "./host-run";

/**
 * Where none of the first hosts can be reached, the rest is not tried: this machine has no way to them, and a preview
 * must not wait for each of them in turn.
 */
const triedInVain = 64;
/** The same where few are asked at once: no host has answered for so long. */
const secondsInVain = 5;

/** Reasons of a transport that was never answered. */
const neverAnswered: ReadonlySet<string> = new Set(["unreachable", "timeout", "name", "busy"]);

/** Why a host gave no answer. */
export const reasonOf = (outcome: HostOutcome<unknown>): string =>
  outcome.result === "failed" ? outcome.message : "was not tried, because no host could be reached";

/** @param lineOf the command line for a host, or why there is none. Never rejects. */
export const askAll = async <Answer extends ReadBack | HostReport>(
  names: readonly string[],
  lineOf: (name: string) => Checked<string>,
  parse: (stdout: string) => Answer,
  run: RunOnHost,
  signal: AbortSignal,
): Promise<readonly HostOutcome<Answer>[]> => {
  const giveUp = abortedWith(signal);
  let [reached, vain] = [0, 0];
  const deadline = setTimeout(() => {
    if (reached === 0 && vain > 0) giveUp.abort();
  }, secondsInVain * 1000);
  const asked = names.map(async (name) => {
    const outcome = await runHost(name, lineOf(name), parse, run, giveUp.signal);
    if (outcome.result === "failed" && neverAnswered.has(outcome.reason)) vain += 1;
    else if (outcome.result !== "notRun") reached += 1;
    if (reached === 0 && vain >= triedInVain) giveUp.abort();
    return outcome;
  });
  return Promise.all(asked).finally(() => clearTimeout(deadline));
};

/** One run of the host script on one host: what is asked of the transport, and what is made of its answer. */
import { judgeAnswer } from "../delivery/answer/judge";
import { parseFailure } from "../delivery/answer/parse";
import type { HostReport, ReadBack } from "../delivery/answer/read-back";
import { problemsIn, type Checked } from "../validation/validation";
import { describeProblem } from "../validation/problems";

/** What came of a command line on a host, in the form in which any transport can give it. */
export type HostAnswer =
  | {
      readonly ok: true;
      readonly stdout: string;
      readonly stderr: string;
      /** Undefined where a signal ended it. */
      readonly exitCode: number | undefined;
      readonly signal: string | undefined;
    }
  | { readonly ok: false; readonly reason: string; readonly message: string; readonly remedy: string };

/**
 * Runs a command line on a host of the fleet, with the host script on its standard input. Never rejects. After `signal`
 * is aborted it begins nothing any more and answers with the reason `cancelled`.
 */
export type RunOnHost = (name: string, command: string, signal: AbortSignal) => Promise<HostAnswer>;

/** What became of one host. */
export type HostOutcome<Answer> =
  | { readonly name: string; readonly result: "done"; readonly answer: Answer }
  | { readonly name: string; readonly result: "failed"; readonly message: string; readonly reason: string }
  /** Cancelled before its turn: nothing was done. */
  | { readonly name: string; readonly result: "notRun" };

/** `cancelled` is what a transport answers for work that it did not begin. */
const cancelled = "cancelled";

/** The reason of a run that ended otherwise than it should, in one line. */
const failureOf = ({ stderr, exitCode, signal }: Extract<HostAnswer, { ok: true }>): string => {
  const failure = parseFailure(stderr);
  if (failure !== undefined) return `${failure.step}: ${failure.cause}: ${failure.remedy}`;
  const last = stderr.trim().split("\n").at(-1) ?? "";
  const ended = signal === undefined ? `the command exited with ${exitCode}` : `the command was ended by SIG${signal}`;
  return last === "" ? ended : `${ended}: ${last}`;
};

/**
 * Runs one command line and reads its answer. Only an answer that can be read and fits the command line counts as done,
 * whatever the exit code.
 * @param command the line, or why it cannot be written
 */
export const runHost = async <Answer extends ReadBack | HostReport>(
  name: string,
  command: Checked<string>,
  parse: (stdout: string) => Answer,
  run: RunOnHost,
  signal: AbortSignal,
): Promise<HostOutcome<Answer>> => {
  if (!command.ok) {
    // The host's own name stands before each message already.
    const message = problemsIn(command)
      .map((problem) => (problem.path === name ? `${problem.limit}. ${problem.remedy}` : describeProblem(problem)))
      .join(" ");
    return { name, result: "failed", reason: "arguments", message };
  }
  const answer = await run(name, command.value, signal);
  if (!answer.ok)
    return answer.reason === cancelled
      ? { name, result: "notRun" }
      : { name, result: "failed", reason: answer.reason, message: `${answer.message}. ${answer.remedy}` };
  if (answer.exitCode !== 0) return { name, result: "failed", reason: "command", message: failureOf(answer) };
  const judged = judgeAnswer(command.value, answer.stdout, parse);
  return judged.ok
    ? { name, result: "done", answer: judged.answer }
    : { name, result: "failed", reason: "answer", message: judged.message };
};

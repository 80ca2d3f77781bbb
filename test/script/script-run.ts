/** Runs of the script on simulated hosts, and what they answered. */
import { parseFailure, parseReadBack } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { SimulatedHost, type Files, type HostSpec, type RunOptions } from "./simulated-host";

/** The host with other files beside its own, or in their place. */
export const hostWith = (spec: HostSpec, ...changes: readonly Files[]): SimulatedHost =>
  new SimulatedHost({ ...spec, files: Object.assign({}, spec.files, ...changes) as Files });

/**
 * A run that must succeed. Standard error is empty, but that a restore also says its warnings there, because nobody reads
 * its answer; that there is no journal follows from the status.
 */
export const answerOf = (host: SimulatedHost, command: string, options: RunOptions = {}) => {
  const { status, stdout, stderr } = host.run(hostScript, command, options);
  expect(status).toBe(0);
  expect(stdout.trimEnd().split("\n")).toHaveLength(1);
  const answer = parseReadBack(stdout);
  const said = answer.command === "restore" ? codesOf(answer).filter((code) => code !== "token-missing") : [];
  expect(stderr).toBe(said.map((code) => `warning: ${code}\n`).join(""));
  return answer;
};

/** A run that must fail, with nothing on standard output. */
export const failureOf = (host: SimulatedHost, command: string, options: RunOptions = {}) => {
  const { status, stdout, stderr } = host.run(hostScript, command, options);
  expect(stdout).toBe("");
  return { status, ...parseFailure(stderr) };
};

/** A run that must be refused, and must change nothing at all. */
export const refusalOf = (host: SimulatedHost, command: string, options: RunOptions = {}) => {
  const before = host.snapshot("");
  const failure = failureOf(host, command, options);
  expect(failure.status).toBe(1);
  expect(host.snapshot("")).toEqual(before);
  return failure;
};

/** The warnings of an answer as the script gave them. */
export const codesOf = ({ warnings }: ReturnType<typeof parseReadBack>): string[] =>
  warnings.map(({ code, detail }) => (detail === undefined ? code : `${code}:${detail}`));

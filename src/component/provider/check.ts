/** Check of `conntrack:index:Rollout`: every mistake before anybody is dialled, and what of the inputs is kept. */
import { secretFields } from "../../delivery/ssh/connection";
import { createClaims } from "../../fleet/wave/claims";
import { settleWave } from "../../fleet/wave/settle-wave";
import { waveInputs, type Login } from "../../fleet/wave/wave-inputs";
import { isFields, type Fields } from "../../validation/fields";
import { describeProblem, type Problem } from "../../validation/problems";
import { asSecret, hasUnknown, revealed } from "./properties";

export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

export interface Checkup {
  /** Inputs as the state shall have them, secrets marked. */
  readonly inputs: Fields;
  readonly failures: readonly CheckFailure[];
  /** What a person should know of hosts, in lines. */
  readonly warnings: readonly string[];
}

const markLogin = (login: Fields): Fields =>
  Object.fromEntries(
    Object.entries(login).map(([key, value]) => {
      if (key === "bastion" && isFields(value)) return [key, markLogin(value)];
      return [key, secretFields.some((field) => field === key) ? asSecret(value) : value];
    }),
  );

/** The logins with every key, passphrase and password marked, whoever wrote the program. */
export const markLogins = (logins: Readonly<Record<string, Login>>): Fields =>
  Object.fromEntries(Object.entries(logins).map(([name, login]) => [name, markLogin({ ...login })]));

/** Reported for a wave that shall be observed by an engine that cannot. */
const observeProblem: CheckFailure = {
  property: "observe",
  reason:
    "this engine does not read resources before it updates them, so changes on hosts would go unseen: " +
    "update pulumi to 3.172 or later, or set observe: false",
};

/**
 * @param old inputs of the state; empty for a new resource
 * @param observable true where the engine reads before it updates
 * @param claim which machines the other waves of the program have
 */
export const checkRollout = (
  old: Fields,
  news: Fields,
  observable: boolean,
  claim: ReturnType<typeof createClaims> = createClaims(),
): Checkup => {
  // What a preview does not know yet is checked when it is known.
  if (hasUnknown(news)) return { inputs: news, failures: [], warnings: [] };
  const read = waveInputs(revealed(news));
  const failuresOf = (problems: readonly Problem[]): CheckFailure[] =>
    problems.map((problem) => ({ property: problem.path, reason: describeProblem(problem) }));
  if (!read.ok) return { inputs: news, failures: failuresOf(read.problems), warnings: [] };
  const oldRead = waveInputs(revealed(old));
  const { inputs, problems, warnings } = settleWave(oldRead.ok ? oldRead.value : undefined, read.value, claim);
  return {
    inputs: { ...inputs, connections: markLogins(inputs.connections) },
    failures: [...failuresOf(problems), ...(inputs.observe && !observable ? [observeProblem] : [])],
    warnings,
  };
};

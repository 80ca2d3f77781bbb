/**
 * Whether what a host printed is the answer to what it was asked. A login may end before the script, and start-up files
 * may print an answer of another run or another host; a run counts as done only where its answer fits its command line.
 */
import { ProblemsError } from "../../validation/problems";
import { answerMarker } from "./parse";
import type { HostReport, ReadBack } from "./read-back";

/** An answer, or why there is none, in whole sentences and one line. */
export type Judged<Answer> =
  { readonly ok: true; readonly answer: Answer } | { readonly ok: false; readonly message: string };

/** Characters of what is wrong with an answer. */
const messageLimit = 300;

const noAnswer =
  "exited with 0 and gave no answer. Let the login run commands: a forced command (authorized_keys, ForceCommand) or a " +
  "shell for SFTP only ends before the script.";
const loginRemedy =
  "Look at what its login prints and runs: start-up files of the shell, a forced command (authorized_keys, ForceCommand).";

type Words = ReadonlyMap<string, string>;

/** The words of a command line, `mode` for the one behind `--`. */
const wordsOf = (line: string): Words => {
  const [, mode = "", ...words] = line.slice(line.indexOf("-- ")).split(" ");
  return new Map([
    ["mode", mode],
    ...words.map((word): [string, string] => {
      const at = word.indexOf("=");
      return [word.slice(0, at), word.slice(at + 1)];
    }),
  ]);
};

const isSetting = (key: string): boolean =>
  key === "max" || key === "buckets" || /^(nf|ip)_(conntrack|flowtable)_/.test(key);

/**
 * Live values that a run with these words leaves, but for those that a reading names as different. A kernel that takes
 * its buckets at load only may have others until then.
 */
const plannedValues = (words: Words, { drift }: ReadBack): readonly (readonly [key: string, value: string])[] => {
  const drifted = new Set(drift.map(({ key }) => key));
  return [...words].filter(
    ([key]) => isSetting(key) && !drifted.has(key) && (key !== "buckets" || words.get("hashsize") === "live"),
  );
};

/** What is named as different and was not asked, or has no value that could be there. */
const foreignDrift = (words: Words, { drift }: ReadBack): string | undefined => {
  for (const { key, found } of drift) {
    if (key.startsWith("/")) continue;
    if (!isSetting(key) || !words.has(key)) return `it is about ${key.slice(0, 80)}, which is not of the plan`;
    if (!/^\d{0,15}$/.test(found)) return `it says ${key}=${found.slice(0, 80)}, which is no number`;
  }
  return undefined;
};

/** What an answer says otherwise than it must, if it is of the run with this command line. */
const contradiction = (line: string, answer: ReadBack | HostReport): string | undefined => {
  const words = wordsOf(line);
  const mode = words.get("mode") ?? "";
  if (answer.command !== mode) return `it is of the command ${answer.command}, and ${mode} was asked`;
  const { script } = answer;
  if (script !== undefined && `${script.version}:${script.sha256}` !== words.get("script"))
    return `it is of another text of the script (version ${script.version})`;
  const foreign = answer.command === "facts" ? undefined : foreignDrift(words, answer);
  if (foreign !== undefined) return foreign;
  if (answer.command === "facts" || answer.command === "restore" || answer.status !== "active") return undefined;
  for (const [key, value] of plannedValues(words, answer)) {
    const said = answer.settings[key];
    if (String(said) !== value) return `it says ${key}=${said ?? "nothing"}, and ${value} must be there`;
  }
  return undefined;
};

/** What is wrong with the form of an answer, in one line and without the host's own words. */
const wrongForm = (error: unknown): string => {
  if (!(error instanceof ProblemsError)) return error instanceof Error ? error.message : String(error);
  return error.problems.map(({ path, limit }) => `${path} ${limit}`).join(", ");
};

/**
 * Judges a run that exited with 0.
 * @param line the command line that was sent
 * @param parse reads the answer, or throws
 */
export const judgeAnswer = <Answer extends ReadBack | HostReport>(
  line: string,
  stdout: string,
  parse: (stdout: string) => Answer,
): Judged<Answer> => {
  if (!stdout.includes(answerMarker)) return { ok: false, message: noAnswer };
  try {
    const answer = parse(stdout);
    const wrong = contradiction(line, answer);
    if (wrong === undefined) return { ok: true, answer };
    return { ok: false, message: `gave an answer that is not of this run: ${wrong}. ${loginRemedy}` };
  } catch (error) {
    const wrong = wrongForm(error).slice(0, messageLimit);
    return { ok: false, message: `gave an answer that cannot be read: ${wrong}. ${loginRemedy}` };
  }
};

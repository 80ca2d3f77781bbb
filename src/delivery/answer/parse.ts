/**
 * What the host script prints, parsed: its last line is one line of JSON after a marker, because login shells and
 * banners print noise before it.
 */
import type * as z from "zod";
import { ProblemsError } from "../../validation/problems";
import { check, valueOrThrow } from "../../validation/validation";
import type { HostReport, ReadBack } from "./read-back";
import { factsSchema, readBackSchema } from "./schema";

/** Stands at the start of the line that carries the answer. */
export const answerMarker = "@@pulumi-conntrack@@";

const source = "the host script's answer, docs/host-script.md";

const unreadable = (path: string, limit: string, value?: string): ProblemsError =>
  new ProblemsError("The host's answer cannot be read.", [
    {
      path,
      ...(value === undefined ? {} : { value: value.slice(0, 200) }),
      limit,
      source,
      remedy: "Look at the command's standard output and error; the login shell may have ended before the script.",
    },
  ]);

/** The JSON text behind the last marker, whatever stands before and after that line. */
const answerIn = (stdout: string): unknown => {
  const line = stdout
    .split(/\r?\n/)
    .reverse()
    .find((candidate) => candidate.includes(answerMarker));
  if (line === undefined) throw unreadable("stdout", `must hold a line with the marker ${answerMarker}`);
  const text = line.slice(line.lastIndexOf(answerMarker) + answerMarker.length).trim();
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable("stdout", "must hold JSON after the marker", text);
  }
};

const parseWith = <T>(schema: z.ZodType<T>, stdout: string): T =>
  valueOrThrow(check(schema, answerIn(stdout), "stdout"), "The host's answer has another form than expected.");

/**
 * Reads what `apply`, `verify` or `restore` printed.
 * @throws ProblemsError where there is no answer or it has another form
 */
export const parseReadBack = (stdout: string): ReadBack => parseWith(readBackSchema, stdout);

/**
 * Reads what `facts` printed.
 * @throws ProblemsError where there is no answer or it has another form
 */
export const parseFacts = (stdout: string): HostReport => parseWith(factsSchema, stdout);

/** The reason of a failed run. */
export interface HostFailure {
  /** Which step failed: `arguments`, `lock`, `recover`, `look`, `journal`, `load`, `set`, `persist`, `time`. */
  readonly step: string;
  readonly cause: string;
  readonly remedy: string;
}

/** Reads the last line of standard error, `step: cause: remedy`; undefined where it has another form. */
export const parseFailure = (stderr: string): HostFailure | undefined => {
  const line = stderr.trimEnd().split(/\r?\n/).at(-1) ?? "";
  const [, step, cause, remedy] = /^([a-z]+): (.+?): (.+)$/.exec(line) ?? [];
  return step === undefined || cause === undefined || remedy === undefined ? undefined : { step, cause, remedy };
};

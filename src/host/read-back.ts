/**
 * What the host script prints, parsed: its last line is one line of JSON after a marker, because login shells and
 * banners print noise before it.
 */
import type * as z from "zod";
import { ProblemsError } from "../problems";
import { check, isValid } from "../validation";
import { factsSchema, readBackSchema } from "./answer-schema";
import type { HostWarning } from "./warnings";

/** Stands at the start of the line that carries the answer. */
export const answerMarker = "@@pulumi-conntrack@@";

/** How connection tracking is there: a loaded module, part of the kernel, a module that is not loaded, or missing. */
export type Presence = "module" | "builtin" | "notLoaded" | "absent";

/** A value that is not as planned; both sides as text, `found` empty where the host has none. */
export interface Drift {
  /** `max`, `buckets`, a timeout's sysctl name, or the path of a persisted file. */
  readonly key: string;
  readonly planned: string;
  readonly found: string;
}

/** The answer of apply, verify and restore. */
export interface ReadBack {
  readonly command: "apply" | "verify" | "restore";
  /**
   * - `active`: in force and persisted
   * - `inactive`: persisted for the next load of the module
   * - `restored`: the originals are back
   * - `untouched`: restore found no journal of this token and changed nothing
   */
  readonly status: "active" | "inactive" | "restored" | "untouched";
  /** False where everything was as planned already and nothing was written. */
  readonly changed: boolean;
  readonly presence: Presence;
  /** `uname -r` of the host. */
  readonly kernel: string;
  readonly memTotalKiB: number;
  /** The greatest number of entries in any network namespace; undefined where no table is live. */
  readonly entries?: number;
  /** Live values after the run by key: `max`, `buckets` and the timeouts. Empty while the module is not loaded. */
  readonly settings: Readonly<Record<string, number>>;
  /** The same keys before the run. */
  readonly previous: Readonly<Record<string, number>>;
  /** `acct`, `timestamp`, `events`: they decide the bytes of an entry; read, never written. */
  readonly flags: Readonly<Record<string, number>>;
  /** What loads connection tracking here: `module:nft_ct`, `process:dockerd`, `file:/etc/nftables.conf`. */
  readonly loadedBy: readonly string[];
  /** Who else sets the same keys: paths of files and `process:tuned`. */
  readonly competingWriters: readonly string[];
  /** What differs from the plan; only verify can find anything. */
  readonly drift: readonly Drift[];
  readonly warnings: readonly HostWarning[];
}

/** The answer of facts. */
export interface HostReport {
  readonly command: "facts";
  readonly kernel: string;
  /** What `uname -v` prints. */
  readonly unameVersion: string;
  /** Ubuntu's /proc/version_signature, where there is one. */
  readonly versionSignature?: string;
  readonly arch: string;
  readonly memTotalKiB: number;
  /** LowTotal, on 32-bit kernels with high memory. */
  readonly lowTotalKiB?: number;
  readonly pageSizeBytes?: number;
  readonly cores: number;
  readonly module: "nf_conntrack" | "ip_conntrack";
  readonly presence: Presence;
  readonly entries?: number;
  /** Live values: `max`, `buckets` and every timeout. Empty while the module is not loaded. */
  readonly settings: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, number>>;
  readonly loadedBy: readonly string[];
  readonly competingWriters: readonly string[];
}

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

const parseWith = <T>(schema: z.ZodType<T>, stdout: string): T => {
  const result = check(schema, answerIn(stdout), "stdout");
  if (!isValid(result)) throw new ProblemsError("The host's answer has another form than expected.", result.problems);
  return result.value;
};

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
  /** Which step failed: `arguments`, `lock`, `look`, `journal`, `set`, `wait`, `persist`, `time`. */
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

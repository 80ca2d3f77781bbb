/**
 * Mistakes as data. Every check in this package collects `Problem`s; text is made of them only at the edge
 * (component, command line, policies), so that all mistakes are shown at once and each in the same words.
 */

/** One mistake: where it is, what was given, what would have been right, who says so, and what to do. */
export interface Problem {
  /** Path of the value, as Pulumi writes it: `hosts.web1.settings.max`, `traffic[0].newPerSecond`. */
  readonly path: string;
  /** The value as given; never the content of a secret. Left out where there is none. */
  readonly value?: unknown;
  /** The limit or form that the value breaks, in words with its number and unit. */
  readonly limit: string;
  /** Who sets the limit: a kernel file and version, an RFC, a vendor's page, or this package's own contract. */
  readonly source: string;
  /** What to write instead, as an instruction. */
  readonly remedy: string;
}

/** `hosts.web1.settings.max = 12: must be at least 128 (net/netfilter/nf_conntrack_core.c). Raise it.` */
export const describeProblem = (problem: Problem): string => {
  const value = problem.value === undefined ? "" : ` = ${JSON.stringify(problem.value)}`;
  return `${problem.path}${value}: ${problem.limit} (${problem.source}). ${problem.remedy}`;
};

/** Thrown by the pure functions when their input cannot work; carries every problem found, never only the first. */
export class ProblemsError extends Error {
  override readonly name = "ProblemsError";
  constructor(
    /** One sentence that says what could not be done. */
    readonly summary: string,
    readonly problems: readonly Problem[],
  ) {
    super([summary, ...problems.map((problem) => `  - ${describeProblem(problem)}`)].join("\n"));
  }

  /** The error in the form of the contract: `{error: {message, problems}}`. */
  toJSON(): { error: { message: string; problems: readonly Problem[] } } {
    return { error: { message: this.summary, problems: this.problems } };
  }
}

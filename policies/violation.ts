/** What a rule found wrong, and the sentence that says so. */
import type { Problem } from "../src/validation/problems";

/**
 * One breach of a rule. `limit` goes on after the value: "is below the 7440 seconds that the role nat needs".
 * No field may hold anything of a secret: under the engine policies see secrets in plain text.
 */
export interface Violation extends Problem {
  readonly value?: string | number | boolean;
}

/** `settings.max is 12, which is below the 128 ... (source). Write settings.max of at least 128.` */
export const sentenceOf = ({ path, value, limit, source, remedy }: Violation): string =>
  `${path} ${value === undefined ? "" : `is ${String(value)}, which `}${limit} (${source}). ${remedy}`;

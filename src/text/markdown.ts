/** Text in Markdown that stays text (CommonMark 0.31 with GitHub's extensions). */
import { printable, printableName } from "./printable";

/** A sign after which GitHub looks for a user or an issue does not reach the name behind a joiner of no width. */
const wordJoiner = "\u2060";

/** What begins something else than text, and what stands for it. A backslash makes punctuation literal. */
const misread: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/[\\`*[\]<>|~&$]/g, "\\$&"],
  // Within a word an underscore is one.
  [/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, "\\_"],
  // Links without brackets.
  [/:(?=\/\/)/g, "\\:"],
  [/(?<=\bwww)\./gi, "\\."],
  [/[@#](?=\w)/g, `$&${wordJoiner}`],
  // Lists, headings and rules.
  [/^[-+#=]/, "\\$&"],
  [/^(\d+)(?=[.)])/, `$1${wordJoiner}`],
];

/** One line, of which Markdown misreads nothing: no mark-up, no end of a table's cell, no link, no mention. */
export const markdownText = (text: string): string =>
  misread.reduce(
    (escaped, [pattern, replacement]) => escaped.replace(pattern, replacement),
    printableName(text.replace(/\s+/g, " ").trim()),
  );

/** The same within a line of HTML. */
export const htmlText = (text: string): string =>
  printableName(text.replace(/\s+/g, " ").trim())
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");

/** Lines that are shown as they are, whatever they hold: the fence is longer than any in them (CommonMark, section 4.5). */
export const codeBlock = (text: string): string => {
  const longest = [...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 2);
  const fence = "`".repeat(longest + 1);
  return [fence, printable(text).trimEnd(), fence].join("\n");
};

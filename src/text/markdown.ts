/** Text in Markdown that stays text. */
import { printableName } from "./printable";

/** Punctuation that a backslash makes literal (CommonMark 0.31, section 2.4), but marks that begin nothing within a line. */
const special = /[!#&*+\-.:<>[\\\]_`{|}~]/g;

/** A sign after which GitHub looks for a user or an issue does not reach the name behind a joiner of no width. */
const mention = /[@#](?=\w)/g;
const wordJoiner = "\u2060";

/** One line, of which Markdown misreads nothing: no mark-up, no table cell's end, no link, no mention. */
export const markdownText = (text: string): string =>
  printableName(text.replace(/\s+/g, " "))
    .replace(mention, (sign) => sign + wordJoiner)
    .replace(special, "\\$&");

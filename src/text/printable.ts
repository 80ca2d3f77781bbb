/** Text from files on its way to a terminal or a report: what a terminal would obey, or XML cannot hold, is replaced. */

/**
 * Control characters but not tab and line feed, halves of characters, what is no character (XML 1.0, section 2.2), and
 * what is not seen but changes how the rest of a line reads: overrides of direction, joiners, separators of lines.
 */
const unprintable = /[^\P{Cc}\t\n]|[\p{Cs}\p{Cf}\p{Zl}\p{Zp}]|[\uFFFE\uFFFF]/gu;

/** The text, of any number of lines, with U+FFFD for each character that cannot be printed. */
export const printable = (text: string): string => text.replace(unprintable, "\uFFFD");

/** A name, which is one line: with U+FFFD for tabs and line feeds too. */
export const printableName = (name: string): string => printable(name).replace(/[\t\n]/g, "\uFFFD");

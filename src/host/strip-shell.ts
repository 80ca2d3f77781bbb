/**
 * Makes a shell script fit for shipping: comments, indentation and empty lines go, nothing else changes.
 *
 * Only whole-line comments are taken for comments. A line inside quotes must therefore neither start with blanks
 * nor with `#`; our sources keep to that.
 */
export const stripShell = (source: string): string =>
  source
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => `${line}\n`)
    .join("");

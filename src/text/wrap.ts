/** Lines as wide as a terminal of the usual size. */
export const usualColumns = 80;

/**
 * Breaks a text between words, never behind an arrow; a word that is longer than a line stands alone.
 * @param indent stands before each line and counts
 * @param hanging stands before each line but the first in its place
 */
export const wrap = (text: string, indent = "", columns = usualColumns, hanging = indent): string => {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/(?<!->)\s+/).filter((each) => each !== "")) {
    const before = lines.length === 0 ? indent : hanging;
    if (line !== "" && before.length + line.length + 1 + word.length > columns) {
      lines.push(before + line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, (lines.length === 0 ? indent : hanging) + line].join("\n");
};

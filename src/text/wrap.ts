/** Lines as wide as a terminal of the usual size. */
export const usualColumns = 80;

/**
 * Breaks a text between words; a word that is longer than a line stands alone.
 * @param indent stands before each line and counts
 */
export const wrap = (text: string, indent = "", columns = usualColumns): string => {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((each) => each !== "")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > columns) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => indent + each).join("\n");
};

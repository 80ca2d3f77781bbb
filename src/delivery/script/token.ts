/** Who owns the settings of a host. */

/** Characters of a token; everything else is written as `=` and two hexadecimal digits for each byte of UTF-8. */
const encode = (text: string): string =>
  [...new TextEncoder().encode(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9_.:-]/.test(character) ? character : `=${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");

/**
 * Names the owner of a host's settings: `project/stack/name`, the same for ever for one resource of one stack.
 * Characters that a command line could misread are encoded, so that different owners keep different tokens.
 */
export const hostToken = (project: string, stack: string, name: string): string =>
  [project, stack, name].map(encode).join("/");

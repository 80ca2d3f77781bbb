/** The text with each byte of UTF-8 that is no allowed character written as `=` and its code in digits of fixed width. */
export const encodeBytes = (text: string, allowed: RegExp, code: { radix: number; digits: number }): string =>
  [...new TextEncoder().encode(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return allowed.test(character) ? character : `=${byte.toString(code.radix).padStart(code.digits, "0")}`;
    })
    .join("");

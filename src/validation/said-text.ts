/** Values as text, by which equal ones are found. */

/** Kinds that JSON leaves out or refuses, so that different values would have the same text. */
const unsayable: ReadonlySet<string> = new Set(["symbol", "function", "bigint"]);

/** The value as JSON; undefined where it holds what JSON cannot say, as a value that is not known yet. */
export const saidText = (value: unknown): string | undefined => {
  const leftOut: string[] = [];
  const text = JSON.stringify(value, (key, inner: unknown) => {
    if (!unsayable.has(typeof inner)) return inner;
    leftOut.push(key);
    return undefined;
  });
  return leftOut.length === 0 ? text : undefined;
};

/** An object of a document that nobody has checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** True for an object, not for a list. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value of a key that a person chose: one that is called like a property of every object is no such property. */
export const ownValue = <T>(values: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(values, key) ? values[key] : undefined;

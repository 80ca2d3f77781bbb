/** An object of a document that nobody has checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** True for an object, not for a list. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

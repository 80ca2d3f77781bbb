/** Values as the engine sends them: plain JSON with marks for secrets and for values that are not known yet. */

/** A JSON value. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

/** A resource's properties. */
export type Properties = Record<string, Value>;

/** The string that stands for a value not known in a preview (Pulumi's protocol, `UnknownStringValue`). */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Key and value that mark an object as a wrapped secret (Pulumi's protocol, `SigKey` and `SecretSig`). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** True for objects, false for arrays and null. */
export const isObject = (value: Value | undefined): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSecret = (value: Properties): boolean => value[signatureKey] === secretSignature;

/** Wraps a value as a secret, once. */
export const secret = (value: Value): Value =>
  isObject(value) && isSecret(value) ? value : { [signatureKey]: secretSignature, value: reveal(value) };

/** The value without any secret marks, at every depth. */
export const reveal = (value: Value): Value => {
  if (Array.isArray(value)) return value.map(reveal);
  if (!isObject(value)) return value;
  if (isSecret(value)) return reveal(value.value ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
};

/** The properties without secret marks. */
export const revealAll = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, reveal(value)]));

/** True where the value or anything inside it is not known yet. */
export const hasUnknown = (value: Value): boolean => {
  const plain = reveal(value);
  if (Array.isArray(plain)) return plain.some(hasUnknown);
  return isObject(plain) ? Object.values(plain).some(hasUnknown) : plain === unknown;
};

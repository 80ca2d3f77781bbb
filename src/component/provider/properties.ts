/**
 * Values as the engine sends them: JSON with marks for secrets and for values that are not known yet. Source of the
 * marks: pulumi/sdk/go/common/resource/properties.go and plugin/rpc.go.
 */
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { isFields, type Fields } from "../../validation/fields";

/** The text that stands for a value that a preview does not know. */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

export const unknownValue = unknownText;

/** An Output of a program, as Construct gets it. */
export interface OutputValue {
  /** Absent where a preview does not know it yet. */
  readonly value?: unknown;
  readonly secret?: boolean;
  /** URNs of the resources that it comes from. */
  readonly dependencies?: readonly string[];
}

export const isOutputValue = (value: unknown): value is OutputValue =>
  isFields(value) && value[signatureKey] === outputSignature;

export const asOutputValue = (output: OutputValue): Fields => ({ [signatureKey]: outputSignature, ...output });

export const isUnknownText = (value: unknown): boolean => value === unknownText;

/** The value below the mark of a secret. */
export const withoutMark = (value: unknown): unknown => (isFields(value) && isSecret(value) ? value.value : value);

export const isSecret = (value: unknown): boolean => isFields(value) && value[signatureKey] === secretSignature;

/** The value marked as a secret, once. */
export const asSecret = (value: unknown): unknown =>
  isSecret(value) ? value : { [signatureKey]: secretSignature, value };

/** The value without marks of secrets, at every depth. */
export const revealed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(revealed);
  if (!isFields(value)) return value;
  if (isSecret(value)) return revealed(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
};

/** True where the value, or anything in it, is not known yet. */
export const hasUnknown = (value: unknown): boolean => {
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isFields(value) ? Object.values(value).some(hasUnknown) : value === unknownText;
};

export const readStruct = (struct: Struct | undefined): Fields => struct?.toJavaScript() ?? {};

/** JSON as a Struct; whatever JSON does not know, undefined above all, is left out. */
export const writeStruct = (fields: Fields): Struct =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(fields)) as Parameters<typeof Struct.fromJavaScript>[0]);

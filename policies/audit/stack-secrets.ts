/**
 * The inputs of a resource in an exported stack, its secrets taken apart: hidden where only their presence matters,
 * withheld where they stand encrypted, and reported by their paths where they stand in plain text.
 */
import { secretFields } from "../../src/delivery/ssh/connection";
import { isFields, type Fields } from "../../src/validation/fields";
import type { Problem } from "../../src/validation/problems";
import { joinPath } from "../../src/validation/validation";
import { WithheldValueError } from "./judge";

/** Key and value by which Pulumi marks a secret in its state (sdk/go/common/resource/sig). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

const isSecret = (value: unknown): value is Fields => isFields(value) && value[signatureKey] === secretSignature;

/** Stands for a secret of which only its presence matters. */
export const hidden = "[secret]";

/** Secrets of a connection, as `ConntrackTuning` names them and as the command plugin does. */
const connectionSecrets: readonly string[] = [...secretFields, "privateKeyPassword"];

const isConnectionSecret = (path: string): boolean =>
  /^connections?[.[]/.test(path) && connectionSecrets.includes(path.split(".").at(-1) ?? "");

/** Inputs as far as they can be read. */
interface DecodedInputs {
  /** A symbol stands for each value that is encrypted, which no value of JSON is; its description is the path. */
  readonly inputs: Fields;
  /** Paths of keys and passwords that stand in plain text. */
  readonly clearSecrets: readonly string[];
  readonly problems: readonly Problem[];
}

/** @param inputs as the file has them; what is no object holds no input */
export const decodeInputs = (inputs: unknown): DecodedInputs => {
  const clearSecrets: string[] = [];
  const problems: Problem[] = [];

  /** `--show-secrets` leaves the value of a secret as JSON in plain text. */
  const decodeSecret = ({ plaintext }: Fields, path: string): unknown => {
    if (plaintext === undefined) return Symbol(path);
    try {
      return decode(JSON.parse(plaintext as string), path);
    } catch {
      problems.push({
        path,
        limit: "is marked as a secret in plain text, but is no JSON",
        source: "Pulumi, `pulumi stack export --show-secrets`",
        remedy: "Export the stack again.",
      });
      return Symbol(path);
    }
  };
  const decode = (value: unknown, path: string): unknown => {
    if (isConnectionSecret(path) && value !== null) {
      if (!isSecret(value) || "plaintext" in value) clearSecrets.push(path);
      return hidden;
    }
    if (isSecret(value)) return decodeSecret(value, path);
    if (Array.isArray(value)) return value.map((item, index) => decode(item, joinPath(path, index)));
    return isFields(value) ? decodeFields(value, path) : value;
  };
  const decodeFields = (fields: Fields, path: string): Fields =>
    Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, decode(field, joinPath(path, key))]));

  return { inputs: decodeFields(isFields(inputs) ? inputs : {}, ""), clearSecrets, problems };
};

const descriptorOf = (value: unknown): PropertyDescriptor =>
  typeof value === "symbol"
    ? {
        enumerable: true,
        get: () => {
          throw new WithheldValueError(value.description ?? "");
        },
      }
    : { enumerable: true, value: withheld(value) };

/** Decoded inputs with fields that throw in place of symbols: rules that do not read them can be judged all the same. */
export const withheld = (value: unknown): unknown =>
  typeof value === "object" && value !== null
    ? Object.defineProperties(
        Array.isArray(value) ? [] : {},
        Object.fromEntries(Object.entries(value).map(([key, field]) => [key, descriptorOf(field)])),
      )
    : value;

/** What `pulumi stack export` prints, as the rules judge it: what was intended when the stack was last updated. */
import { isSecretPath } from "../src/connection/connection";
import { joinPath } from "../src/validation";
import { WithheldValueError, type AuditDocument } from "./judge";
import { isCommandType } from "./resources";
import { Place } from "./rule";
import { tuningToken, type CommandSubject, type HostInputs, type HostSubject } from "./subjects";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Key and value by which Pulumi marks a secret in its state (sdk/go/common/resource/sig). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

const isSecret = (value: unknown): value is Fields => isFields(value) && value[signatureKey] === secretSignature;

/** Stands for a secret of which only its presence matters. */
export const hidden = "[secret]";

interface Revealing {
  readonly clearSecrets: string[];
}

/** A field that throws when it is read: the rules that do not read it can be judged all the same. */
const withheld = (path: string): PropertyDescriptor => ({
  enumerable: true,
  get: () => {
    throw new WithheldValueError(path);
  },
});

/** Where `--show-secrets` left the secret in plain text, its value. */
const plaintextOf = (secret: Fields): unknown =>
  typeof secret.plaintext === "string" ? (JSON.parse(secret.plaintext) as unknown) : undefined;

const descriptorOf = (value: unknown, path: string, found: Revealing): PropertyDescriptor => {
  const plaintext = isSecret(value) ? plaintextOf(value) : value;
  if (isSecretPath(path)) {
    if (plaintext !== undefined) found.clearSecrets.push(path);
    return { enumerable: true, value: hidden };
  }
  if (isSecret(value) && plaintext === undefined) return withheld(path);
  return { enumerable: true, value: reveal(plaintext, path, found) };
};

/** The value with its secrets hidden, withheld where they are encrypted, and told where they are in plain text. */
const reveal = (value: unknown, path: string, found: Revealing): unknown => {
  if (Array.isArray(value)) return value.map((item, index) => reveal(item, joinPath(path, index), found));
  if (!isFields(value)) return value;
  return Object.defineProperties(
    {},
    Object.fromEntries(
      Object.entries(value).map(([key, field]) => [key, descriptorOf(field, joinPath(path, key), found)]),
    ),
  );
};

const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

const hostOf = (urn: string, inputs: unknown): HostSubject => {
  const found: Revealing = { clearSecrets: [] };
  return { name: nameOf(urn), inputs: reveal(inputs, "", found) as HostInputs, clearSecrets: found.clearSecrets };
};

const commandOf = (urn: string, type: string, parent: unknown, inputs: unknown): CommandSubject => ({
  name: nameOf(urn),
  type,
  parent: typeof parent === "string" ? parent : undefined,
  inputs: reveal(inputs, "", { clearSecrets: [] }) as Fields,
});

/** True for the JSON of an exported stack. */
export const isExportedStack = (document: unknown): document is { readonly deployment: Fields } =>
  isFields(document) && isFields(document.deployment);

/** Tuned hosts and commands of an exported stack; what the engine has yet to delete is left out. */
export const readStack = ({ deployment }: { readonly deployment: Fields }): AuditDocument => {
  const resources = Array.isArray(deployment.resources) ? (deployment.resources as unknown[]) : [];
  const hosts: HostSubject[] = [];
  const commands: CommandSubject[] = [];
  for (const resource of resources) {
    if (!isFields(resource) || resource.delete === true) continue;
    const { urn, type, parent, inputs = {} } = resource;
    if (typeof urn !== "string" || typeof type !== "string") continue;
    if (type === tuningToken) hosts.push(hostOf(urn, inputs));
    else if (isCommandType(type)) commands.push(commandOf(urn, type, parent, inputs));
  }
  return { place: Place.Stack, hosts, commands };
};

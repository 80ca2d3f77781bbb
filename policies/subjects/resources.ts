/** Resources by their tokens and URNs. */
import { componentType } from "../../src/fleet/component-type";
import { isFields } from "../../src/validation/fields";
import type { CommandSubject } from "./subjects";

/** Resources that run a command, with the inputs whose text they run. */
const textInputs: Readonly<Record<string, readonly string[]>> = {
  "command:remote:Command": ["create", "update", "delete", "stdin", "environment"],
  "command:local:Command": ["create", "update", "delete", "stdin", "environment", "interpreter"],
  "command:local:run": ["command", "stdin", "environment", "interpreter"],
};

/** Resources that copy a file or a folder to `remotePath`, with the input that names or holds it. */
const copiedInput: Readonly<Record<string, string>> = {
  "command:remote:CopyToRemote": "source",
  "command:remote:CopyFile": "localPath",
};

/** True for a resource that a `CommandRule` judges. */
export const isCommandType = (type: string): boolean => type in textInputs || type in copiedInput;

/** The last type and the name in a URN: `urn:pulumi:stack::project::parent$type::name`. */
const readUrn = (urn: string): { readonly type: string; readonly name: string } => {
  const [, , types = "", ...name] = urn.split("::");
  return { type: types.split("$").at(-1) ?? "", name: name.join("::") };
};

/** The command line of the host script, one simple command. */
const hostScriptCommand = /^(?:sudo -n )?sh -s -- apply [^;&|<>$`\n]*$/;

/**
 * True for the one command of a `ConntrackTuning`: its child, by the child's name, that runs the host script. A command
 * that somebody hangs below the component under another name, or with a text of its own, is not.
 */
export const isHostCommand = ({ name, type, parent, inputs }: CommandSubject): boolean => {
  if (type !== "command:remote:Command" || parent === undefined) return false;
  const above = readUrn(parent);
  if (above.type !== componentType || name !== `${above.name}-host`) return false;
  const { create, update } = inputs;
  const runsTheScript = typeof create === "string" && hostScriptCommand.test(create);
  return update === undefined && (create === undefined || runsTheScript);
};

/** Every text below a value: strings, lists and records. */
const textsOf = (value: unknown): readonly string[] => {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return isFields(value) ? Object.values(value).flatMap(textsOf) : [];
};

/** Every text that an asset or an archive carries; the paths and addresses of files are none. */
const carriedTexts = (asset: unknown): readonly string[] => {
  if (!isFields(asset)) return [];
  const { text, assets } = asset;
  return [
    ...(typeof text === "string" ? [text] : []),
    ...(isFields(assets) ? Object.values(assets) : []).flatMap(carriedTexts),
  ];
};

/** A text that a resource runs or writes, with the variables that it finds. */
interface CommandText {
  readonly input: string;
  readonly text: string;
  readonly environment: Readonly<Record<string, string>>;
}

const environmentOf = ({ environment }: CommandSubject["inputs"]): CommandText["environment"] =>
  Object.fromEntries(
    Object.entries(isFields(environment) ? environment : {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    ),
  );

/** The texts that the resource runs or writes, by input. */
export const commandTexts = ({ type, inputs }: CommandSubject): readonly CommandText[] => {
  const copied = copiedInput[type];
  if (copied !== undefined)
    return carriedTexts(inputs[copied]).map((text) => ({ input: copied, text, environment: {} }));
  const environment = environmentOf(inputs);
  return (textInputs[type] ?? []).flatMap((input) =>
    textsOf(inputs[input]).map((text) => ({ input, text, environment })),
  );
};

/** The file or folder on the host that a copy writes; undefined for a command. */
export const destinationOf = ({ type, inputs }: CommandSubject): string | undefined =>
  type in copiedInput && typeof inputs["remotePath"] === "string" ? inputs["remotePath"] : undefined;

/** True for a copy of something that stands in files only, so that the program carries no text of it. */
export const copiesUnseen = ({ type, inputs }: CommandSubject): boolean => {
  const copied = copiedInput[type];
  return copied !== undefined && carriedTexts(inputs[copied]).length === 0;
};

/** What the SDK's proxy, which throws where a value is unknown, stands for; a promise cannot be awaited through it. */
const behindProxy = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value;
  const target: unknown = Reflect.get(value, "__getSpecialProxyTarget");
  return target ?? value;
};

const settled = async (value: unknown): Promise<unknown> => {
  const known = await behindProxy(value);
  if (!isFields(known)) return known;
  const entries = await Promise.all(
    Object.entries(known).map(async ([key, each]) => [key, await settled(each)] as const),
  );
  return Object.fromEntries(entries);
};

/** The inputs with the texts of assets in place of the promises that the SDK has there. */
export const withCarriedTexts = async ({ type, inputs }: CommandSubject): Promise<CommandSubject["inputs"]> => {
  const copied = copiedInput[type];
  return copied === undefined ? inputs : { [copied]: await settled(inputs[copied]), remotePath: inputs["remotePath"] };
};

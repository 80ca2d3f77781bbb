/** Resources by their tokens and URNs. */
import { tuningToken, type CommandSubject } from "./subjects";

/** Resources that run a command or copy a file, with the inputs whose text they run or write. */
const textInputs: Readonly<Record<string, readonly string[]>> = {
  "command:remote:Command": ["create", "update", "delete", "stdin", "environment"],
  "command:local:Command": ["create", "update", "delete", "stdin", "environment", "interpreter"],
  "command:local:run": ["command", "stdin", "environment", "interpreter"],
  "command:remote:CopyToRemote": ["source"],
  "command:remote:CopyFile": ["localPath"],
};

/** True for a resource that a `CommandRule` judges. */
export const isCommandType = (type: string): boolean => type in textInputs;

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
  if (above.type !== tuningToken || name !== `${above.name}-host`) return false;
  const { create, update } = inputs;
  const runsTheScript = typeof create === "string" && hostScriptCommand.test(create);
  return update === undefined && (create === undefined || runsTheScript);
};

/** Every text below a value: strings, lists, records and text assets. */
const textsOf = (value: unknown): readonly string[] => {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsOf);
};

/** The texts that the resource runs or writes, by input; an environment also as the assignments that it makes. */
export const commandTexts = ({ type, inputs }: CommandSubject): readonly { input: string; text: string }[] =>
  (textInputs[type] ?? []).flatMap((input) => textsOf(inputs[input]).map((text) => ({ input, text })));

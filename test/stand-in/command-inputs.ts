/** What `command:remote:Command` takes: names, types and defaults, as the official plugin 1.2.1 has them. */
import { hasUnknown, isObject, type Properties, reveal, secret, unknown, type Value } from "./properties";

/** A way to reach a machine: `connection`, and `connection.proxy` without a proxy of its own. */
export interface Connection {
  readonly host: string;
  readonly user: string;
  readonly port: number;
  readonly dialErrorLimit: number;
  readonly perDialTimeout: number;
  readonly password?: string;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly agentSocketPath?: string;
  readonly hostKey?: string;
  readonly proxy?: Omit<Connection, "proxy">;
}

/** Which output streams are shown while a command runs. */
export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

/** The inputs of one command, defaults filled in. */
export interface CommandInputs {
  readonly connection: Connection;
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
  readonly triggers?: readonly unknown[];
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly logging?: Logging;
  readonly addPreviousOutputInEnv: boolean;
}

type Kind = "string" | "number" | "integer" | "boolean" | "array" | "map" | "connection" | "proxy" | "logging";

interface Field {
  readonly kind: Kind;
  readonly required?: true;
  readonly byDefault?: Value;
}

const proxyFields: Readonly<Record<string, Field>> = {
  host: { kind: "string", required: true },
  user: { kind: "string", byDefault: "root" },
  port: { kind: "number", byDefault: 22 },
  dialErrorLimit: { kind: "integer", byDefault: 10 },
  perDialTimeout: { kind: "integer", byDefault: 15 },
  password: { kind: "string" },
  privateKey: { kind: "string" },
  privateKeyPassword: { kind: "string" },
  agentSocketPath: { kind: "string" },
  hostKey: { kind: "string" },
};

const connectionFields: typeof proxyFields = { ...proxyFields, proxy: { kind: "proxy" } };

const commandFields: typeof proxyFields = {
  connection: { kind: "connection", required: true },
  create: { kind: "string" },
  update: { kind: "string" },
  delete: { kind: "string" },
  triggers: { kind: "array" },
  stdin: { kind: "string" },
  environment: { kind: "map" },
  logging: { kind: "logging" },
  addPreviousOutputInEnv: { kind: "boolean", byDefault: true },
};

/** One input that cannot be used. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

const loggings: readonly Value[] = ["stdout", "stderr", "stdoutAndStderr", "none"] satisfies Logging[];

const fits: Readonly<Record<Kind, (value: Value) => boolean>> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  array: (value) => Array.isArray(value),
  map: (value) => isObject(value) && Object.values(value).every((inner) => typeof reveal(inner) === "string"),
  connection: isObject,
  proxy: isObject,
  logging: (value) => loggings.includes(value),
};

const checkFields = (
  given: Properties,
  fields: typeof proxyFields,
  path: string,
  failures: CheckFailure[],
): Properties => {
  const checked: Properties = {};
  for (const [name, { kind, required, byDefault }] of Object.entries(fields)) {
    const property = `${path}${name}`;
    const value = given[name] ?? byDefault;
    const plain = value === undefined ? undefined : reveal(value);
    if (value === undefined || plain === null || plain === undefined) {
      if (required) failures.push({ property, reason: "Missing required property" });
    } else if (plain === unknown) {
      checked[name] = value;
    } else if (!fits[kind](plain)) {
      failures.push({ property, reason: `Value of type ${kind} expected, got ${typeof plain}` });
    } else if (isObject(plain) && (kind === "connection" || kind === "proxy")) {
      const inner = kind === "connection" ? connectionFields : proxyFields;
      checked[name] = checkFields(plain, inner, `${property}.`, failures);
    } else {
      checked[name] = value;
    }
  }
  return checked;
};

/** Checks the inputs of a command, fills in defaults and marks the connection as secret, as the plugin's Check does. */
export const checkInputs = (
  given: Properties,
): { readonly inputs: Properties; readonly failures: readonly CheckFailure[] } => {
  const failures: CheckFailure[] = [];
  for (const name of Object.keys(given)) {
    if (!(name in commandFields) && !name.startsWith("__") && name !== "version") {
      failures.push({ property: name, reason: "Unrecognized property" });
    }
  }
  const inputs = checkFields(given, commandFields, "", failures);
  if (inputs.connection !== undefined) inputs.connection = secret(inputs.connection);
  return { inputs, failures };
};

/** The outputs of a command: its inputs as they are, with what it printed. */
export const outputsOf = (inputs: Properties, stdout: Value, stderr: Value): Properties => ({
  ...inputs,
  stdout,
  stderr,
});

/** Checked inputs as typed values; only for inputs without unknowns. */
export const typedInputs = (inputs: Properties): CommandInputs => {
  if (hasUnknown(inputs)) throw new Error("a command cannot run with inputs that are not known yet");
  return reveal(inputs) as unknown as CommandInputs;
};

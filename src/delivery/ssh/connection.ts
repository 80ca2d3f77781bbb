/**
 * How a host is reached, as plain values: the schema, its secrets, and what is wrong with a connection before anyone
 * dials it.
 */
import * as z from "zod";
import { isFields, type Fields } from "../../validation/fields";
import type { Problem } from "../../validation/problems";
import { saidText } from "../../validation/said-text";
import { check, invalid, joinPath, problemsIn, valid, type Checked } from "../../validation/validation";
import {
  factsCommandLine,
  maximumPort,
  isHost,
  isShowable,
  isShowableUser,
  refusedUser,
  showableAddress,
  type Address,
} from "./address";

/** One SSH endpoint. */
export interface Endpoint extends Address {
  /** Private key in PEM or OpenSSH form; a secret. */
  readonly privateKey?: string;
  /** A secret. */
  readonly privateKeyPassphrase?: string;
  /** A secret. */
  readonly password?: string;
  /** The host's public key as one authorized_keys line: `ssh-ed25519 AAAA...`. */
  readonly hostKey?: string;
  /** Accepts any host key, so anyone between may read and change everything. */
  readonly insecureIgnoreHostKey?: boolean;
  /** Failed dials before giving up; the waits between them grow to 5 s. */
  readonly dialErrorLimit?: number;
  /** Seconds for the TCP connection of one dial. */
  readonly perDialTimeoutSeconds?: number;
}

/** How a host is reached; without key and password the SSH agent of the environment is asked. */
export interface Connection extends Endpoint {
  /** Runs the host script by `sudo -n`, for a user that is not root. */
  readonly sudo?: boolean;
  /** A host to go through first. */
  readonly bastion?: Endpoint;
}

/**
 * Dials that fail before an endpoint counts as unreachable. The command plugin waits 0.1 s, then half as long again
 * each time up to 5 s, so 20 dials that are refused at once take about 60 s: a machine may boot meanwhile.
 */
export const defaultDialErrorLimit = 20;
export const defaultPerDialTimeoutSeconds = 10;

/**
 * Fields whose values never leave the connection by this package: not in its messages and log lines, not in commands,
 * not in the state in clear. Pulumi itself prints them in clear in its own log of `-v=9`, as it does with every
 * provider's inputs: such a log is as secret as the key.
 */
export const secretFields = ["privateKey", "privateKeyPassphrase", "password"] as const;

/** True for the path of a secret field, of the bastion's too. */
export const isSecretPath = (path: string): boolean =>
  secretFields.some((field) => path.endsWith(`.${field}`) || path === field);

const endpointShape = {
  host: z.string(),
  port: z.int().min(1).max(maximumPort).optional(),
  user: z.string().min(1).optional(),
  privateKey: z.string().optional(),
  privateKeyPassphrase: z.string().optional(),
  password: z.string().optional(),
  hostKey: z.string().optional(),
  insecureIgnoreHostKey: z.boolean().optional(),
  dialErrorLimit: z.int().min(0).max(1000).optional(),
  perDialTimeoutSeconds: z.int().min(1).max(600).optional(),
};

export const endpointSchema = z.strictObject(endpointShape);
export const connectionSchema = z.strictObject({
  ...endpointShape,
  sudo: z.boolean().optional(),
  bastion: endpointSchema.optional(),
});

/** Compile-time proof that the schema accepts exactly what the interface describes. */
export const connectionSchemaAgrees = connectionSchema satisfies z.ZodType<Connection>;

const hostKeyLine =
  /^(ssh-(rsa|ed25519|dss)|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9-]+@openssh\.com) [A-Za-z0-9+/]+={0,3}( .*)?$/;
/** How every public key begins: its type, then the length of the type's name in base64. */
const publicKeyStart = /^(ssh|ecdsa|sk)-\S+ AAAA/;
const contract = "the contract of the connection, docs/arguments.md";

/** A number or a switch as somebody types it; longer ones may be a password. */
const shortScalar = /^(-?\d{0,5}(\.\d{1,3})?|true|false|yes|no|on|off)$/i;

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

/**
 * The problem without a value that may hold a secret, wherever in the connection it was written: where a number or an
 * object is wanted, any text may be a password that was pasted one line too high.
 */
const withoutSecret = ({ value, ...problem }: Problem): Problem =>
  isScalar(value) && shortScalar.test(String(value)) ? { ...problem, value } : problem;

const hostProblems = ({ host }: Pick<Endpoint, "host">, base: string): Problem[] => {
  if (isHost(host)) return [];
  const remedy = host.includes("@")
    ? "Write the user as connection.user and the bare name here."
    : host.includes(":")
      ? "Write the port as connection.port and the bare name here."
      : isHost(host.replace(/\.$/, ""))
        ? "Leave out the dot at the end."
        : "Write a name or an address.";
  return [
    {
      path: joinPath(base, "host"),
      ...(isShowable(host) ? { value: host } : {}),
      limit: "is no host name or address",
      source: "RFC 1123 section 2.1",
      remedy,
    },
  ];
};

const userProblems = ({ user }: Pick<Endpoint, "user">, base: string): Problem[] => {
  const path = joinPath(base, "user");
  if (user?.includes(":"))
    return [
      {
        path,
        limit: "is no login name: it holds a colon, which separates fields in passwd(5)",
        source: "passwd(5)",
        remedy: "Write the bare name here; a password belongs into password, marked as secret.",
      },
    ];
  if (user === undefined || !refusedUser.test(user)) return [];
  return [
    {
      path,
      ...(isShowable(user) ? { value: user } : {}),
      limit: "is no login name: it begins with a hyphen or holds characters that mean something to a shell",
      source: "OpenSSH 10.1, ssh.c, valid_ruser",
      remedy: "Write the name as the host's passwd(5) has it.",
    },
  ];
};

const hostKeyProblems = (
  { hostKey, insecureIgnoreHostKey }: Pick<Endpoint, "hostKey" | "insecureIgnoreHostKey">,
  base: string,
  endpoint: Fields,
): Problem[] => {
  const path = joinPath(base, "hostKey");
  const remedy = `\`${factsCommandLine(showableAddress(endpoint))}\` prints the key; compare its fingerprint with the host's console.`;
  if (hostKey === undefined)
    return insecureIgnoreHostKey === true
      ? []
      : [
          {
            path,
            limit: "is missing: anyone between could pose as the host",
            source: contract,
            remedy: `${remedy} (insecureIgnoreHostKey: true does without.)`,
          },
        ];
  if (insecureIgnoreHostKey === true)
    return [
      {
        path,
        limit: "is given together with insecureIgnoreHostKey: true, which would ignore it",
        source: contract,
        remedy: "Remove one of the two.",
      },
    ];
  return hostKeyLine.test(hostKey.trim())
    ? []
    : [
        {
          path,
          ...(publicKeyStart.test(hostKey) ? { value: hostKey.slice(0, 80) } : {}),
          limit: "is no line of the form `ssh-ed25519 AAAA...`",
          source: "sshd(8), authorized_keys",
          remedy,
        },
      ];
};

const keyProblems = (
  { privateKey, privateKeyPassphrase }: Pick<Endpoint, "privateKey" | "privateKeyPassphrase">,
  base: string,
): Problem[] => {
  const path = joinPath(base, "privateKey");
  if (privateKey === undefined)
    return privateKeyPassphrase === undefined
      ? []
      : [
          {
            path,
            limit: "is missing though a passphrase for it is given",
            source: contract,
            remedy: "Give the key, or remove the passphrase.",
          },
        ];
  if (/^\s*-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]+-----END [A-Z0-9 ]*PRIVATE KEY-----\s*$/.test(privateKey))
    return [];
  const remedy = /^(ssh-|ecdsa-)/.test(privateKey)
    ? "This is the public key; give the private one, the file without .pub."
    : /^[~/.]/.test(privateKey)
      ? "This is a path; an inventory takes it as privateKeyFile, a program reads the file."
      : "Give the whole file, from BEGIN to END.";
  return [{ path, limit: "is no private key in PEM or OpenSSH form", source: "ssh-keygen(1)", remedy }];
};

type EndpointCheck = (endpoint: Fields, base: string) => Problem[];

/** A check that runs where the fields that it looks at can be read, whatever is wrong with the others. */
const looksAt = <Shape extends z.ZodRawShape>(
  shape: Shape,
  problemsOf: (fields: z.output<z.ZodObject<Shape>>, base: string, endpoint: Fields) => Problem[],
): EndpointCheck => {
  const schema = z.object(shape);
  return (endpoint, base) => {
    const read = schema.safeParse(endpoint);
    return read.success ? problemsOf(read.data, base, endpoint) : [];
  };
};

const { host, user, hostKey, insecureIgnoreHostKey, privateKey, privateKeyPassphrase } = endpointShape;
const endpointChecks: readonly EndpointCheck[] = [
  looksAt({ host }, hostProblems),
  looksAt({ user }, userProblems),
  looksAt({ hostKey, insecureIgnoreHostKey }, hostKeyProblems),
  looksAt({ privateKey, privateKeyPassphrase }, keyProblems),
];

const endpointProblems = (endpoint: unknown, base: string): Problem[] =>
  isFields(endpoint) ? endpointChecks.flatMap((problemsOf) => problemsOf(endpoint, base)) : [];

const isBoolean = (value: unknown): boolean => typeof value === "boolean";
const isNumber = (value: unknown): boolean => typeof value === "number" && shortScalar.test(String(value));
const isText = (matches: (text: string) => boolean) => (value: unknown) => typeof value === "string" && matches(value);

/** The form in which a field holds no secret, whatever was pasted into it. */
const harmless: Readonly<Record<string, (value: unknown) => boolean>> = {
  host: isText(isHost),
  user: isText((text) => isShowableUser(text) && !refusedUser.test(text)),
  hostKey: isText((text) => hostKeyLine.test(text.trim())),
  port: isNumber,
  dialErrorLimit: isNumber,
  perDialTimeoutSeconds: isNumber,
  insecureIgnoreHostKey: isBoolean,
  sudo: isBoolean,
};

const isHarmless = (field: string, value: unknown): boolean =>
  Object.hasOwn(harmless, field) && harmless[field]?.(value) === true;

/**
 * True for what must not stand in the state in clear: the secret fields, and any other field (a misspelt one too)
 * whose value has another form than it should, because a secret may have been pasted there.
 */
export const mayHoldSecret = (field: string, value: unknown): boolean => !isHarmless(field, value);

const checkAnew = (value: unknown, base: string): Checked<Connection> => {
  const checked = check(connectionSchema, value, base, isSecretPath);
  const problems = [
    ...problemsIn(checked).map(withoutSecret),
    ...endpointProblems(value, base),
    ...endpointProblems(isFields(value) ? value.bastion : undefined, joinPath(base, "bastion")),
  ];
  return checked.ok && problems.length === 0 ? checked : invalid(problems);
};

/** More different logins than a fleet has. */
const maximumRemembered = 1000;

/** Connections that were found right, by the text of what they hold beside host and host key. */
const right = new Map<string, Connection>();

/**
 * Checks a connection without dialling; no problem ever shows a secret's value. Hosts of a fleet differ in name and key:
 * what they share is checked once.
 */
export const checkConnection = (value: unknown, base = "connection"): Checked<Connection> => {
  if (!isFields(value)) return checkAnew(value, base);
  const { host, hostKey } = value;
  if (typeof host !== "string" || !isHost(host)) return checkAnew(value, base);
  if (typeof hostKey !== "string" || !isHarmless("hostKey", hostKey)) return checkAnew(value, base);
  const text = saidText({ ...value, host: "", hostKey: "" });
  const known = text === undefined ? undefined : right.get(text);
  if (known !== undefined) return valid({ ...known, host, hostKey });
  const checked = checkAnew(value, base);
  if (text !== undefined && checked.ok && right.size < maximumRemembered) right.set(text, checked.value);
  return checked;
};

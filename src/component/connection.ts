/** The connection in the three forms that it takes: checked, for the state, and for the command plugin. */
import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { defaultPort, defaultUser, ed25519CommandLine, showableAddress } from "../delivery/ssh/address";
import {
  checkConnection,
  defaultDialErrorLimit,
  defaultPerDialTimeoutSeconds,
  mayHoldSecret,
  type Connection,
  type Endpoint,
} from "../delivery/ssh/connection";
import { isFields, type Fields } from "../validation/fields";
import type { Problem } from "../validation/problems";
import { invalid, joinPath, problemsIn, type Checked } from "../validation/validation";

const markSecret = (field: string, value: unknown): unknown => {
  if (value === undefined || value === null) return value;
  if (pulumi.Output.isInstance(value) || value instanceof Promise)
    return pulumi.output(value).apply((known: unknown) => markSecret(field, known));
  if (field === "bastion" && isFields(value)) return markSecrets(value);
  return mayHoldSecret(field, value) ? pulumi.secret(value) : value;
};

const markSecrets = (endpoint: Fields): Fields =>
  Object.fromEntries(Object.entries(endpoint).map(([field, value]) => [field, markSecret(field, value)]));

/**
 * The connection as it may stand in the state: every key, passphrase and password is a secret, the bastion's too,
 * whether or not the caller marked it; so is what may be one in the place of something else (`user: "root:password"`),
 * because a component's inputs are in the state even where the component is refused.
 */
export const withSecretsMarked = (connection: unknown): pulumi.Input<Fields> => {
  if (pulumi.Output.isInstance(connection) || connection instanceof Promise)
    return pulumi.output(connection).apply((known: unknown) => (isFields(known) ? markSecrets(known) : {}));
  return isFields(connection) ? markSecrets(connection) : {};
};

const rsaPinProblems = (endpoint: unknown, base: string): Problem[] =>
  isFields(endpoint) && typeof endpoint.hostKey === "string" && endpoint.hostKey.trim().startsWith("ssh-rsa ")
    ? [
        {
          path: joinPath(base, "hostKey"),
          limit:
            "is an RSA key, which the command plugin has proved by SHA-1 only, and OpenSSH proves no more since 8.8",
          source: "pulumi-command 1.2.1, provider/pkg/provider/remote/connection.go; OpenSSH 8.8 release notes",
          remedy:
            `Pin another key of the host: \`${ed25519CommandLine(showableAddress(endpoint))}\` prints one; ` +
            "`ssh-keygen -A` on the host makes it where it is missing.",
        },
      ]
    : [];

/** Checks a connection that the command plugin shall use: what is wrong with any, and host keys that it cannot take. */
export const checkCommandConnection = (value: unknown): Checked<Connection> => {
  const base = "connection";
  const checked = checkConnection(value, base);
  const problems = [
    ...rsaPinProblems(value, base),
    ...rsaPinProblems(isFields(value) ? value.bastion : undefined, joinPath(base, "bastion")),
  ];
  return problems.length === 0 ? checked : invalid([...problemsIn(checked), ...problems]);
};

const commandEndpoint = (endpoint: Endpoint): types.input.remote.ConnectionArgs => ({
  host: endpoint.host,
  port: endpoint.port ?? defaultPort,
  user: endpoint.user ?? defaultUser,
  privateKey: endpoint.privateKey,
  privateKeyPassword: endpoint.privateKeyPassphrase,
  password: endpoint.password,
  hostKey: endpoint.hostKey?.trim(),
  dialErrorLimit: endpoint.dialErrorLimit ?? defaultDialErrorLimit,
  perDialTimeout: endpoint.perDialTimeoutSeconds ?? defaultPerDialTimeoutSeconds,
});

/** The connection as `command:remote:Command` wants it. The agent's socket stays unset: its path differs by login. */
export const commandConnection = (connection: Connection): types.input.remote.ConnectionArgs => ({
  ...commandEndpoint(connection),
  proxy: connection.bastion === undefined ? undefined : commandEndpoint(connection.bastion),
});

/** The connection in the three forms that it takes: checked, for the state, and for the command plugin. */
import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import {
  defaultDialErrorLimit,
  defaultPerDialTimeoutSeconds,
  defaultPort,
  defaultUser,
  secretFields,
  type Connection,
  type Endpoint,
} from "../delivery/ssh/connection";
import { isFields, type Fields } from "../validation/fields";

const markSecrets = (endpoint: Fields): Fields => ({
  ...endpoint,
  ...Object.fromEntries(
    secretFields.flatMap((field) => (endpoint[field] === undefined ? [] : [[field, pulumi.secret(endpoint[field])]])),
  ),
  ...(isFields(endpoint.bastion) ? { bastion: markSecrets(endpoint.bastion) } : {}),
});

/**
 * The connection as it may stand in the state: every key, passphrase and password is a secret, the bastion's too,
 * whether or not the caller marked it.
 */
export const withSecretsMarked = (connection: unknown): pulumi.Input<Fields> => {
  if (pulumi.Output.isInstance(connection) || connection instanceof Promise)
    return pulumi.output(connection).apply((known) => (isFields(known) ? markSecrets(known) : {}));
  if (!isFields(connection)) return {};
  const { bastion, ...target } = connection;
  return { ...markSecrets(target), ...(bastion === undefined ? {} : { bastion: withSecretsMarked(bastion) }) };
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

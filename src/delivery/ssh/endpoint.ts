/** Where the transport connects to and as whom: a checked connection with its defaults and keys filled in. */
import { defaultPort, defaultUser } from "./address";
import type { Connection, Endpoint } from "./connection";
import { parseHostKey, type HostKeyTrust } from "./host-key";

export interface Credentials {
  /** Content of a private key. */
  readonly privateKey?: string;
  readonly privateKeyPassphrase?: string;
  readonly password?: string;
  /** Socket of an SSH agent; asked after the key. */
  readonly agentSocketPath?: string;
}

/** One SSH server and a login there. */
export interface SshEndpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly credentials: Credentials;
  readonly trust: HostKeyTrust;
}

export interface SshTarget extends SshEndpoint {
  /** Gone through; hosts with equal bastions share one connection to it. */
  readonly bastion?: SshEndpoint;
}

const trustOf = ({ hostKey, insecureIgnoreHostKey }: Endpoint): HostKeyTrust => {
  if (insecureIgnoreHostKey === true) return { known: "any" };
  const key = hostKey === undefined ? undefined : parseHostKey(hostKey);
  return { known: key === undefined ? [] : [key] };
};

const endpointOf = (endpoint: Endpoint, agentSocketPath: string | undefined): SshEndpoint => {
  const { host, port = defaultPort, user = defaultUser, privateKey, privateKeyPassphrase, password } = endpoint;
  const credentials = { privateKey, privateKeyPassphrase, password, agentSocketPath };
  return { host, port, user, credentials, trust: trustOf(endpoint) };
};

/**
 * The target of a checked connection; without host key and without `insecureIgnoreHostKey` no key is believed.
 * @param agentSocketPath the SSH agent of the environment, if it may be asked
 */
export const targetOf = ({ bastion, ...connection }: Connection, agentSocketPath?: string): SshTarget => ({
  ...endpointOf(connection, agentSocketPath),
  ...(bastion === undefined ? {} : { bastion: endpointOf(bastion, agentSocketPath) }),
});

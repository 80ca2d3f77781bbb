/** What ended a handshake or a login, told from the error of the SSH library. */
import type { SshEndpoint } from "./endpoint";
import { sshFailure, type SshFailure } from "./failure";
import { fingerprintOf, isTrusted, type HostKey } from "./host-key";

/** What was known of the connection when it failed. */
export interface Attempt {
  readonly endpoint: SshEndpoint;
  readonly stage: "keyExchange" | "authentication";
  /** The key that the host presented, once it has. */
  readonly presented: HostKey | undefined;
  /** Methods of login that were tried. */
  readonly tried: readonly string[];
  /** What the agent failed with. */
  readonly agentError: string | undefined;
}

/** An error of ssh2: `code` is a number where the server ended the connection with a reason (RFC 4253, section 11.1). */
export type LibraryError = Error & { readonly code?: string | number; readonly level?: string };

/** RFC 4253, section 11.1. */
const tooManyConnections = 12;

export const hostKeyFailure = (presented: HostKey, { trust }: SshEndpoint): SshFailure => {
  const isRevoked = trust.revoked?.some(({ base64 }) => base64 === presented.base64) === true;
  return sshFailure(
    "hostKey",
    "keyExchange",
    isRevoked
      ? `presents a host key that is marked @revoked: ${fingerprintOf(presented)}`
      : `presents another host key than the known one: ${fingerprintOf(presented)}`,
    ...(isRevoked ? ["Set the host up anew with new keys: whoever has this key may pose as it."] : []),
  );
};

/** @param said the server's own reason, if it gave one */
export const loginFailure = ({ endpoint, tried, agentError }: Attempt, said = ""): SshFailure => {
  const methods = tried.filter((method) => method !== "none").join(", ");
  const agent = agentError === undefined ? "" : `; the SSH agent failed: ${agentError}`;
  const shown = methods === "" ? "; there is no key, agent or password to show" : ` (tried: ${methods})`;
  return sshFailure("login", "authentication", `refuses the login as ${endpoint.user}${shown}${agent}${said}`);
};

/** Sentences of ssh2 1.17 on a key exchange that cannot work, and what each means. */
const negotiations: readonly (readonly [RegExp, (attempt: Attempt) => SshFailure])[] = [
  [
    /no matching host key format/,
    ({ endpoint: { trust } }) =>
      trust.known === "any"
        ? sshFailure("protocol", "keyExchange", "has a host key of no type that is known here")
        : sshFailure(
            "hostKey",
            "keyExchange",
            `has no host key of the known type (${[...new Set(trust.known.map(({ type }) => type))].join(", ")})`,
          ),
  ],
  [
    /no matching key exchange algorithm/,
    () =>
      sshFailure(
        "protocol",
        "keyExchange",
        "its SSH server knows no key exchange without SHA-1",
        "Update its SSH server: OpenSSH has safe ones since 4.4, dropbear since 2013.61, network devices by their settings.",
      ),
  ],
  [
    /no matching/,
    () => sshFailure("protocol", "keyExchange", "its SSH server knows no cipher or checksum that is safe today"),
  ],
];

/** The failure behind an error in the key exchange or the login. */
export const handshakeFailure = (error: LibraryError, attempt: Attempt): SshFailure => {
  const { stage, presented, endpoint } = attempt;
  if (stage === "authentication")
    return error.level === "client-authentication" || typeof error.code === "number"
      ? loginFailure(attempt, `: ${error.message}`)
      : sshFailure("cut", stage, `the connection broke during the login: ${error.message}`);
  if (presented !== undefined && !isTrusted(presented, endpoint.trust)) return hostKeyFailure(presented, endpoint);
  const negotiation = negotiations.find(([sentence]) => sentence.test(error.message));
  if (negotiation !== undefined) return negotiation[1](attempt);
  if (error.code === tooManyConnections || error.level === "client-socket" || /Connection lost/.test(error.message))
    return closedFailure(attempt);
  return sshFailure("protocol", stage, `does not speak SSH rightly: ${error.message}`);
};

/** The failure behind a connection that the host closed without a word. */
export const closedFailure = (attempt: Attempt): SshFailure => {
  if (attempt.stage === "keyExchange")
    return sshFailure("busy", "keyExchange", "closed the connection before the key exchange");
  // Some servers answer a refused login by hanging up; to try again would look like guessing.
  return attempt.tried.length > 1
    ? loginFailure(attempt)
    : sshFailure("cut", "authentication", "the connection broke during the login");
};

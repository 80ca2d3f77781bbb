/** Public host keys: read, compared, shown, and the algorithms by which a server may prove one. */
import { createHash } from "node:crypto";
import type { ServerHostKeyAlgorithm } from "ssh2";

/** A public key as it stands in authorized_keys and known_hosts, without its comment. */
export interface HostKey {
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`, ... */
  readonly type: string;
  /** The key in base64. */
  readonly base64: string;
}

/** Which keys of a host are believed. */
export interface HostKeyTrust {
  /** The keys of which it must present one; `any` believes whoever answers. */
  readonly known: readonly HostKey[] | "any";
  /** Keys that are believed in no case. */
  readonly revoked?: readonly HostKey[];
}

/** The key of a line `ssh-ed25519 AAAA... comment`; undefined where it has another form. */
export const parseHostKey = (line: string): HostKey | undefined => {
  const [type = "", base64 = ""] = line.trim().split(/\s+/);
  return type === "" || base64 === "" ? undefined : { type, base64 };
};

/** The key as a line of authorized_keys. */
export const hostKeyLine = ({ type, base64 }: HostKey): string => `${type} ${base64}`;

/** The key that a server presented: a text with its length, the type, then the rest (RFC 4253, section 6.6). */
export const presentedHostKey = (blob: Buffer): HostKey => ({
  type: blob.subarray(4, 4 + blob.readUInt32BE(0)).toString("latin1"),
  base64: blob.toString("base64"),
});

/** The fingerprint as `ssh-keygen -l` prints it. */
export const fingerprintOf = ({ base64 }: HostKey): string =>
  `SHA256:${createHash("sha256").update(Buffer.from(base64, "base64")).digest("base64").replace(/=+$/, "")}`;

export const isSameKey = (one: HostKey, other: HostKey): boolean => one.base64 === other.base64;

/**
 * Algorithms by the type of key, the best first. RSA by SHA-1 comes last of all: only servers before OpenSSH 7.2 know
 * nothing else, and a man in the middle cannot bring it about, because what is agreed upon is signed.
 */
const algorithms: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
};

/** Key types from the strongest on. */
export const keyTypes: readonly string[] = Object.keys(algorithms);

/**
 * The algorithms to offer: those of the types of known keys only, so that a host with keys of several types answers
 * with one that is known. Empty where no known key has a type that can be checked.
 */
export const algorithmsFor = ({ known }: HostKeyTrust): ServerHostKeyAlgorithm[] =>
  keyTypes
    .filter((type) => known === "any" || known.some((key) => key.type === type))
    .flatMap((type) => algorithms[type] ?? []);

/** Whether a presented key is believed. */
export const isTrusted = (key: HostKey, { known, revoked = [] }: HostKeyTrust): boolean =>
  !revoked.some((bad) => isSameKey(bad, key)) && (known === "any" || known.some((good) => isSameKey(good, key)));

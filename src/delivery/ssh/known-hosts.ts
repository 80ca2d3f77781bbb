/**
 * Looks a host up in an OpenSSH known_hosts file.
 * Source: sshd(8), section SSH_KNOWN_HOSTS FILE FORMAT.
 */
import { createHmac } from "node:crypto";
import { defaultPort } from "./address";

const hashedName = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/;

const matchesPattern = (pattern: string, name: string): boolean => {
  const hashed = hashedName.exec(pattern);
  if (hashed !== null) {
    const [, salt = "", digest = ""] = hashed;
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === digest;
  }
  const expression = pattern
    .replace(/[\\^$+.()|[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "i").test(name);
};

const matches = (patterns: readonly string[], name: string): boolean =>
  !patterns.some((pattern) => pattern.startsWith("!") && matchesPattern(pattern.slice(1), name)) &&
  patterns.some((pattern) => !pattern.startsWith("!") && matchesPattern(pattern, name));

/** Key types from the strongest on; the first that is known is pinned. */
const preference = ["ssh-ed25519", "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp256", "ssh-rsa"];

/**
 * The key of a host as an authorized_keys line, or undefined where the file has none. Hashed names, patterns,
 * negations and `[host]:port` are understood; keys marked @revoked and authorities (@cert-authority) are passed over.
 */
export const findHostKey = (knownHosts: string, host: string, port = defaultPort): string | undefined => {
  const name = port === defaultPort ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
  const rows = knownHosts
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const revoked = new Set(
    rows.flatMap((row) => {
      const [marker, , , key] = row.split(/\s+/);
      return marker === "@revoked" && key !== undefined ? [key] : [];
    }),
  );
  const keys = rows.flatMap((row) => {
    const [names = "", type = "", key = ""] = row.split(/\s+/);
    return !names.startsWith("@") && key !== "" && !revoked.has(key) && matches(names.split(","), name)
      ? [{ type, key }]
      : [];
  });
  const best = preference.map((type) => keys.find((key) => key.type === type)).find((key) => key !== undefined);
  const chosen = best ?? keys[0];
  return chosen === undefined ? undefined : `${chosen.type} ${chosen.key}`;
};

/**
 * Looks a host up in an OpenSSH known_hosts file.
 * Source: sshd(8), section SSH_KNOWN_HOSTS FILE FORMAT; patterns as match.c of OpenSSH has them.
 */
import { createHmac } from "node:crypto";
import { defaultPort } from "./address";
import { hostKeyLine, isSameKey, keyTypes, type HostKey } from "./host-key";

/** What a file says of one host. */
export interface KnownKeys {
  /** Its keys, the strongest type first, without those that are revoked. */
  readonly keys: readonly HostKey[];
  /** Keys marked `@revoked` for it. */
  readonly revoked: readonly HostKey[];
  /** True where `@cert-authority` vouches for it; certificates are not read here. */
  readonly hasAuthority: boolean;
}

/**
 * `*` stands for any text, `?` for one character. Walks back to the last star only, so that its time is bounded by
 * pattern times name, whatever the pattern is.
 */
const matchesGlob = (pattern: string, name: string): boolean => {
  let [at, from, star, resume] = [0, 0, -1, 0];
  while (at < name.length) {
    if (pattern[from] === "*") [star, resume, from] = [from, at, from + 1];
    else if (pattern[from] === "?" || pattern[from] === name[at]) [at, from] = [at + 1, from + 1];
    else if (star >= 0) [resume, at, from] = [resume + 1, resume + 1, star + 1];
    else return false;
  }
  return /^\**$/.test(pattern.slice(from));
};

const hashedName = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/;

/** A hashed name stands alone in its field and is neither pattern nor negated. */
const matchesHash = ([, salt = "", digest = ""]: readonly string[], name: string): boolean =>
  createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === digest;

const matches = (field: string, name: string): boolean => {
  const hashed = hashedName.exec(field);
  if (hashed !== null) return matchesHash(hashed, name);
  const patterns = field.toLowerCase().split(",");
  const holds = (pattern: string) => matchesGlob(pattern, name);
  return (
    !patterns.some((pattern) => pattern.startsWith("!") && holds(pattern.slice(1))) &&
    patterns.some((pattern) => !pattern.startsWith("!") && holds(pattern))
  );
};

interface Row {
  readonly marker: string;
  readonly names: string;
  readonly key: HostKey;
}

const parseRow = (line: string): Row[] => {
  const words = line.trim().split(/\s+/);
  if (words[0]?.startsWith("#")) return [];
  const marker = words[0]?.startsWith("@") ? (words.shift() ?? "") : "";
  const [names, type, base64] = words;
  return names === undefined || type === undefined || base64 === undefined
    ? []
    : [{ marker, names, key: { type, base64 } }];
};

/** How a host is named in the file: without port 22, otherwise `[host]:port`. */
const nameInFile = (host: string, port: number): string =>
  port === defaultPort ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

const strength = ({ type }: HostKey): number => (keyTypes.includes(type) ? keyTypes.indexOf(type) : keyTypes.length);

/** Every key of a host. Hashed names, patterns, negations and `[host]:port` are understood. */
export const findHostKeys = (knownHosts: string, host: string, port = defaultPort): KnownKeys => {
  const name = nameInFile(host, port);
  const rows = knownHosts.split("\n").flatMap(parseRow);
  const marked = (wanted: string): readonly HostKey[] =>
    rows.filter(({ marker, names }) => marker === wanted && matches(names, name)).map(({ key }) => key);
  const revoked = marked("@revoked");
  return {
    keys: marked("")
      .filter((key) => !revoked.some((bad) => isSameKey(bad, key)))
      .sort((one, other) => strength(one) - strength(other)),
    revoked,
    hasAuthority: marked("@cert-authority").length > 0,
  };
};

/** The strongest key of a host as an authorized_keys line, or undefined where the file has none. */
export const findHostKey = (knownHosts: string, host: string, port = defaultPort): string | undefined => {
  const [key] = findHostKeys(knownHosts, host, port).keys;
  return key === undefined ? undefined : hostKeyLine(key);
};

/**
 * Private keys, read once: a fleet logs in with the same one everywhere. ssh2 by itself reads the key's text again for
 * each signature (half of a login's processor time), and deciphering a key with a passphrase takes a tenth of a second.
 */
import { createPrivateKey, sign, type KeyObject } from "node:crypto";
import { utils, type ParsedKey } from "ssh2";

/** Ed25519 hashes by itself (RFC 8032); for every other type the digest that ssh2 agreed on with the server is named. */
const hashesItself = "ssh-ed25519";

const keyOf = (key: ParsedKey): KeyObject | undefined => {
  try {
    return createPrivateKey(key.getPrivatePEM());
  } catch {
    return undefined;
  }
};

/** The same key, which signs without being read again; what goes wrong is for ssh2 to say. */
const signingFast = (key: ParsedKey): ParsedKey => {
  const held = keyOf(key);
  const signSlowly = key.sign.bind(key);
  const signFast: ParsedKey["sign"] = (data, digest) => {
    const chosen = key.type === hashesItself ? null : digest;
    return held === undefined || chosen === undefined
      ? signSlowly(data, digest)
      : sign(chosen, Buffer.from(data), held);
  };
  return Object.assign(key, { sign: signFast });
};

/** Distinct keys that are remembered; more than any fleet logs in with. */
const maximumRemembered = 64;

const remembered = new Map<string, ParsedKey>();

/** Reads a private key in PEM, OpenSSH or PPK form; an Error where it is none or the passphrase is wrong. */
export const readPrivateKey = (text: string, passphrase: string | undefined): ParsedKey | Error => {
  const name = JSON.stringify([text, passphrase]);
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const key = utils.parseKey(text, passphrase);
  if (key instanceof Error) return key;
  const read = key.isPrivateKey() ? signingFast(key) : key;
  if (remembered.size >= maximumRemembered) remembered.clear();
  remembered.set(name, read);
  return read;
};

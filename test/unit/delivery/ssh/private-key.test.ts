/** Keys that log in on many hosts. */
import { utils, type ParsedKey } from "ssh2";
import { readPrivateKey } from "../../../../src/delivery/ssh/private-key";
import { generateKeyPair } from "../../../support/ssh-server";

const parsed = (key: ParsedKey | Error): ParsedKey => {
  if (key instanceof Error) throw key;
  return key;
};

const pairs = {
  "ssh-ed25519": { pair: generateKeyPair(), digests: [undefined] },
  "ecdsa-sha2-nistp256": { pair: utils.generateKeyPairSync("ecdsa", { bits: 256 }), digests: [undefined, "sha256"] },
  "ssh-rsa": { pair: utils.generateKeyPairSync("rsa", { bits: 2048 }), digests: [undefined, "sha256", "sha512"] },
} as const;

describe.each(Object.entries(pairs))("A key of type %s", (type, { pair, digests }) => {
  const key = parsed(readPrivateKey(pair.private, undefined));
  test("is read with its type", () => expect(key.type).toBe(type));
  test.each(digests)("signs with digest %s what its public half accepts", (digest) => {
    const data = Buffer.from("what a server asks to be signed");
    expect(parsed(utils.parseKey(pair.public)).verify(data, key.sign(data, digest), digest)).toBe(true);
  });
});

test("A key is read once, however many hosts it opens", () => {
  const { private: text } = generateKeyPair();
  expect(readPrivateKey(text, undefined)).toBe(readPrivateKey(text, undefined));
});

test("A key with a passphrase is read with it, and with no other one", () => {
  const { private: text } = generateKeyPair("open sesame");
  expect(readPrivateKey(text, "open sesame")).not.toBeInstanceOf(Error);
  expect(readPrivateKey(text, "open barley")).toBeInstanceOf(Error);
  expect(readPrivateKey(text, undefined)).toBeInstanceOf(Error);
});

import fc from "fast-check";
import YAML from "yaml";
import { parseInventoryText } from "../../../src/fleet/inventory-text";
import { splitPlainHosts } from "../../../src/fleet/plain-hosts";
import type { Fields } from "../../../src/validation/fields";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvF7Zr0Nq8k6Dn5r5cJm3yZ0m2w1c9m4Xh0f6s0a1b2";

const inventory = `# The edge.
defaults:
  connection:
    user: tuner
    privateKey: |
      -----BEGIN OPENSSH PRIVATE KEY-----
      hosts:
      -----END OPENSSH PRIVATE KEY-----
hosts:
  web1:
    connection:
      host: 192.0.2.1
      hostKey: ${hostKey}

    # An odd one.
    facts:
      memoryMiB: 8192
      kernel: 6.1.0-50-amd64
      arch: "x86_64"
  192.0.2.7:
    decommissioned: true
    note: ''
rollout:
  waves: [10, 100]
observe: false
`;

/** What the whole parser says; undefined for a mistake. */
const whole = (text: string): unknown => {
  try {
    return YAML.parse(text, { merge: true, logLevel: "error" }) ?? undefined;
  } catch {
    return undefined;
  }
};

const sameAsWhole = (text: string): void => {
  const parsed = parseInventoryText(text, "hosts.yaml");
  expect(JSON.stringify(parsed.ok ? sorted(parsed.value) : undefined)).toBe(JSON.stringify(sorted(whole(text))));
};

/** Where the hosts stand beside the other keys says nothing. */
const sorted = (document: unknown): unknown =>
  typeof document === "object" && document !== null && !Array.isArray(document)
    ? Object.fromEntries(Object.entries(document).sort(([one], [other]) => (one < other ? -1 : 1)))
    : document;

const odd = ["null", "~", "yes", "No", "1e3", "0x1f", "010", "-0", ".5", "1.", "1_000", "1.2.3", "::1", "a: b", "a #b"];
const more = [
  "*a",
  "&a b",
  "!t x",
  "|",
  ">-",
  "{}",
  "[1]",
  "'it''s'",
  '"\\n"',
  "- a",
  "? a",
  "%",
  "@a",
  "`",
  "a:",
  "<<",
];
const word = fc.oneof(
  fc.constantFrom("web1", "192.0.2.1", "true", "8192", "''", '"a: b"', hostKey, ...odd, ...more),
  fc.string(),
);
const key = fc.oneof(fc.constantFrom("a", "b", "hosts", "defaults", "null", '"null"', "<<", "1", "10.0.0.1"), word);
const line = fc
  .tuple(fc.constantFrom("", "  ", "   ", "    ", "      "), key, fc.constantFrom(":", ": ", ":  ", " ", ""), word)
  .map((parts) => parts.join(""));
const objects = fc.letrec((tie) => ({
  object: fc.dictionary(fc.constantFrom("web1", "a.b", "x-1", "2", "10.0.0.1", "null", "__proto__x"), tie("value"), {
    minKeys: 1,
  }),
  value: fc.oneof({ withCrossShrink: true }, word, fc.integer(), fc.boolean(), tie("object")),
})).object;

describe("plain hosts are read without the parser of all of YAML, and as it reads them", () => {
  test("names, objects, texts, numbers, comments, and all that stands beside the hosts", () => {
    expect(splitPlainHosts(inventory)?.hosts).toEqual((YAML.parse(inventory) as Fields).hosts);
    sameAsWhole(inventory);
  });

  test("whatever the hosts say", () => {
    fc.assert(
      fc.property(objects, (hosts) => sameAsWhole(YAML.stringify({ defaults: { a: "b" }, hosts, observe: true }))),
    );
  });

  test("whatever lines an inventory consists of", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), fc.array(line, { maxLength: 6 }), (before, after) =>
        sameAsWhole([...before, "hosts:", "  web1:", ...after, ""].join("\n")),
      ),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["a name twice", "hosts:\n  a:\n    b: 1\n  a:\n    b: 2\n"],
    ["two objects of hosts", "hosts:\n  a:\n    b: 1\nhosts:\n  c:\n    d: 1\n"],
    ["a key without a value", "hosts:\n  a:\n  b:\n    c: 1\n"],
    ["no host", "hosts:\nobserve: true\n"],
    ["a text over two lines", "hosts:\n  a:\n    b: one\n      two\n"],
    ["hosts within a text in quotes", 'defaults: "a\nhosts:\n  b:\n    c: 1\nobserve: d"\n'],
    ["hosts within brackets", "defaults: {a: 1,\nhosts:\n  b:\n    c: 1\nobserve: 1}\n"],
    ["anchors", "defaults: &a {b: 1}\nhosts:\n  c: *a\n"],
    ["a second document", "hosts:\n  a:\n    b: 1\n---\nobserve: true\n"],
    ["a key at half the depth", "hosts:\n    a:\n        b: 1\n      c: 2\n"],
    ["a text that keeps its last lines", "defaults:\n  a: |+\n    b\n\nhosts:\n  c:\n    d: 1\n"],
  ])("%s", (_, text) => {
    sameAsWhole(text);
  });
});

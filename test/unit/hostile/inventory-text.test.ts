/** YAML that surprises: what a person meant otherwise is refused with the place, and nothing throws. */
import fc from "fast-check";
import { checkInventory, loadInventory } from "../../../src/fleet/inventory";
import { parseInventoryText } from "../../../src/fleet/inventory-text";
import { problemsIn } from "../../../src/validation/validation";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFvF7Zr0Nq8k6Dn5r5cJm3yZ0m2w1c9m4Xh0f6s0a1b2";
const host = `
  web1:
    connection: { host: 192.0.2.1, hostKey: ${hostKey} }
    facts: { memoryMiB: 8192, kernel: 6.1.0-50-cloud-amd64, arch: x86_64 }
`;
const load = (text: string) => loadInventory("hosts.yaml", "/fleet", () => text);
const hostsOf = (text: string) => {
  const loaded = load(text);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.value.hosts;
};
const pathsOf = (text: string): string[] => problemsIn(load(text)).map(({ path }) => path);
const withLine = (line: string): string => `hosts:${host}    ${line}\n`;

// YAML 1.2, section 10.3: yes and no are text, 0o17 is octal, 017 is decimal, 1_000 is text.
test.each([
  ["yes for true", "loadModule: yes", "hosts.web1.loadModule"],
  ["on for true", "allowShrink: on", "hosts.web1.allowShrink"],
  ["a quoted number", 'memoryShare: "0.1"', "hosts.web1.memoryShare"],
  ["a number with underscores", "settings: { max: 1_000_000 }", "hosts.web1.settings.max"],
  ["a number with a unit", "settings: { max: 262144k }", "hosts.web1.settings.max"],
  [
    "a time for a number",
    "settings: { timeouts: { nf_conntrack_udp_timeout: 0:30 } }",
    "hosts.web1.settings.timeouts.nf_conntrack_udp_timeout",
  ],
  ["not a number", "settings: { max: .nan }", "hosts.web1.settings.max"],
  ["no end", "settings: { max: .inf }", "hosts.web1.settings.max"],
  ["nothing behind the colon", "role:", "hosts.web1.role"],
  ["a kernel that is a number", "facts: { memoryMiB: 8192, kernel: 6.1, arch: x86_64 }", "hosts.yaml"],
  ["an argument of the SDK's prototype", "__proto__: { role: nat }", "hosts.web1.__proto__"],
])("%s is refused by its name", (_, line, path) => {
  expect(pathsOf(withLine(line))).toContain(path);
});

test("octal and hexadecimal numbers are what YAML 1.2 says", () => {
  const settings =
    "settings: { max: 0x40000, timeouts: { nf_conntrack_udp_timeout: 0o36, nf_conntrack_icmp_timeout: 030 } }";
  expect(hostsOf(withLine(settings))[0]?.planned?.plan.settings).toMatchObject({
    max: 262144,
    timeouts: { nf_conntrack_udp_timeout: 30, nf_conntrack_icmp_timeout: 30 },
  });
});

test.each([
  ["a byte order mark", `\uFEFFhosts:${host}`],
  ["lines that end as on Windows", `hosts:${host}`.replaceAll("\n", "\r\n")],
  ["comments and a document's start", `# fleet\n---\nhosts:${host}...\n`],
  ["anchors and merge keys", `defaults: &all { role: nat }\nhosts:${host}    <<: *all\n`],
])("%s does no harm", (_, text) => {
  expect(hostsOf(text).map(({ name }) => name)).toEqual(["web1"]);
});

test.each([
  ["tabs for indentation", "hosts:\n\tweb1: {}\n"],
  ["two documents", "hosts: {}\n---\nhosts: {}\n"],
  ["a name twice", `hosts:${host}${host.slice(1)}`],
  ["a key twice", withLine("role: nat\n    role: dns")],
  ["an anchor that is not there", "hosts: *all\n"],
  ["a document that holds itself", "defaults: &a { settings: *a }\nhosts: {}\n"],
  [
    "anchors that multiply",
    `a: &a [1,1,1,1,1,1,1,1,1]\n${Array.from(
      "bcdefghi",
      (name, index) =>
        `${name}: &${name} [${Array(9)
          .fill(`*${"abcdefgh".charAt(index)}`)
          .join(",")}]`,
    ).join("\n")}\nhosts: {}\n`,
  ],
  ["more levels than anyone reads", `hosts: ${"[".repeat(100_000)}`],
])("%s is refused, and the file is named", (_, text) => {
  const problems = problemsIn(load(text));
  expect(problems).not.toEqual([]);
  expect(problemsIn(parseInventoryText(text, "hosts.yaml")).map(({ path }) => path)).toEqual(["hosts.yaml"]);
});

test.each(["", "# nothing\n", "~\n", "[]\n", "hosts\n", "5\n", "hosts: []\n", "defaults: 5\n"])(
  "a file that holds %j is no inventory",
  (text) => {
    expect(pathsOf(text)).toEqual(["inventory"]);
  },
);

test("an empty fleet is no mistake, whatever way it is empty", () => {
  for (const text of ["hosts: {}\n", "hosts:\n", "{}\n", "defaults: {}\n"]) expect(hostsOf(text)).toEqual([]);
});

test("names that differ in anything are different hosts", () => {
  const two = `hosts:${host}${host.replace("web1", "WEB1").replace("192.0.2.1", "192.0.2.2").slice(1)}`;
  expect(hostsOf(two).map(({ name }) => name)).toEqual(["web1", "WEB1"]);
});

test.each(Array.from(" \t;&|<>()$`\\\"'*?[]#~!{}%^,@+=/:\u0000\u0007é☃"))(
  "a host's name with %j is refused",
  (character) => {
    const problems = problemsIn(checkInventory({ hosts: { [`web${character}1`]: {} } }, "/fleet", String));
    expect(problems.map(({ value }) => value)).toContain(`web${character}1`);
  },
);

test.each(["", "-web1", ".web1", "_web1", "..", "__proto__", "web\n1", "x".repeat(101)])(
  "the name %j is refused",
  (name) => {
    const problems = problemsIn(
      checkInventory(
        JSON.parse(JSON.stringify({ hosts: {} }).replace("{}", `{${JSON.stringify(name)}:{}}`)),
        "/fleet",
        String,
      ),
    );
    expect(problems.map(({ value }) => value)).toContain(name);
  },
);

test("whatever a file holds, it is a fleet or problems, never an exception", () => {
  const yamlish = fc.array(
    fc.constantFrom(
      "hosts:",
      "web1:",
      "connection:",
      " ",
      "  ",
      "\n",
      "\t",
      "- ",
      "&a",
      "*a",
      "<<:",
      "{",
      "}",
      "[",
      "]",
      '"',
      "'",
      "|",
      ">",
      "#",
      "? ",
      ": ",
      "!!binary",
      "---",
      "5",
      "é",
    ),
    { maxLength: 60 },
  );
  const attempt = (text: string): void => {
    for (const { limit } of problemsIn(load(text))) expect(limit).not.toBe("");
  };
  fc.assert(fc.property(fc.string(), attempt));
  fc.assert(
    fc.property(yamlish, (words) => attempt(words.join(""))),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => attempt(JSON.stringify({ defaults: value, hosts: { web1: value } }))),
  );
});

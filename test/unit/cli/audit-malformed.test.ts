/** Exported stacks in a form that no version of the component writes: findings, never an error of our own. */
import fs from "node:fs";
import { audit, connection, facts, inFolder, marker, useTemporaryFolder, write } from "../../support/audit";
import { component, encrypted, secret, settings, stack } from "../../support/audit-stack";

useTemporaryFolder();

const { timeouts: _timeouts, ...table } = settings;

test.each<[string, object, readonly string[]]>([
  ["settings that are null", { settings: null }, ["settings"]],
  ["facts that are null", { facts: null }, ["facts"]],
  ["a connection that is null", { connection: null }, ["connection"]],
  ["a connection that is a URL", { connection: `ssh://tuner:${marker}@192.0.2.1` }, ["connection"]],
  ["a login by number", { connection: { ...connection, user: 5 } }, ["connection.user"]],
  ["a bastion that is a list", { connection: { ...connection, bastion: [marker] } }, ["connection.bastion"]],
  ["settings without timeouts", { settings: table }, ["settings.timeouts"]],
  ["a timeout in words", { settings: { ...settings, timeouts: { x: "long" } } }, ["settings.timeouts.x"]],
  ["a max in words", { settings: { ...settings, max: "many" } }, ["settings.max"]],
  ["a role that nobody knows", { role: "router" }, ["role"]],
  ["RAM below nothing", { facts: { ...facts, memoryMiB: -1 } }, ["facts.memoryMiB"]],
  ["memory that is a number", { memory: 5 }, ["memory"]],
  ["a verdict that is text", { verdict: "passed" }, ["verdict"]],
  ["a secret whose plain text is no JSON", { facts: secret({ plaintext: marker }) }, ["facts"]],
])("A host with %s is reported, and the others are judged", async (_what, inputs, paths) => {
  const web2 = component({ verdict: undefined }, "web2");
  const { code, out, err, json } = await audit("--json", write("stack.json", stack(component(inputs), web2)));
  expect([code, err]).toEqual([1, ""]);
  const findings = json().findings.map(({ subject, rule, level, path }) => [subject, rule, level, path]);
  expect(findings).toEqual([
    ...paths.map((path) => ["web1", "valid-arguments", "mandatory", path]),
    ["web2", "require-verdict", "mandatory", "verdict"],
  ]);
  expect(out).not.toContain(marker);
});

test("What stands encrypted may have any form", async () => {
  const hidden = component({ facts: encrypted, settings: { ...settings, max: encrypted }, role: encrypted });
  const { json } = await audit("--json", write("stack.json", stack(hidden)));
  expect(json().findings.filter(({ rule }) => rule === "valid-arguments")).toEqual([]);
});

test("What another version of the component passes beside is no mistake", async () => {
  const more = component({ facts: { ...facts, disks: 2 }, connection: { ...connection, proxy: "none" }, later: {} });
  expect((await audit(write("stack.json", stack(more)))).code).toBe(0);
});

test.each<[string, unknown, RegExp]>([
  ["resources that are text", { deployment: { resources: marker } }, /holds no tuned host and no command/],
  ["a number for a resource", { deployment: { resources: [5] } }, /holds no tuned host and no command/],
  ["a resource without a type", stack({ urn: "urn:pulumi:prod::fleet::x::y" }), /holds no tuned host and no command/],
  [
    "more levels than anyone reads",
    JSON.stringify(stack(component({ deep: "DEEP" }))).replace('"DEEP"', "[".repeat(1e5) + "]".repeat(1e5)),
    /has more levels than anyone reads/,
  ],
])("A stack with %s cannot be used", async (_what, document, says) => {
  const { code, err } = await audit(write("stack.json", document));
  expect([code, err]).toEqual([2, expect.stringMatching(says)]);
});

describe("Control characters in a name", () => {
  const name = "we\u0007b]]>1\u001b[2J\u009b2J\n0 mandatory rules broken";
  const shown = "we\uFFFDb]]>1\uFFFD[2J\uFFFD2J\uFFFD0 mandatory rules broken";

  test("never reach the terminal", async () => {
    const { out } = await audit(write("stack.json", stack(component({ verdict: undefined }, name))));
    expect(out).toContain(`${shown}: require-verdict`);
    expect(out).not.toMatch(/[^\P{Cc}\n]/u);
  });

  test("of an inventory never reach the terminal either", async () => {
    const { out } = await audit(write("hosts.json", { hosts: { [name]: { connection: `tuner:${marker}` } } }));
    expect(out).toContain(`${shown}: valid-arguments`);
    expect(out).not.toMatch(/[^\P{Cc}\n]/u);
    expect(out).not.toContain(marker);
  });

  test("leave the JUnit report well-formed, in attributes and in texts", async () => {
    const timeouts = { ...settings.timeouts, nf_conntrack_udp_timeout: 77 };
    const other = component({ settings: { ...settings, timeouts } }, `${name}2`);
    const hidden = component({ settings: encrypted }, `${name}3`);
    const [file, report] = [write("stack.json", stack(component({}, name), other, hidden)), inFolder("audit.xml")];
    await audit("--junit", report, file);
    const xml = fs.readFileSync(report, "utf8");
    expect(xml).toContain("we\uFFFDb");
    expect(xml).not.toMatch(/[^\P{Cc}\t\n]/u);
    // A section ends at its first `]]>`; none may stand in what is left besides.
    expect(xml.replaceAll(/<!\[CDATA\[.*?\]\]>/gs, "").replaceAll(/"[^"]*"/g, "")).not.toContain("]]>");
  });
});

import fs from "node:fs";
import { audit, facts, hostKey, inFolder, marker, useTemporaryFolder, write } from "../../support/audit";

useTemporaryFolder();

const inventory = (web1: object = {}, defaults: object = {}) => ({
  defaults: { connection: { user: "tuner", sudo: true }, facts, ...defaults },
  hosts: { web1: { connection: { host: "192.0.2.1", hostKey }, ...web1 } },
});

describe("An inventory", () => {
  test("within its limits exits 0 and says what it proves and what was not judged", async () => {
    const file = write("hosts.yaml", inventory());
    const { code, out } = await audit(file);
    expect(code).toBe(0);
    expect(out).toContain(`Note: ${file} is an inventory: it proves what is to be set, not what any host has now.`);
    expect(out).toContain("forbid-raw-writes was not judged. An inventory holds no commands.");
    expect(out).toContain("1 host and 0 commands judged: 0 mandatory rules broken, 0 advisory findings.");
  });

  test("beyond its limits exits 1 with host, rule, level and the whole sentence", async () => {
    const timeouts = { nf_conntrack_tcp_timeout_established: 432000 };
    const { code, out } = await audit(write("hosts.yaml", inventory({ settings: { timeouts } })));
    expect(code).toBe(1);
    expect(out).toContain("web1: limit-established-timeout [mandatory, high]");
    expect(out).toContain("is 432000, which is more than the 86400 seconds (1 day) allowed");
  });

  test("with an instance type is judged by the RAM that it stands for", async () => {
    const typed = { instanceType: "m5.large", kernel: facts.kernel };
    const config = write("policies.json", { "bound-max": { maximumEntriesPerGiB: 1000 } });
    const file = write("hosts.yaml", inventory({ settings: { max: 524288 } }, { facts: typed }));
    const { code, out } = await audit("--config", config, file);
    expect(code).toBe(1);
    expect(out).toContain("a host with 8192 MiB of RAM may have");
  });

  test("may be JSON", async () => {
    expect((await audit(write("hosts.json", inventory()))).code).toBe(0);
  });

  test("with advisory findings only exits 0", async () => {
    const root = inventory({}, { connection: {} });
    const { code, json } = await audit("--json", write("hosts.yaml", root));
    expect([code, json().passed]).toEqual([0, true]);
    expect(json().findings.map(({ rule, level }) => [rule, level])).toEqual([["forbid-root-login", "advisory"]]);
  });

  test("with a host that cannot be planned fails for this host and judges the others", async () => {
    const document = inventory({ settings: { max: -1 } });
    const web2 = { connection: { host: "192.0.2.2", hostKey: undefined, insecureIgnoreHostKey: true } };
    const file = write("hosts.yaml", { ...document, hosts: { ...document.hosts, web2 } });
    const { code, json } = await audit("--json", file);
    expect(code).toBe(1);
    expect(json().findings.map(({ subject, rule }) => [subject, rule])).toEqual([
      ["web1", "valid-arguments"],
      ["web2", "pin-host-key"],
    ]);
    expect(json().findings[0]?.path).toBe("hosts.web1.settings.max");
  });

  test("needs no key, and reads none", async () => {
    const defaults = { connection: { user: "tuner", sudo: true, privateKeyFile: "/nowhere/id_ed25519" } };
    expect((await audit(write("hosts.yaml", inventory({}, defaults)))).code).toBe(0);
  });

  test("takes host keys from the file of known hosts beside it", async () => {
    write("known_hosts", `192.0.2.1 ${hostKey}\n`);
    const web1 = { connection: { host: "192.0.2.1", knownHostsFile: "known_hosts" } };
    expect((await audit(write("hosts.yaml", inventory(web1)))).code).toBe(0);
  });

  test("with secrets in plain text is reported with each path and no secret", async () => {
    const web1 = {
      connection: {
        host: "192.0.2.1",
        hostKey,
        password: marker,
        bastion: { host: "192.0.2.9", hostKey, user: "jump", privateKey: marker },
      },
    };
    const defaults = { connection: { user: "tuner", sudo: true, privateKeyPassphrase: marker } };
    const { code, out, json } = await audit("--json", write("hosts.yaml", inventory(web1, defaults)));
    expect(code).toBe(1);
    const clear = json().findings.filter(({ rule }) => rule === "encrypt-secrets");
    expect(clear.map(({ path: where }) => where)).toEqual([
      "defaults.connection.privateKeyPassphrase",
      "hosts.web1.connection.password",
      "hosts.web1.connection.bastion.privateKey",
    ]);
    expect(clear[0]?.message).toContain("stands in the file in plain text");
    expect(out).not.toContain(marker);
  });

  test("leaves out decommissioned hosts", async () => {
    const timeouts = { nf_conntrack_tcp_timeout_established: 432000 };
    const document = inventory();
    const web2 = { connection: { host: "192.0.2.2", hostKey }, decommissioned: true, settings: { timeouts } };
    const file = write("hosts.yaml", { ...document, hosts: { ...document.hosts, web2 } });
    const { code, json } = await audit("--json", file);
    expect([code, json().findings, json().files]).toEqual([0, [], [expect.objectContaining({ hosts: 1 })]]);
  });
});

describe("Reports and configuration", () => {
  test("A preset holds the hosts to a vendor's ranges", async () => {
    const { code, json } = await audit("--json", "--preset", "openshift", write("hosts.yaml", inventory()));
    expect(code).toBe(1);
    expect(json().findings.map(({ message }) => message)).toEqual([
      "settings.max is 262144, which differs from the 1048576 required (TuneD, profiles/openshift/tuned.conf). Write 1048576.",
      "settings.buckets is 262144, which differs from the 1048576 required (TuneD, profiles/openshift/tuned.conf). Write 1048576.",
    ]);
  });

  test("The JUnit report has a case for each host and rule; only broken mandatory rules fail", async () => {
    const report = inFolder("audit.xml");
    const file = write(
      "hosts.yaml",
      inventory({ settings: { timeouts: { nf_conntrack_tcp_timeout_established: 432000 } } }, { connection: {} }),
    );
    await audit("--junit", report, file);
    const xml = fs.readFileSync(report, "utf8");
    expect(xml).toContain('failures="1" errors="0"');
    expect(xml).toContain(`<testsuite name="inventory ${file}"`);
    expect(xml).toMatch(
      /<testcase classname="[^"]*hosts.yaml web1" name="limit-established-timeout: [^"]*">\s*<failure message="settings.timeouts/,
    );
    expect(xml).toMatch(/forbid-root-login[^>]*>\s*<system-out>\s*<!\[CDATA\[advisory: connection.user is root/);
    expect(xml).toMatch(/forbid-raw-writes[^>]*>\s*<skipped\/>/);
  });

  test.each<[string, () => string[], RegExp]>([
    ["a file that is not there", () => [inFolder("none.yaml")], /none.yaml.*ENOENT/],
    [
      "a file that is neither",
      () => [write("other.yaml", { replicas: 3 })],
      /neither an inventory nor an exported stack/,
    ],
    ["a list of hosts", () => [write("other.yaml", { hosts: ["web1"] })], /neither an inventory nor an exported stack/],
    ["broken YAML", () => [write("hosts.yaml", "hosts: [")], /This file cannot be read/],
    ["an unknown preset", () => ["--preset", "gcp", write("hosts.yaml", inventory())], /preset = "gcp": is no preset/],
    [
      "an unknown rule",
      () => ["--config", write("c.yaml", { "bound-maximum": "mandatory" }), write("hosts.yaml", inventory())],
      /bound-maximum: is no rule/,
    ],
    [
      "a report that cannot be written",
      () => ["--junit", inFolder("no/such/folder.xml"), write("hosts.yaml", inventory())],
      /JUnit report cannot be written/,
    ],
    ["an inventory without hosts", () => [write("hosts.yaml", { hosts: {} })], /hosts.yaml: holds no tuned host/],
    ["an empty object", () => [write("hosts.json", {})], /Nothing was judged/],
    [
      "an exported stack without hosts and commands",
      () => [write("stack.json", { deployment: { resources: [] } })],
      /stack.json: holds no tuned host and no command/,
    ],
    [
      "files that hold nothing, all together",
      () => [write("a.yaml", { hosts: {} }), write("b.yaml", inventory({ decommissioned: true }))],
      /a.yaml: holds no.*\n.*b.yaml: holds no/,
    ],
    ["no file at all", () => [], /missing required argument 'files'/],
  ])("Wrong use exits 2 and says why: %s", async (_what, words, says) => {
    const { code, err } = await audit(...words());
    expect(code).toBe(2);
    expect(err).toMatch(says);
  });

  test("Wrong use is JSON where JSON was asked for", async () => {
    const { code, out } = await audit("--json", inFolder("none.yaml"));
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { problems: [{ path: inFolder("none.yaml") }] } });
  });
});

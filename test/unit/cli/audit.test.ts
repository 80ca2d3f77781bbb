import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import YAML from "yaml";
import type { AuditReport } from "../../../src/cli/audit-report";
import { runCommandLine } from "../../../src/cli/command-line";
import { settingsHash } from "../../../src/simulation/settings-hash";

const marker = "swordfish-7f3a";
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIyPexample";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-audit-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const write = (name: string, document: unknown): string => {
  const file = path.join(folder, name);
  const text =
    typeof document === "string"
      ? document
      : name.endsWith(".json")
        ? JSON.stringify(document)
        : YAML.stringify(document);
  fs.writeFileSync(file, text);
  return file;
};

const audit = async (...words: string[]) => {
  let out = "";
  let err = "";
  const code = await runCommandLine(["audit", ...words], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    stdin: Readable.from([""]),
  });
  return { code, out, err, json: () => JSON.parse(out) as AuditReport };
};

const facts = {
  memoryMiB: 8192,
  arch: "x86_64",
  kernel: "6.1.0-50-cloud-amd64",
  unameVersion: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-06-30)",
};
const connection = { host: "192.0.2.1", user: "tuner", sudo: true, hostKey };

const inventory = (web1: object = {}, defaults: object = {}) => ({
  defaults: { connection: { user: "tuner", sudo: true }, facts, ...defaults },
  hosts: { web1: { connection: { host: "192.0.2.1", hostKey }, ...web1 } },
});

const secret = (rest: object) => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ...rest });
const encrypted = secret({ ciphertext: `v1:${marker}` });

const settings = { max: 262144, buckets: 262144, timeouts: { nf_conntrack_tcp_timeout_established: 86400 } };
const memory = { tableBytes: 2097152, entryBytes: 384, fullBytes: 102760448, shareOfRam: 0.01196 };

const verdict = { outcome: "notJudged", settingsHash: settingsHash({ era: "nf_conntrack 5.15+", settings }) };

const component = (inputs: object = {}, name = "web1") => ({
  urn: `urn:pulumi:prod::fleet::conntrack:index:ConntrackTuning::${name}`,
  type: "conntrack:index:ConntrackTuning",
  inputs: { connection: { ...connection, privateKey: encrypted }, facts, settings, memory, verdict, ...inputs },
});

const command = (inputs: object, name = "raw", parent?: string) => ({
  urn: `urn:pulumi:prod::fleet::command:remote:Command::${name}`,
  type: "command:remote:Command",
  parent,
  inputs: { connection: encrypted, ...inputs },
});

const stack = (...resources: object[]) => ({
  version: 3,
  deployment: {
    manifest: {},
    resources: [
      { urn: "urn:pulumi:prod::fleet::pulumi:pulumi:Stack::fleet-prod", type: "pulumi:pulumi:Stack" },
      ...resources,
    ],
  },
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

  test("with secrets in plain text is told each path and no secret", async () => {
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

  test("leaves out hosts that are gone", async () => {
    const { json } = await audit(
      "--json",
      write(
        "hosts.yaml",
        inventory({ gone: true, settings: { timeouts: { nf_conntrack_tcp_timeout_established: 432000 } } }),
      ),
    );
    expect(json().findings).toEqual([]);
  });
});

describe("An exported stack", () => {
  const child = command(
    {
      create: "sudo -n sh -s -- apply token=fleet/prod/web1 max=262144",
      stdin: "echo 1 > /proc/sys/net/netfilter/nf_conntrack_max",
    },
    "web1-host",
    component().urn,
  );

  test("within its limits exits 0 and says that it proves no host", async () => {
    const file = write("stack.json", stack(component(), child));
    const { code, out } = await audit(file);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining("1 host and 1 command judged: 0 mandatory rules broken, 0 advisory"),
    ]);
    expect(out).toContain(
      `${file} is an exported stack: it proves what was intended at the last update, not what any host has now`,
    );
  });

  test("with a raw command exits 1", async () => {
    const raw = command({ create: "sysctl -w net.netfilter.nf_conntrack_max=1" });
    const { code, json } = await audit("--json", write("stack.json", stack(component(), child, raw)));
    expect(code).toBe(1);
    expect(json().findings).toMatchObject([{ subject: "raw", rule: "forbid-raw-writes", path: "create" }]);
  });

  test("without a verdict is told so", async () => {
    const { json } = await audit("--json", write("stack.json", stack(component({ verdict: undefined }))));
    expect(json().findings.map(({ rule }) => rule)).toEqual(["require-verdict"]);
  });

  test("is judged as far as its secrets allow: what stands encrypted is listed, not passed", async () => {
    const hiddenSettings = component({ settings: encrypted });
    const hiddenCommand = command({ create: encrypted });
    const { code, json } = await audit("--json", write("stack.json", stack(hiddenSettings, hiddenCommand)));
    expect(code).toBe(0);
    const reasons = json().notJudged.filter(({ subject }) => subject !== undefined);
    expect(reasons.map(({ subject, rule }) => `${subject ?? ""} ${rule}`)).toEqual(
      expect.arrayContaining([
        "web1 bound-max",
        "web1 limit-bucket-load",
        "web1 agree-within-role",
        "raw forbid-raw-writes",
      ]),
    );
    expect(reasons.find(({ rule }) => rule === "bound-max")?.reason).toBe("settings is encrypted in the file.");
    expect(reasons.map(({ rule }) => rule)).not.toContain("limit-memory-share");
  });

  test("knows an encrypted password for a password", async () => {
    const password = component({ connection: { ...connection, password: encrypted } });
    const { json } = await audit("--json", write("stack.json", stack(password)));
    expect(json().findings.map(({ rule }) => rule)).toEqual(["forbid-password"]);
  });

  test.each([
    ["marked as a secret and shown", secret({ plaintext: JSON.stringify(marker) })],
    ["never marked as a secret", marker],
  ])("tells of a key that was %s, and does not repeat it", async (_how, privateKey) => {
    const clear = component({ connection: { ...connection, privateKey } });
    const { code, out, json } = await audit("--json", write("stack.json", stack(clear)));
    expect(code).toBe(1);
    expect(json().findings).toMatchObject([{ rule: "encrypt-secrets", path: "connection.privateKey" }]);
    expect(out).not.toContain(marker);
  });

  test("is judged without what the engine has yet to delete", async () => {
    const old = { ...command({ create: "sysctl -w net.netfilter.nf_conntrack_max=1" }), delete: true };
    expect((await audit(write("stack.json", stack(component(), old)))).code).toBe(0);
  });

  test("without any tuned host says that nothing was judged", async () => {
    const file = write("stack.json", stack());
    const { code, out } = await audit(file);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining(`${file} holds no tuned host and no command, so that nothing was judged.`),
    ]);
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

  test("Rules over a whole fleet count each file by itself, in the order of its hosts", async () => {
    const one = inventory();
    const two = {
      ...one,
      hosts: {
        ...one.hosts,
        web2: { connection: { host: "192.0.2.2", hostKey }, settings: { timeouts: { nf_conntrack_udp_timeout: 60 } } },
      },
    };
    const { json } = await audit("--json", write("a.yaml", one), write("b.yaml", two));
    expect(json().files.map(({ hosts }) => hosts)).toEqual([1, 2]);
    expect(json().findings.map(({ subject, rule, level }) => [subject, rule, level])).toEqual([
      ["web2", "agree-within-role", "advisory"],
    ]);
  });

  test("The JUnit report has a case for each host and rule; only broken mandatory rules fail", async () => {
    const report = path.join(folder, "audit.xml");
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
    ["a file that is not there", () => [path.join(folder, "none.yaml")], /none.yaml.*ENOENT/],
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
      () => ["--junit", path.join(folder, "no/such/folder.xml"), write("hosts.yaml", inventory())],
      /JUnit report cannot be written/,
    ],
    ["no file at all", () => [], /missing required argument 'files'/],
  ])("Wrong use exits 2 and says why: %s", async (_what, words, says) => {
    const { code, err } = await audit(...words());
    expect(code).toBe(2);
    expect(err).toMatch(says);
  });

  test("Wrong use is JSON where JSON was asked for", async () => {
    const { code, out } = await audit("--json", path.join(folder, "none.yaml"));
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { problems: [{ path: path.join(folder, "none.yaml") }] } });
  });
});

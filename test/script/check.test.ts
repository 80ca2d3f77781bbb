/** `check INVENTORY` on hosts that run the real host script behind real SSH. */
import fs from "node:fs";
import path from "node:path";
import { answerMarker } from "../../src/delivery/answer/parse";
import { hostIn } from "../support/fleet-host";
import { runCommand, startCommand, until } from "../support/command-line";
import { generateKeyPair, type SshHandler } from "../support/ssh-server";
import { hostWith } from "./script-run";
import type { SimulatedHost } from "./simulated-host";
import { legacyModule, modernModule, modernNotLoaded } from "./simulated-kernels";
import { serveFleet, sysctlFile, tune, tunedHost } from "./ssh-fleet";

const max = "proc/sys/net/netfilter/nf_conntrack_max";
const silent: SshHandler = () => ({});

interface CheckedHost {
  readonly status: string;
  readonly differences: readonly object[];
  readonly competingWriters: readonly string[];
  readonly warnings: readonly string[];
}
interface Checked {
  readonly passed: boolean;
  readonly hosts: Readonly<Record<string, CheckedHost>>;
  readonly unread: Readonly<Record<string, string>>;
  readonly decommissioned: readonly string[];
}
const parsed = (line: string): Checked => JSON.parse(line) as Checked;

test("hosts that are as planned are counted and exit 0, each time, and not a byte on them changes", async () => {
  const hosts = { web1: tunedHost(), web2: tunedHost() };
  const fleet = await serveFleet(hosts);
  const trees = () => Object.values(hosts).map((host) => host.snapshot(""));
  const before = trees();
  const first = await runCommand("check", fleet.inventory);
  expect(first).toMatchObject({ code: 0, out: "2 hosts: 2 as planned.\n", err: "" });
  expect(await runCommand("check", fleet.inventory)).toMatchObject({ code: 0, out: first.out });
  expect(trees()).toEqual(before);
  expect(fleet.server.executions.map(({ command }) => / (apply|verify|restore|facts) /.exec(command)?.[1])).toEqual(
    Array.from({ length: 4 }, () => "verify"),
  );
});

test("a value changed live is told beside what is on disk and what is planned, and exits 1", async () => {
  const fleet = await serveFleet({
    web1: tunedHost(),
    web2: tunedHost({ [max]: 1000 }),
    web3: tunedHost({ [max]: 1000 }),
  });
  const { code, out } = await runCommand("check", fleet.inventory);
  expect(code).toBe(1);
  expect(out).toBe(
    [
      "web2, web3: not as planned",
      "  SETTING  LIVE  ON DISK     PLANNED",
      "  max      1000  as planned  262144",
      "  7 more as planned.",
      "",
      "3 hosts: 1 as planned, 2 not as planned.",
      "",
    ].join("\n"),
  );
  const { hosts, passed } = parsed((await runCommand("check", fleet.inventory, "--json")).out);
  expect(passed).toBe(false);
  expect(hosts.web1).toMatchObject({ status: "asPlanned", differences: [] });
  expect(hosts.web2).toMatchObject({
    status: "differs",
    differences: [{ key: "max", live: 1000, onDisk: "as planned", planned: 262144 }],
  });
});

test("a max raised by hand is named as above the plan", async () => {
  const fleet = await serveFleet({ web1: tunedHost({ [max]: 524288 }) });
  const { code, out } = await runCommand("check", fleet.inventory);
  expect(code).toBe(1);
  expect(out).toContain("  max is above the plan; lowered only with allowShrink.\n");
});

test("a changed file and a missing one are told as such, also beside the values that they carry", async () => {
  const changed = tunedHost({ [sysctlFile.slice(1)]: "net.netfilter.nf_conntrack_max=5\n", [max]: 5 });
  const missing = tunedHost();
  missing.delete(sysctlFile.slice(1));
  const fleet = await serveFleet({ changed, missing });
  const { code, out } = await runCommand("check", fleet.inventory);
  expect(code).toBe(1);
  expect(out).toMatch(/^ {2}max +5 {5,}changed +262144$/m);
  expect(out).toMatch(/^ {2}\/etc\/sysctl\.d\/zz-pulumi-conntrack\.conf +changed$/m);
  expect(out).toMatch(/^ {2}\/etc\/sysctl\.d\/zz-pulumi-conntrack\.conf +missing$/m);
  const { hosts } = parsed((await runCommand("check", fleet.inventory, "--json")).out);
  expect(hosts.missing?.differences).toEqual([{ key: sysctlFile, onDisk: "missing", planned: "content of the plan" }]);
});

test("who else sets the same values is named, and which of them wins", async () => {
  const line = "net.netfilter.nf_conntrack_max=1000\n";
  const web1 = tunedHost({ "etc/sysctl.d/10-early.conf": line, "etc/sysctl.d/zzz-late.conf": line, [max]: 1000 });
  const fleet = await serveFleet({ web1 });
  const { out } = await runCommand("check", fleet.inventory);
  expect(out).toContain("  Also set by /etc/sysctl.d/10-early.conf, /etc/sysctl.d/zzz-late.conf.\n");
  expect(out.replace(/\s+/g, " ")).toContain(
    "/etc/sysctl.d/zzz-late.conf sets the same values and is read after our file",
  );
  const { hosts } = parsed((await runCommand("check", fleet.inventory, "--json")).out);
  expect(hosts.web1?.competingWriters).toEqual(["/etc/sysctl.d/10-early.conf", "/etc/sysctl.d/zzz-late.conf"]);
});

test("a file read after ours is told also where nothing differs yet, and exits 0", async () => {
  const fleet = await serveFleet({
    web1: tunedHost({ "etc/sysctl.d/zzz.conf": "net.netfilter.nf_conntrack_max=1\n" }),
  });
  const { code, out } = await runCommand("check", fleet.inventory);
  expect(code).toBe(0);
  expect(out).toContain("/etc/sysctl.d/zzz.conf sets the same values and is read after our file");
});

test("a host that was never tuned is not told as one that drifted", async () => {
  const fleet = await serveFleet({ web1: hostWith(modernModule) });
  const { code, out } = await runCommand("check", fleet.inventory);
  expect(code).toBe(1);
  expect(out).toContain("web1: never tuned, or put back: none of the plan's files is there\n");
  expect(out).toContain("1 host: 1 never tuned.\n");
  expect(out).toMatch(/^ {2}max +65536 +missing +262144$/m);
});

test("a host whose module is not loaded is as planned by its files, and says that nothing is in force", async () => {
  const web1 = hostWith(modernNotLoaded);
  tune(web1);
  const fleet = await serveFleet({ web1 });
  const { code, out } = await runCommand("check", fleet.inventory, "--all");
  expect(code).toBe(0);
  expect(out).toMatch(/^ {2}max +not loaded +as planned +262144$/m);
  expect(out.replace(/\s+/g, " ")).toContain("The module is not loaded: the settings are written for its next load");
  fleet.write({}, { loadModule: true });
  const loading = await runCommand("check", fleet.inventory);
  expect(loading.code).toBe(1);
  expect(loading.out).toMatch(/^ {2}module +not loaded +loaded$/m);
});

test("of an old host the file is named that holds our lines", async () => {
  const old = {
    facts: { memoryMiB: 2027, lowTotalKiB: 901112, arch: "i686", kernel: "2.6.18-398.el5PAE" },
    settings: { max: 65536, buckets: 16384, timeouts: { ip_conntrack_udp_timeout: 20 } },
  };
  const web1 = hostWith(legacyModule);
  tune(web1, old);
  const fleet = await serveFleet({ web1 });
  fleet.write({}, old);
  const fine = await runCommand("check", fleet.inventory);
  expect(fine).toMatchObject({ code: 0, out: expect.stringMatching(/1 host: 1 as planned\.\n$/) as string });
  const file = "etc/modprobe.conf";
  web1.write({ [file]: web1.read(file)?.replace("65536", "4096") ?? "" });
  const { code, out } = await runCommand("check", fleet.inventory);
  expect(code).toBe(1);
  expect(out).toMatch(/^ {2}\/etc\/modprobe\.conf +changed$/m);
});

describe("A host that cannot be read", () => {
  test("exits 3 with its reason, and the others are told nevertheless", async () => {
    const web1 = tunedHost({ [max]: 1000 });
    const fleet = await serveFleet({ web1, mute: silent, dead: tunedHost(), forged: tunedHost() });
    fleet.write({
      dead: { connection: { port: 1 } },
      forged: { connection: { hostKey: generateKeyPair().public.trim() } },
    });
    const { code, out } = await runCommand("check", fleet.inventory);
    expect(code).toBe(3);
    const flat = out.replace(/\s+/g, " ");
    expect(flat).toContain("mute: not read: exited with 0 and gave no answer.");
    expect(flat).toContain("dead: not read: nobody listens there (ECONNREFUSED).");
    expect(flat).toMatch(/forged: not read: .*fingerprint/);
    expect(flat).toContain("web1: not as planned");
    expect(flat).toContain("4 hosts: 1 not as planned, 3 not read.");
    const json = await runCommand("check", fleet.inventory, "--json");
    expect(json.code).toBe(3);
    expect(Object.keys(parsed(json.out).unread)).toEqual(["mute", "dead", "forged"]);
    expect(parsed(json.out)).toMatchObject({ passed: false, hosts: { web1: { status: "differs" } } });
  });

  test("may be called like a property that every object has", async () => {
    const fleet = await serveFleet({ constructor: silent, web1: tunedHost() });
    const { code, out } = await runCommand("check", fleet.inventory, "--json");
    expect(code).toBe(3);
    expect(parsed(out)).toMatchObject({ hosts: { web1: { status: "asPlanned" } } });
    expect(Object.keys(parsed(out).unread)).toEqual(["constructor"]);
  });

  test("is one that answers about what was not asked, or to something else", async () => {
    const fleet = await serveFleet({
      other: answering({ presence: "notLoaded", drift: [{ key: "/etc/passwd", planned: "x", found: "y" }] }),
      apply: answering({ command: "apply" }),
    });
    const { code, out } = await runCommand("check", fleet.inventory, "--json");
    expect(code).toBe(3);
    expect(parsed(out).unread).toEqual({
      other: expect.stringContaining("/etc/passwd, which is not of the plan") as string,
      apply: expect.stringContaining("it is of the command apply, and verify was asked") as string,
    });
  });
});

/** A host that answers as it likes. */
const answering =
  (members: object): SshHandler =>
  () => ({
    stdout: `${answerMarker} ${JSON.stringify({
      ...{ command: "verify", changed: false, previous: {}, presence: "module", kernel: "6.1.0-50-amd64" },
      ...{ memTotalKiB: 8025292, settings: {}, entries: 1, found: [], warnings: [], drift: [] },
      ...members,
    })}\n`,
  });

/** Control characters, which ECMA-48 gives terminals to obey. */
const commands = /[^\P{Cc}\t\n]/u;

test("nothing that a host sends reaches the terminal unescaped, in whatever form it is printed", async () => {
  const evil = "\u001b[2J\u009b31m\u0007\r<b>|`x`";
  const fleet = await serveFleet({
    answer: answering({ kernel: evil, loadedBy: [evil], competingWriters: [evil], warnings: [evil, `code:${evil}`] }),
    drift: answering({ drift: [{ key: evil, planned: evil, found: evil }] }),
    words: () => ({ stderr: `${evil}\n`, exitCode: 1 }),
    noise: () => ({ stdout: `${answerMarker} ${evil}\n` }),
  });
  const junit = path.join(fleet.folder, "check.xml");
  const outputs = await Promise.all([
    runCommand("check", fleet.inventory, "--all"),
    runCommand("check", fleet.inventory, "--json", "--junit", junit),
    runCommand("plan", fleet.inventory),
    runCommand("plan", fleet.inventory, "--json"),
    runCommand("plan", fleet.inventory, "--markdown"),
  ]);
  for (const { code, out, err } of outputs) {
    expect(code).toBe(3);
    expect(out + err).not.toMatch(commands);
    expect(out).toContain("words");
  }
  expect(fs.readFileSync(junit, "utf8")).not.toMatch(commands);
});

describe("Before any host is contacted", () => {
  test("everything that is wrong with flags and inventory is said at once, with exit 2", async () => {
    const fleet = await serveFleet({ web1: tunedHost(), web2: tunedHost() });
    fleet.write({ web1: { settings: { max: -1 } }, web2: { role: "router" } });
    const flags = ["--lanes", "0", "--watch", "--interval-seconds", "never", "--junit", "/nowhere/at/all.xml"];
    const { code, out, err } = await runCommand("check", fleet.inventory, ...flags);
    expect([code, out]).toEqual([2, ""]);
    for (const place of ["--lanes", "--interval-seconds", "--junit", "hosts.web1.settings.max", "hosts.web2.role"])
      expect(err).toContain(`  - ${place} = `);
    expect(fleet.server.connections).toBe(0);
  });

  test.each([
    ["a name in --only that is no host", ["--only", "web9"], "--only"],
    ["an interval without --watch", ["--interval-seconds", "5"], "--interval-seconds"],
  ])("%s is named, with exit 2", async (_what, flags, named) => {
    const fleet = await serveFleet({ web1: tunedHost() });
    const { code, err } = await runCommand("check", fleet.inventory, ...flags);
    expect(code).toBe(2);
    expect(err).toContain(`  - ${named}`);
    expect(fleet.server.connections).toBe(0);
  });

  test("an inventory without hosts does not pass, nor does one that is not there", async () => {
    const fleet = await serveFleet({});
    expect(await runCommand("check", fleet.inventory)).toMatchObject({ code: 2, out: "" });
    const json = await runCommand("check", `${fleet.inventory}.not`, "--json");
    expect(json.code).toBe(2);
    expect(json.json()).toMatchObject({ error: { problems: [{ path: "inventory" }] } });
  });

  test("a host whose name a terminal would obey is refused and printed harmlessly", async () => {
    const fleet = await serveFleet({});
    fs.writeFileSync(fleet.inventory, JSON.stringify({ hosts: { "\u001b[2J\u009b": {} } }));
    const { code, err } = await runCommand("check", fleet.inventory);
    expect(code).toBe(2);
    expect(err).toContain("is no name of a host");
    expect(err).not.toMatch(commands);
  });
});

test("a decommissioned host is listed and not dialled, and --only dials no other host", async () => {
  const fleet = await serveFleet({ web1: tunedHost(), web2: tunedHost(), gone1: tunedHost() });
  fleet.write({ gone1: { decommissioned: true } });
  const { code, out } = await runCommand("check", fleet.inventory);
  expect(code).toBe(0);
  expect(out).toContain("gone1: decommissioned, not contacted\n");
  expect(out).toContain("3 hosts: 2 as planned, 1 decommissioned.\n");
  expect(fleet.server.connections).toBe(2);
  fleet.server.resetCounts();
  const only = await runCommand("check", fleet.inventory, "--only", "web2", "--lanes", "1");
  expect(only.out).toBe("1 host: 1 as planned.\n");
  expect(fleet.server.executions.map(({ command }) => hostIn(command))).toEqual(["web2"]);
});

test("a login that is not root reads by sudo, through its bastion", async () => {
  const fleet = await serveFleet({ web1: silent });
  const { port, hostKey, clientKey: privateKey } = fleet.server;
  const bastion = { host: "127.0.0.9", port, hostKey, privateKey };
  fleet.write({ web1: { connection: { user: "tuner", sudo: true, bastion } } });
  expect((await runCommand("check", fleet.inventory)).code).toBe(3);
  expect(fleet.server.forwards).toBe(1);
  expect(fleet.server.executions).toMatchObject([
    { user: "tuner", command: expect.stringMatching(/^sudo -n sh -s -- verify /) as string },
  ]);
});

test("paths in an inventory count from the folder of the Pulumi.yaml above it", async () => {
  const fleet = await serveFleet({ web1: tunedHost() });
  fs.mkdirSync(path.join(fleet.folder, "fleets"));
  const inventory = path.join(fleet.folder, "fleets", "hosts.yaml");
  fs.renameSync(fleet.inventory, inventory);
  expect((await runCommand("check", inventory)).err).toContain("privateKeyFile");
  fs.writeFileSync(path.join(fleet.folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
  expect((await runCommand("check", inventory)).code).toBe(0);
});

test("a JUnit report has a case for each host: failed, in error, skipped, passed", async () => {
  const fleet = await serveFleet({ web1: tunedHost(), web2: tunedHost({ [max]: 1000 }), mute: silent, old: silent });
  fleet.write({ old: { decommissioned: true } });
  const file = path.join(fleet.folder, "check.xml");
  expect((await runCommand("check", fleet.inventory, "--junit", file)).code).toBe(3);
  const xml = fs.readFileSync(file, "utf8");
  expect(xml).toContain('tests="4" failures="1" errors="1" skipped="1"');
  expect(xml).toContain('<failure message="max is 1000, planned 262144" type="differs"/>');
  expect(xml).toMatch(/hosts\.yaml mute"[^>]*>\s*<error message="exited with 0 and gave no answer/);
});

describe("With --watch", () => {
  const watch = (inventory: string, ...words: string[]) =>
    startCommand(["check", inventory, "--watch", "--interval-seconds", "0.1", ...words]);
  const set = (host: SimulatedHost, value: number): void => host.write({ [max]: value });

  test("only what changed is printed, with the time, and Ctrl-C ends with the code of the last reading", async () => {
    let isMute = false;
    const web1 = tunedHost();
    const web2 = tunedHost();
    const fleet = await serveFleet({ web1, web2 });
    const { handler } = fleet;
    fleet.server.behave({ handler: (execution) => (isMute ? {} : handler(execution)) });
    const run = watch(fleet.inventory);
    await until(() => run.out.includes("2 hosts: 2 as planned.\n"));
    const first = run.out.length;
    set(web2, 1000);
    await until(() => run.out.includes("planned 262144"));
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;
    expect(run.out.slice(first)).toMatch(new RegExp(`^${time} web2: max is 1000, planned 262144\n$`));
    set(web2, 262144);
    await until(() => run.out.includes("as planned again"));
    expect(run.out.slice(first).trimEnd().split("\n")[1]).toMatch(
      new RegExp(`^${time} web2: max is as planned again$`),
    );
    isMute = true;
    await until(() => run.out.includes("not read"));
    isMute = false;
    await until(() => run.out.includes("web1, web2: is read again"));
    set(web1, 1000);
    await until(() => run.out.includes("web1: max is 1000"));
    run.interrupt();
    expect(await run.code).toBe(1);
  });

  test("and --json each reading is one line", async () => {
    const web1 = tunedHost();
    const fleet = await serveFleet({ web1 });
    const run = watch(fleet.inventory, "--json");
    await until(() => run.out.includes("asPlanned"));
    set(web1, 1000);
    await until(() => run.out.includes("differs"));
    set(web1, 262144);
    await until(() => /differs[^]*asPlanned/.test(run.out));
    run.interrupt();
    expect(await run.code).toBe(0);
    const readings = run.out.trimEnd().split("\n").map(parsed);
    expect(new Set(readings.map(({ passed }) => passed))).toEqual(new Set([true, false]));
  });
});

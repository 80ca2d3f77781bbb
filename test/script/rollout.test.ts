/** `rollout INVENTORY` on hosts that run the real host script behind real SSH. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { hostIn } from "../support/fleet-host";
import { programEnvironment, programFile } from "../support/built-program";
import { runCommand, startCommand, until } from "../support/command-line";
import type { SshHandler } from "../support/ssh-server";
import { hostWith } from "./script-run";
import type { SimulatedHost } from "./simulated-host";
import { modernModule } from "./simulated-kernels";
import { request, serveFleet, tune, type SshFleet } from "./ssh-fleet";

const names = ["web1", "web2", "web3"] as const;
/** web1, and then the others. */
const canaryFirst = { canary: ["web1"] };

interface WaveOut {
  readonly name: string;
  readonly place: string;
  readonly result: string;
  readonly members: readonly string[];
  readonly reasons: readonly string[];
  readonly pending: readonly string[];
  readonly lastUpdate?: { readonly outcomes: object; readonly gate?: object; readonly changes: readonly string[] };
}
interface Out {
  readonly passed: boolean;
  readonly owner: string;
  readonly waves: readonly WaveOut[];
  readonly goOn?: string;
}
const parsed = (text: string): Out => JSON.parse(text) as Out;

type Hosts = Readonly<Record<(typeof names)[number], SimulatedHost>>;
const freshHosts = (): Hosts => ({
  web1: hostWith(modernModule),
  web2: hostWith(modernModule),
  web3: hostWith(modernModule),
});

const statePath = ({ inventory }: SshFleet): string => `${inventory}.rollout.json`;
const stateText = (fleet: SshFleet): string => fs.readFileSync(statePath(fleet), "utf8");

const modesOf = ({ server }: SshFleet): readonly string[] =>
  server.executions.map(({ command }) => / (apply|verify|restore|facts) /.exec(command)?.[1] ?? "");

const servedFleet = async (rollout: object = canaryFirst) => {
  const hosts = freshHosts();
  const before = Object.fromEntries(names.map((name) => [name, hosts[name].withoutAudit()]));
  const fleet = await serveFleet(hosts);
  fleet.write({}, {}, { rollout });
  return { hosts, before, fleet };
};

const maxOf = (hosts: Hosts): readonly number[] => names.map((name) => hosts[name].live("max"));

/** A host that sets nothing as long as it is broken. */
const breaking =
  (host: SimulatedHost, isBroken: () => boolean): SshHandler =>
  (execution) => {
    if (isBroken() && execution.command.includes(" apply "))
      return { stderr: "set: no room: make some\n", exitCode: 1 };
    const { status, stdout, stderr } = host.run(execution.stdin, execution.command);
    return { stdout, stderr, exitCode: status ?? 1 };
  };

const started: ChildProcess[] = [];
afterEach(() => started.splice(0).forEach((child) => child.kill("SIGKILL")));

/** The program in a process of its own, to be killed. */
const startProgram = (...words: readonly string[]) => {
  const child = spawn(process.execPath, [programFile, ...words], { env: programEnvironment });
  started.push(child);
  const said = { out: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  return { child, said, ended: once(child, "close") as Promise<[number | null, string | null]> };
};

describe("A fleet in waves", () => {
  test("is set wave by wave, the canary first, and exits 0", async () => {
    const { hosts, fleet } = await servedFleet();
    const { code, out } = await runCommand("rollout", fleet.inventory, "--json");
    expect(code).toBe(0);
    const { passed, owner, waves } = parsed(out);
    expect([passed, owner]).toEqual([true, "rollout/hosts.yaml"]);
    expect(waves).toMatchObject([
      { name: "fleet-canary", place: "1 of 2", result: "passed", members: ["web1"], pending: [] },
      { name: "fleet-1", place: "2 of 2, after fleet-canary", result: "passed", members: ["web2", "web3"] },
    ]);
    expect(waves[1]?.lastUpdate).toMatchObject({ outcomes: { set: 2 }, gate: { passed: true, hosts: 2 } });
    expect(waves[1]?.lastUpdate?.changes.join()).toContain("max 65536 -> 262144");
    expect(maxOf(hosts)).toEqual([262144, 262144, 262144]);
    const applied = fleet.server.executions.filter(({ command }) => command.includes(" apply "));
    expect(hostIn(applied[0]?.command ?? "")).toBe("web1");
    expect(applied.map(({ command }) => / token=(\S+)/.exec(command)?.[1]).sort()).toEqual([
      "rollout/hosts.yaml/web1/fleet-canary",
      "rollout/hosts.yaml/web2/fleet-1",
      "rollout/hosts.yaml/web3/fleet-1",
    ]);
    expect((await runCommand("check", fleet.inventory)).out).toBe("3 hosts: 3 as planned.\n");
    expect((await runCommand("status", statePath(fleet))).code).toBe(0);
  });

  test("is only read by a second run, which changes neither a host nor the state", async () => {
    const { hosts, fleet } = await servedFleet();
    await runCommand("rollout", fleet.inventory);
    const trees = () => names.map((name) => hosts[name].snapshot(""));
    const [before, state] = [trees(), stateText(fleet)];
    fleet.server.resetCounts();
    const { code, out } = await runCommand("rollout", fleet.inventory);
    expect(code).toBe(0);
    expect(out).toContain("3 hosts in 2 waves: nothing pending.");
    expect(modesOf(fleet)).toEqual(["verify", "verify", "verify"]);
    expect([trees(), stateText(fleet)]).toEqual([before, state]);
  });

  test("is contacted where something changed only: another timeout of one host, a value that drifted", async () => {
    const { hosts, fleet } = await servedFleet();
    await runCommand("rollout", fleet.inventory);
    const settings = { ...request.settings, timeouts: { nf_conntrack_udp_timeout: 25 } };
    fleet.write({ web3: { settings } }, {}, { rollout: canaryFirst });
    hosts.web1.write({ [hosts.web1.livePath("max")]: 1000 });
    fleet.server.resetCounts();
    const { code, out } = await runCommand("rollout", fleet.inventory);
    expect(code).toBe(0);
    expect(out).toContain("warning: web1: max is 1000, not 262144");
    expect(out).toContain("web1: max 1000 -> 262144");
    expect(out).toContain("web3: nf_conntrack_udp_timeout 20 -> 25");
    const applied = fleet.server.executions.filter(({ command }) => command.includes(" apply "));
    expect(applied.map(({ command }) => hostIn(command))).toEqual(["web1", "web3"]);
    expect(maxOf(hosts)).toEqual([262144, 262144, 262144]);
    expect(hosts.web3.live("nf_conntrack_udp_timeout")).toBe(25);
  });

  test("is asked what it is made of where nobody declared it", async () => {
    const { hosts, fleet } = await servedFleet();
    fs.writeFileSync(fleet.inventory, fs.readFileSync(fleet.inventory, "utf8").replace(/ {2}facts:\n( {4}.*\n)+/, ""));
    const { code } = await runCommand("rollout", fleet.inventory);
    expect([code, maxOf(hosts)]).toEqual([0, [262144, 262144, 262144]]);
  });
});

test("a dry run says who is in which wave and what changes there, and writes nothing, a state neither", async () => {
  const { hosts, before, fleet } = await servedFleet({ ...canaryFirst, soakSeconds: 60 });
  const files = fs.readdirSync(fleet.folder);
  const { code, out } = await runCommand("rollout", fleet.inventory, "--dry-run");
  expect(code).toBe(0);
  expect(out).toContain("fleet-canary (wave 1 of 2), 1 host: web1\n  then 60 s of soak time and the gate\n");
  expect(out).toContain("fleet-1 (wave 2 of 2, after fleet-canary), 2 hosts: web2, web3\n");
  expect(out).toContain("max 65536 -> 262144");
  expect(new Set(modesOf(fleet))).toEqual(new Set(["verify"]));
  for (const name of names) expect(hosts[name].withoutAudit()).toEqual(before[name]);
  expect(fs.readdirSync(fleet.folder)).toEqual(files);
  const json = await runCommand("rollout", fleet.inventory, "--dry-run", "--json");
  expect(parsed(json.out)).toMatchObject({
    ...{ passed: true, dryRun: true },
    waves: [
      { name: "fleet-canary", changing: ["web1"] },
      { name: "fleet-1", changing: ["web2", "web3"] },
    ],
  });
});

test("--only changes no other host, and contacts none", async () => {
  const { hosts, fleet } = await servedFleet();
  const { code } = await runCommand("rollout", fleet.inventory, "--only", "web2", "--lanes", "1");
  expect([code, maxOf(hosts)]).toEqual([0, [65536, 262144, 65536]]);
  expect(new Set(fleet.server.executions.map(({ command }) => hostIn(command)))).toEqual(new Set(["web2"]));
});

describe("A wave that does not pass", () => {
  test("because a host fails stops the rollout with its reason, and the next run does what is left", async () => {
    const hosts = freshHosts();
    const state = { isBroken: true };
    const fleet = await serveFleet({ ...hosts, web2: breaking(hosts.web2, () => state.isBroken) });
    fleet.write({}, {}, { rollout: { canary: ["web2"] } });
    const { code, out } = await runCommand("rollout", fleet.inventory, "--json");
    expect(code).toBe(1);
    expect(parsed(out)).toMatchObject({
      passed: false,
      waves: [
        { name: "fleet-canary", result: "failed", pending: ["web2"] },
        { name: "fleet-1", result: "notBegun" },
      ],
      goOn: `pulumi-conntrack rollout ${fleet.inventory}`,
    });
    expect(parsed(out).waves[0]?.reasons.join("\n")).toContain("web2: set: no room: make some");
    expect(parsed(out).waves[0]?.reasons.join("\n")).toContain(`pulumi-conntrack rollout ${fleet.inventory}`);
    expect(maxOf(hosts)).toEqual([65536, 65536, 65536]);
    state.isBroken = false;
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(maxOf(hosts)).toEqual([262144, 262144, 262144]);
  });

  test("is tolerated within maximumFailures; then the others go on, and the exit code is 1 until it is done", async () => {
    const hosts = freshHosts();
    const state = { isBroken: true };
    const fleet = await serveFleet({ ...hosts, web1: breaking(hosts.web1, () => state.isBroken) });
    fleet.write({}, {}, { rollout: { ...canaryFirst, maximumFailures: 1 } });
    const { code, out } = await runCommand("rollout", fleet.inventory, "--json");
    expect(code).toBe(1);
    expect(parsed(out).waves).toMatchObject([
      { result: "passed", pending: ["web1"] },
      { result: "passed", pending: [] },
    ]);
    state.isBroken = false;
    fleet.server.resetCounts();
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(modesOf(fleet).filter((mode) => mode === "apply")).toHaveLength(1);
  });

  test("leaves hosts pending that --only does not name, and does not contact them", async () => {
    const hosts = freshHosts();
    const state = { isBroken: true };
    const broken = (host: SimulatedHost) => breaking(host, () => state.isBroken);
    const fleet = await serveFleet({ web1: broken(hosts.web1), web2: broken(hosts.web2), web3: broken(hosts.web3) });
    fleet.write({}, {}, { rollout: { maximumFailures: 3 } });
    const first = await runCommand("rollout", fleet.inventory, "--json");
    expect(parsed(first.out).waves[0]?.pending).toEqual(["web1", "web2", "web3"]);
    state.isBroken = false;
    fleet.server.resetCounts();
    const only = await runCommand("rollout", fleet.inventory, "--only", "web1", "--json");
    expect(only.code).toBe(1);
    expect(parsed(only.out).waves[0]?.pending).toEqual(["web2", "web3"]);
    expect(new Set(fleet.server.executions.map(({ command }) => hostIn(command)))).toEqual(new Set(["web1"]));
    expect(maxOf(hosts)).toEqual([262144, 65536, 65536]);
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(maxOf(hosts)).toEqual([262144, 262144, 262144]);
  });

  /** Entries are 10, so that a share of 0.00001 of 524288 is broken, and 0.001 of it is not. */
  const tight = { gate: { maximumFill: 0.00001 } };
  const wide = { gate: { maximumFill: 0.001 } };

  test("because its gate breaks gives new hosts back what they had, byte for byte, and begins no other", async () => {
    const { hosts, before, fleet } = await servedFleet({ ...canaryFirst, ...tight });
    const { code, out } = await runCommand("rollout", fleet.inventory, "--json");
    expect(code).toBe(1);
    expect(parsed(out).waves).toMatchObject([
      { result: "failed", pending: ["web1"], lastUpdate: { outcomes: { putBack: 1 }, gate: { passed: false } } },
      { result: "notBegun", pending: [] },
    ]);
    expect(parsed(out).waves[0]?.reasons.join("\n")).toContain("gate.maximumFill allows 0.001 %");
    for (const name of names) expect(hosts[name].withoutAudit()).toEqual(before[name]);
    fleet.write({}, {}, { rollout: { ...canaryFirst, ...wide } });
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(maxOf(hosts)).toEqual([262144, 262144, 262144]);
  });

  test("gives hosts that were tuned the values and files of before, and never the kernel's own", async () => {
    const { hosts, fleet } = await servedFleet({ ...canaryFirst, ...wide });
    await runCommand("rollout", fleet.inventory);
    const before = names.map((name) => hosts[name].withoutAudit());
    const settings = { max: 524288, buckets: 524288, timeouts: { nf_conntrack_udp_timeout: 40 } };
    fleet.write({}, { settings }, { rollout: { ...canaryFirst, ...tight } });
    const { code } = await runCommand("rollout", fleet.inventory);
    expect(code).toBe(1);
    expect(names.map((name) => hosts[name].withoutAudit())).toEqual(before);
    fleet.write({}, { settings }, { rollout: { ...canaryFirst, ...wide } });
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(maxOf(hosts)).toEqual([524288, 524288, 524288]);
  });
});

describe("A run that is ended", () => {
  const reachedState = (fleet: SshFleet, holds: (text: string) => boolean): Promise<void> =>
    until(() => fs.existsSync(statePath(fleet)) && holds(stateText(fleet)));

  /** Nobody is at work any more on any host. */
  const quiet = async ({ server }: SshFleet): Promise<void> => until(() => server.openConnections === 0);

  /** Hosts that wait before they do as they are told, as long as somebody holds them. */
  const heldFleet = async (rollout: object, holds: (command: string) => boolean) => {
    const hosts = freshHosts();
    const before = Object.fromEntries(names.map((name) => [name, hosts[name].withoutAudit()]));
    const state = { isHeld: true, waiting: 0 };
    const held =
      (host: SimulatedHost): SshHandler =>
      async ({ command, stdin }) => {
        if (state.isHeld && holds(command)) {
          state.waiting += 1;
          await until(() => !state.isHeld);
          return { exitCode: 255 };
        }
        const { status, stdout, stderr } = host.run(stdin, command);
        return { stdout, stderr, exitCode: status ?? 1 };
      };
    const fleet = await serveFleet(Object.fromEntries(names.map((name) => [name, held(hosts[name])])));
    fleet.write({}, {}, { rollout });
    return { hosts, before, fleet, state };
  };

  test("by kill -9 between two waves is gone on with: the wave that passed is only read", async () => {
    const { hosts, fleet, state } = await heldFleet(
      canaryFirst,
      (command) => command.includes("fleet-1") && command.includes(" apply "),
    );
    const { child, ended } = startProgram("rollout", fleet.inventory);
    await until(() => state.waiting === 2);
    child.kill("SIGKILL");
    await ended;
    expect(maxOf(hosts)).toEqual([262144, 65536, 65536]);
    state.isHeld = false;
    await quiet(fleet);
    fleet.server.resetCounts();
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    const applied = fleet.server.executions.filter(({ command }) => command.includes(" apply "));
    expect(applied.map(({ command }) => hostIn(command)).sort()).toEqual(["web2", "web3"]);
    expect(maxOf(hosts)).toEqual([262144, 262144, 262144]);
  });

  test("by kill -9 in a wave goes on there, and where the gate then breaks new hosts get their own values back", async () => {
    const wide = { soakSeconds: 600, gate: { maximumFill: 0.5 } };
    const { hosts, before, fleet } = await servedFleet(wide);
    const { child, ended } = startProgram("rollout", fleet.inventory);
    await until(() => maxOf(hosts).every((max) => max === 262144));
    child.kill("SIGKILL");
    await ended;
    await quiet(fleet);
    expect(JSON.parse(stateText(fleet))).toMatchObject({
      waves: [{ state: { pending: ["web1", "web2", "web3"] }, begun: { untouched: ["web1", "web2", "web3"] } }],
    });
    expect(await runCommand("status", statePath(fleet), "--json")).toMatchObject({
      code: 1,
      out: expect.stringContaining('"hosts":["web1","web2","web3"]') as string,
    });
    fleet.write({}, {}, { rollout: { gate: { maximumFill: 0.00001 } } });
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(1);
    for (const name of names) expect(hosts[name].withoutAudit()).toEqual(before[name]);
  });

  test("by kill -9 in a change of tuned hosts goes on with it, and where the gate breaks they get back what they had before it", async () => {
    const { hosts, fleet } = await servedFleet({});
    await runCommand("rollout", fleet.inventory);
    const before = names.map((name) => hosts[name].withoutAudit());
    const settings = { max: 524288, buckets: 524288, timeouts: { nf_conntrack_udp_timeout: 40 } };
    fleet.write({}, { settings }, { rollout: { soakSeconds: 600 } });
    const { child, ended } = startProgram("rollout", fleet.inventory);
    await until(() => maxOf(hosts).every((max) => max === 524288));
    child.kill("SIGKILL");
    await ended;
    await quiet(fleet);
    fleet.write({}, { settings }, { rollout: { gate: { maximumFill: 0.00001 } } });
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(1);
    expect(names.map((name) => hosts[name].withoutAudit())).toEqual(before);
    fleet.write({}, { settings });
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(maxOf(hosts)).toEqual([524288, 524288, 524288]);
  });

  test("by Ctrl-C in the soak time puts the wave back, begins no other, and exits 1", async () => {
    const { hosts, before, fleet } = await servedFleet({ ...canaryFirst, soakSeconds: 600 });
    const { child, said, ended } = startProgram("rollout", fleet.inventory);
    await until(() => hosts.web1.live("max") === 262144);
    // Its answer is there, and the soak time has begun.
    await quiet(fleet);
    child.kill("SIGINT");
    expect(await ended).toEqual([1, null]);
    for (const name of names) expect(hosts[name].withoutAudit()).toEqual(before[name]);
    expect(said.out).toContain("cancelled in the soak time");
    expect(JSON.parse(stateText(fleet))).toMatchObject({ waves: [{ state: { pending: ["web1"] } }] });
    fleet.write({}, {}, { rollout: canaryFirst });
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(maxOf(hosts)).toEqual([262144, 262144, 262144]);
  });

  test("by Ctrl-C twice ends at once, and the next run goes on", async () => {
    const { hosts, fleet, state } = await heldFleet({}, (command) => command.includes(" apply "));
    const { child, said, ended } = startProgram("rollout", fleet.inventory);
    await until(() => state.waiting === 3);
    child.kill("SIGINT");
    await until(() => said.out.includes("Interrupted"));
    child.kill("SIGINT");
    expect(await ended).toEqual([null, "SIGINT"]);
    state.isHeld = false;
    await quiet(fleet);
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(maxOf(hosts)).toEqual([262144, 262144, 262144]);
  });

  test("by Ctrl-C while hosts are read sets none of them", async () => {
    const { hosts, fleet, state } = await heldFleet({}, (command) => command.includes(" verify "));
    const run = startCommand(["rollout", fleet.inventory]);
    await until(() => state.waiting === 3);
    run.interrupt();
    state.isHeld = false;
    expect(await run.code).toBe(1);
    expect(run.out).toContain("interrupted before this wave was begun");
    expect(maxOf(hosts)).toEqual([65536, 65536, 65536]);
    expect(modesOf(fleet)).not.toContain("apply");
  });

  test("leaves no lock behind that hinders, and one at work lets no second one in", async () => {
    const { hosts, fleet } = await servedFleet({ soakSeconds: 600 });
    const { child, ended } = startProgram("rollout", fleet.inventory);
    await reachedState(fleet, () => maxOf(hosts).every((max) => max === 262144));
    await quiet(fleet);
    fleet.server.resetCounts();
    const second = await runCommand("rollout", fleet.inventory);
    expect(second.code).toBe(2);
    expect(second.err).toContain(`is in use by process ${child.pid}`);
    expect(fleet.server.connections).toBe(0);
    child.kill("SIGKILL");
    await ended;
    fleet.write();
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(fs.readdirSync(fleet.folder).filter((name) => /lock|new/.test(name))).toEqual([]);
  });
});

describe("The state of a rollout", () => {
  /** Lines of a key, and words that stand for secrets. */
  const secretsOf = ({ server }: SshFleet): readonly string[] => [
    ...server.clientKey.split("\n").filter((line) => line.length > 20),
    "hunter2",
  ];
  const login = { password: "hunter2", privateKeyPassphrase: "hunter2" };
  /** The inventory with a password beside the key, of its own and of its defaults. */
  const withPassword = (fleet: SshFleet, left: readonly string[] = [], rollout: object = canaryFirst): void => {
    const { port, hostKey, clientKey: privateKey } = fleet.server;
    fleet.write({}, { connection: { port, hostKey, privateKey, password: login.password } }, { rollout });
    let text = fs.readFileSync(fleet.inventory, "utf8");
    for (const name of left) text = text.replace(new RegExp(` {2}${name}:\n( {4}.*\n)+`), "");
    fs.writeFileSync(fleet.inventory, text);
  };

  test("is a file that only its owner reads, and holds no login: done, failed, left over or killed", async () => {
    const hosts = freshHosts();
    const state = { isBroken: false };
    const web3: SshHandler = ({ command, stdin }) => {
      if (state.isBroken && !command.includes(" verify ")) return { stderr: "set: no room: make some\n", exitCode: 1 };
      const { status, stdout, stderr } = hosts.web3.run(stdin, command);
      return { stdout, stderr, exitCode: status ?? 1 };
    };
    const fleet = await serveFleet({ ...hosts, web3 });
    const expectNoSecret = (): void => {
      for (const secret of secretsOf(fleet)) expect(stateText(fleet)).not.toContain(secret);
      expect(fs.statSync(statePath(fleet)).mode & 0o777).toBe(0o600);
    };
    withPassword(fleet);
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expectNoSecret();
    state.isBroken = true;
    hosts.web3.write({ [hosts.web3.livePath("max")]: 1000 });
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(1);
    expectNoSecret();
    withPassword(fleet, ["web3"]);
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(1);
    expectNoSecret();
    expect(stateText(fleet)).toContain("leftover");
  });

  /** A state as a rollout leaves it. */
  let good: string | undefined;
  const damages: readonly (readonly [what: string, damage: (text: string) => string])[] = [
    ["cut off", (text) => text.slice(0, text.length / 2)],
    ["empty", () => ""],
    ["a list", () => "[]"],
    ["of a later release", (text) => text.replace('"version": 1', '"version": 2')],
    ["with an owner that a shell would obey", (text) => text.replaceAll("rollout/hosts.yaml", "x/y;reboot")],
    ["with a host whose name is a path", (text) => text.replaceAll('"web1"', '"../../web1"')],
    ["with an address that is an option", (text) => text.replace('"127.0.0.1"', '"-oProxyCommand=reboot"')],
    ["with a number that is a command", (text) => text.replace('"max": 262144', '"max": "1;reboot"')],
    ["without its waves", (text) => text.replace('"waves"', '"was"')],
    ["with a wave twice", (text) => text.replaceAll("fleet-canary", "fleet-1")],
    ["with hosts that are a list", (text) => text.replace(/"hosts": \{/, '"hosts": [], "x": {')],
  ];
  test.each(damages)("%s is refused with file and remedy, before any host is contacted", async (_what, damage) => {
    good ??= stateText((await tunedFleet()).fleet);
    const fleet = await serveFleet(freshHosts());
    const damaged = damage(good);
    expect(damaged).not.toBe(good);
    fs.writeFileSync(statePath(fleet), damaged, { mode: 0o600 });
    for (const flags of [[], ["--dry-run"]]) {
      const { code, out, err } = await runCommand("rollout", fleet.inventory, ...flags);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toContain(`--state = "${statePath(fleet)}": cannot be used: `);
      expect(err).toContain("Put a copy of it back, or move it away");
      expect(err.split("\n").length).toBeLessThan(8);
    }
    expect(fleet.server.connections).toBe(0);
  });

  test.each([
    ["that others may write", (file: string) => fs.chmodSync(file, 0o666), "may be written by others"],
    [
      "that is a link",
      (file: string) => {
        fs.renameSync(file, `${file}.real`);
        fs.symlinkSync(`${file}.real`, file);
      },
      "is no file of its own",
    ],
    [
      "that is a folder",
      (file: string) => {
        fs.rmSync(file);
        fs.mkdirSync(file);
      },
      "is no file of its own",
    ],
  ])("%s is refused", async (_what, change, said) => {
    const { fleet } = await tunedFleet();
    change(statePath(fleet));
    const { code, err } = await runCommand("rollout", fleet.inventory);
    expect(code).toBe(2);
    expect(err).toContain(said);
    expect(fleet.server.connections).toBe(0);
  });

  test("that is lost changes nothing: every host is asked once more, and keeps what it has", async () => {
    const { hosts, fleet } = await tunedFleet();
    const before = names.map((name) => hosts[name].snapshot("etc", "proc", "sys"));
    fs.rmSync(statePath(fleet));
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(names.map((name) => hosts[name].snapshot("etc", "proc", "sys"))).toEqual(before);
  });

  test("that cannot be written stops the rollout before the first host is set, and exits 3", async () => {
    const { hosts, fleet } = await servedFleet();
    fs.mkdirSync(`${statePath(fleet)}.new`);
    const { code, err } = await runCommand("rollout", fleet.inventory);
    expect(code).toBe(3);
    expect(err).toContain(`The state cannot be written to ${statePath(fleet)}: `);
    expect(err).not.toContain("Internal error");
    expect(maxOf(hosts)).toEqual([65536, 65536, 65536]);
    fs.rmdirSync(`${statePath(fleet)}.new`);
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
  });

  test("stands where --state says, and what it cannot be is told before any host is contacted", async () => {
    const { fleet } = await servedFleet();
    const other = `${fleet.folder}/other.json`;
    expect((await runCommand("rollout", fleet.inventory, "--state", other)).code).toBe(0);
    expect(fs.existsSync(statePath(fleet))).toBe(false);
    expect(fs.existsSync(other)).toBe(true);
    fleet.server.resetCounts();
    expect((await runCommand("rollout", fleet.inventory, "--state", "/nowhere/at/all.json")).code).toBe(2);
    expect(fleet.server.connections).toBe(0);
  });

  const tunedFleet = async () => {
    const served = await servedFleet();
    await runCommand("rollout", served.fleet.inventory);
    served.fleet.server.resetCounts();
    return served;
  };
});

describe("Hosts that belong to a stack", () => {
  const stack = "shop/prod";
  const tunedByStack = async () => {
    const served = await servedFleet({});
    // `tune` sets them in the name of shop/prod/any.
    const { web1 } = served.hosts;
    tune(web1, request, stack, "web1");
    return served;
  };

  test("refuse, and the way is named; --owner of that stack is heard and kept", async () => {
    const { hosts, fleet } = await tunedByStack();
    const before = hosts.web1.withoutAudit();
    const { code, out } = await runCommand("rollout", fleet.inventory, "--only", "web1");
    expect(code).toBe(1);
    expect(out.replace(/\s+/g, " ")).toContain("with --owner shop/prod. That stack then takes");
    expect(hosts.web1.withoutAudit()).toEqual(before);
    expect((await runCommand("rollout", fleet.inventory, "--owner", stack)).code).toBe(0);
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(stateText(fleet)).toContain('"owner": "shop/prod"');
    fleet.server.resetCounts();
    const other = await runCommand("rollout", fleet.inventory, "--owner", "another/stack");
    expect(other.code).toBe(2);
    expect(other.err).toContain("--owner");
    expect(fleet.server.connections).toBe(0);
  });
});

describe("Hosts that come, go and move", () => {
  const tunedFleet = async (rollout: object = canaryFirst) => {
    const served = await servedFleet(rollout);
    await runCommand("rollout", served.fleet.inventory);
    served.fleet.server.resetCounts();
    return served;
  };
  const leave = ({ inventory }: SshFleet, name: string): void => {
    const text = fs.readFileSync(inventory, "utf8");
    fs.writeFileSync(inventory, text.replace(new RegExp(` {2}${name}:\n( {4}.*\n)+`), ""));
  };
  const withoutDefaultLogin = (fleet: SshFleet, rollout: object): void => {
    const { port, hostKey } = fleet.server;
    const connection = { port, hostKey, privateKeyFile: "id_ed25519" };
    fleet.write(
      Object.fromEntries(names.map((name) => [name, { connection }])),
      { connection: undefined },
      { rollout },
    );
  };

  test("one that left gets its own values back, by the login of the defaults", async () => {
    const { hosts, before, fleet } = await tunedFleet();
    leave(fleet, "web3");
    const { code, out } = await runCommand("rollout", fleet.inventory);
    expect(code).toBe(0);
    expect(out).toContain("web3: leaves, and its old values are put back");
    expect(hosts.web3.withoutAudit()).toEqual(before.web3);
    expect(stateText(fleet)).not.toContain("web3");
  });

  test("one that left and that nobody can log in to is named with the command that puts it back", async () => {
    const { hosts, before, fleet } = await tunedFleet();
    withoutDefaultLogin(fleet, canaryFirst);
    leave(fleet, "web3");
    const { code, out } = await runCommand("rollout", fleet.inventory);
    expect(code).toBe(1);
    expect(fleet.server.executions.map(({ command }) => hostIn(command)).sort()).toEqual(["web1", "web2"]);
    const command = /\n {2}pulumi-conntrack (restore \S+ --owner \S+)\n/.exec(out)?.[1] ?? "";
    expect(command).toBe(`restore 127.0.0.3:${fleet.server.port} --owner rollout/hosts.yaml/web3`);
    const again = await runCommand("rollout", fleet.inventory, "--json");
    expect(again.code).toBe(1);
    expect(parsed(again.out).waves[1]).toMatchObject({ name: "fleet-1", result: "unchanged", pending: ["web3"] });
    const knownHosts = `${fleet.folder}/known_hosts`;
    fs.writeFileSync(knownHosts, `[127.0.0.3]:${fleet.server.port} ${fleet.server.hostKey}\n`);
    const login = ["--identity", `${fleet.folder}/id_ed25519`, "--known-hosts", knownHosts];
    expect((await runCommand(...command.split(" "), ...login)).code).toBe(0);
    expect(hosts.web3.withoutAudit()).toEqual(before.web3);
    fleet.write({ web3: { decommissioned: true } }, {}, { rollout: canaryFirst });
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(stateText(fleet)).not.toContain('leftover": {\n');
  });

  test("one that exists no more is let go without being dialled", async () => {
    const { fleet } = await tunedFleet();
    fleet.write({ web3: { decommissioned: true, connection: { port: 1 } } }, {}, { rollout: canaryFirst });
    const { code, out } = await runCommand("rollout", fleet.inventory);
    expect(code).toBe(0);
    expect(out).toContain("web3: leaves as decommissioned, and is not contacted");
    expect(stateText(fleet)).not.toContain("127.0.0.3");
  });

  test("those of waves that are gone or renamed go over to others and never fall back", async () => {
    const { hosts, fleet } = await tunedFleet();
    fleet.write({}, {}, { rollout: { waves: [50, 100] } });
    expect((await runCommand("rollout", fleet.inventory, "--fleet", "edge")).code).toBe(0);
    const modes = fleet.server.executions.map(({ command }) => / (apply|restore) /.exec(command)?.[1] ?? "");
    expect(modes.filter((mode) => mode !== "")).toEqual(["apply", "apply", "apply"]);
    expect(maxOf(hosts)).toEqual([262144, 262144, 262144]);
    const { waves } = JSON.parse(stateText(fleet)) as { waves: { inputs: { wave: string } }[] };
    expect(waves.map(({ inputs }) => inputs.wave)).toEqual(expect.arrayContaining(["edge-1", "edge-2"]));
    expect(waves.every(({ inputs }) => inputs.wave.startsWith("edge-"))).toBe(true);
    fleet.server.resetCounts();
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(modesOf(fleet)).toEqual(["verify", "verify", "verify"]);
  });

  test("one that moved to another wave and left there is put back by whoever has its token", async () => {
    const { hosts, before, fleet } = await tunedFleet();
    fleet.write({}, {}, { rollout: { canary: ["web2"] } });
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    leave(fleet, "web1");
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(hosts.web1.withoutAudit()).toEqual(before.web1);
    expect(maxOf(hosts)).toEqual([65536, 262144, 262144]);
  });

  test("one that its new wave could not take over, and that left then, is put back nevertheless", async () => {
    const hosts = freshHosts();
    const before = hosts.web1.withoutAudit();
    const state = { isBroken: false };
    const fleet = await serveFleet({ ...hosts, web1: breaking(hosts.web1, () => state.isBroken) });
    fleet.write({}, {}, { rollout: canaryFirst });
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    state.isBroken = true;
    fleet.write({}, {}, { rollout: { canary: ["web2"] } });
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(1);
    leave(fleet, "web1");
    expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
    expect(hosts.web1.withoutAudit()).toEqual(before);
  });
});

describe("Before any host is contacted", () => {
  test("everything that is wrong with flags and inventory is said at once, with exit 2", async () => {
    const { fleet } = await servedFleet();
    const past = "2020-01-01T00:00:00Z";
    fleet.write({ web1: { settings: { max: -1 } } }, {}, { rollout: { canary: ["web9"], notAfter: past } });
    const flags = ["--lanes", "0", "--owner", "me", "--fleet", "a/b", "--only", "web8", "--report", "/nowhere/x.md"];
    const all = await runCommand("rollout", fleet.inventory, ...flags);
    expect(all.code).toBe(2);
    for (const place of ["--lanes", "--report", "hosts.web1.settings.max"])
      expect(all.err).toContain(`  - ${place} = `);
    fleet.write({}, {}, { rollout: { canary: ["web9"], notAfter: past } });
    const more = await runCommand("rollout", fleet.inventory, ...flags);
    expect(more.code).toBe(2);
    for (const place of ["--owner", "--fleet", "--only", "rollout.canary[0]", "rollout.notAfter"])
      expect(more.err).toContain(`  - ${place} = `);
    expect(fleet.server.connections).toBe(0);
    expect(fs.existsSync(statePath(fleet))).toBe(false);
  });
});

test("a person before the terminal is asked once, before the first host is written; a no writes nothing", async () => {
  const { hosts, fleet } = await servedFleet();
  const asked: string[] = [];
  const answer = (isYes: boolean) => (question: string) => {
    asked.push(question);
    return Promise.resolve(isYes);
  };
  expect(await startCommand(["rollout", fleet.inventory], { confirm: answer(false) }).code).toBe(1);
  expect([asked.length, maxOf(hosts)]).toEqual([1, [65536, 65536, 65536]]);
  expect(fs.existsSync(statePath(fleet))).toBe(false);
  expect(await startCommand(["rollout", fleet.inventory], { confirm: answer(true) }).code).toBe(0);
  expect([asked.length, maxOf(hosts)]).toEqual([2, [262144, 262144, 262144]]);
  expect(await startCommand(["rollout", fleet.inventory], { confirm: answer(false) }).code).toBe(0);
  expect(asked).toHaveLength(2);
});

test("the page of a rollout is written as Markdown", async () => {
  const { fleet } = await servedFleet();
  const page = `${fleet.folder}/page.md`;
  expect((await runCommand("rollout", fleet.inventory, "--report", page)).code).toBe(0);
  expect(fs.readFileSync(page, "utf8")).toContain("| fleet-canary | 1 of 2 | 1 | 0 | 1 set |");
});

test("a host that lies about what it has hurts no other, and not the state that they share", async () => {
  const hosts = freshHosts();
  const lies = [
    { key: "host", planned: "x", found: "5" },
    { key: "connection", planned: "x", found: "5" },
    { key: "max", planned: "262144", found: "NaN" },
  ];
  const state = { lie: 0 };
  const liar: SshHandler = ({ command, stdin }) => {
    const { status, stdout, stderr } = hosts.web1.run(stdin, command);
    const drift = JSON.stringify([lies[state.lie]]);
    return { stdout: stdout.replace(/"drift":\[.*?\]/, `"drift":${drift}`), stderr, exitCode: status ?? 1 };
  };
  const fleet = await serveFleet({ ...hosts, web1: liar });
  expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
  for (state.lie of lies.keys()) {
    const { code, out } = await runCommand("rollout", fleet.inventory);
    expect(code).toBe(0);
    expect(out).toMatch(/warning: not read: web1: gave an answer that is not of this\s+run/);
  }
  fleet.write({}, { settings: { max: 524288, buckets: 524288 } });
  expect((await runCommand("rollout", fleet.inventory)).code).toBe(0);
  expect(maxOf(hosts)).toEqual([524288, 524288, 524288]);
});

test("nothing that a host says reaches the terminal unescaped", async () => {
  const evil = "\u001b[2J\u009b31m\u0007\r";
  const fleet = await serveFleet({ web1: () => ({ stderr: `${evil}: ${evil}: ${evil}\n`, exitCode: 1 }) });
  for (const flags of [[], ["--json"], ["--dry-run"]]) {
    const { code, out, err } = await runCommand("rollout", fleet.inventory, ...flags);
    expect(code).toBe(1);
    expect(out + err).not.toMatch(/[^\P{Cc}\t\n]/u);
  }
});

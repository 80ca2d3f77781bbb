/** What an interrupted update of a fleet leaves behind, and how a fleet takes over single hosts: the real engine over real SSH. */
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import YAML from "yaml";
import { ConntrackFleet, ConntrackTuning } from "../../src";
import { createCliStack, createInlineStack, engine, type CliStack } from "../support/engine";
import { fleetHosts, hostIn } from "../support/fleet-host";
import { misbehaviour } from "../support/simulated-fleet";
import { type SshServer, startSshServer } from "../support/ssh-server";

const repositoryRoot = path.resolve(__dirname, "../..");
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const names = Array.from({ length: 50 }, (_, index) => `h${index}`);
const lanes = 8;

let fleet: ReturnType<typeof fleetHosts>;
let server: SshServer;
/** Hosts answer when it is opened. */
let gate: { readonly opened: Promise<void>; readonly open: () => void };

const closeGate = (): void => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  gate = { opened, open };
};

/** Polls until it is true; a test that waits in vain ends by its own limit. */
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await pause(50);
};

const connection = (name: string) => ({
  host: `127.0.1.${names.indexOf(name) + 1}`,
  port: server.port,
  hostKey: server.hostKey,
  privateKey: server.clientKey,
  dialErrorLimit: 0,
});

const applied = () =>
  server.executions.filter(({ command }) => command.includes(" apply ")).map(({ command }) => hostIn(command));

beforeAll(async () => {
  fleet = fleetHosts();
  closeGate();
  gate.open();
  const handler: typeof fleet.handler = async (execution) => {
    const reply = await fleet.handler(execution);
    await gate.opened;
    return reply;
  };
  server = await startSshServer({ handler, listenOn: "0.0.0.0" });
});

beforeEach(() => server.resetCounts());

afterAll(() => server.close());

describe("An update of fifty hosts, eight at a time", () => {
  let stack: CliStack;

  const startUpdate = async (): Promise<ChildProcess> => {
    const { binDir } = await engine();
    const args = ["up", "--yes", "--skip-preview", "--stack", "test", "--config-file", stack.configFile];
    return spawn(path.join(binDir, "pulumi"), [...args, "--non-interactive"], {
      cwd: repositoryRoot,
      env: stack.environment,
      stdio: "pipe",
    });
  };

  const ended = (child: ChildProcess): Promise<number | null> =>
    new Promise((resolve) => child.on("exit", (code) => resolve(code)));

  const pluginOf = (pulumi: number): number =>
    fs
      .readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .find((pid) => {
        try {
          const parent = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[1];
          return (
            parent === String(pulumi) &&
            fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("pulumi-resource-conntrack")
          );
        } catch {
          return false;
        }
      }) ?? 0;

  beforeEach(async () => {
    for (const name of names) fleet.hostOf(name).owner = undefined;
    stack = await createCliStack({ project: repositoryRoot });
    const inventory = path.join(stack.folder, "hosts.yaml");
    const hosts = Object.fromEntries(names.map((name) => [name, { connection: connection(name), facts }]));
    fs.writeFileSync(inventory, YAML.stringify({ hosts, observe: false, rollout: { lanes } }));
    stack.configure({ "pulumi-conntrack:inventory": inventory });
    closeGate();
  });

  afterEach(() => {
    gate.open();
    stack.remove();
  });

  test("that is cancelled begins no further host, keeps what was done, and the next one does exactly the rest", async () => {
    const child = await startUpdate();
    await until(() => applied().length === lanes);
    let printed = "";
    child.stdout?.on("data", (text: Buffer) => (printed += text.toString()));
    child.stderr?.on("data", (text: Buffer) => (printed += text.toString()));
    child.kill("SIGINT");
    await until(() => /cancel/i.test(printed));
    gate.open();
    expect(await ended(child)).not.toBe(0);
    // A host or two may begin before the plugin hears of it; what counts is that the state knows of each.
    const first = applied();
    expect(first.length).toBeLessThan(names.length);
    const { deployment } = await stack.exportState();
    const wave = deployment.resources?.find(({ type }) => type === "conntrack:index:Rollout");
    const rest = names.filter((name) => !first.includes(name)).sort();
    expect(wave?.outputs?.pending).toEqual(rest);
    server.resetCounts();
    const next = await stack.up();
    expect([next.code, applied().sort()]).toEqual([0, rest]);
  });

  test("whose engine is killed ends after the hosts under way, and leaves no plugin behind", async () => {
    const child = await startUpdate();
    await until(() => applied().length === lanes);
    const plugin = pluginOf(child.pid ?? 0);
    expect(plugin).not.toBe(0);
    child.kill("SIGKILL");
    await ended(child);
    gate.open();
    await until(() => !fs.existsSync(`/proc/${plugin}`));
    expect(applied().length).toBeLessThan(names.length);
    await stack.pulumi("cancel", "--yes", "--stack", "test");
    server.resetCounts();
    const next = await stack.up();
    expect([next.code, applied().length]).toEqual([0, names.length]);
  });
});

describe("A stack of single hosts that becomes a fleet", () => {
  const few = names.slice(0, 5);
  const [, second = ""] = few;

  const singles = () => {
    for (const name of few) new ConntrackTuning(name, { connection: connection(name), facts });
    return Promise.resolve();
  };
  const asFleet = () => {
    const hosts = Object.fromEntries(few.map((name) => [name, { connection: connection(name) }]));
    const { pending } = new ConntrackFleet("edge", { defaults: { facts }, hosts });
    return Promise.resolve({ pending });
  };

  test("is taken over by one update, in which the old components put nothing back", async () => {
    for (const name of few) fleet.hostOf(name).owner = undefined;
    const path0 = process.env.PATH ?? "";
    process.env.PATH = `${repositoryRoot}${path.delimiter}${path0}`;
    const stack = await createInlineStack(singles, "shop");
    process.env.PATH = path0;
    await stack.stack.up();
    expect(few.map((name) => fleet.hostOf(name).owner)).toEqual(few.map((name) => `shop/test/${name}`));

    // A host that refuses fails the update before any old component is deleted.
    stack.use(asFleet);
    fleet.misbehave([second], misbehaviour.refusing);
    server.resetCounts();
    await expect(stack.stack.up()).rejects.toThrow(/the kernel is another era/);
    expect(server.executions.filter(({ command }) => command.includes(" restore "))).toEqual([]);

    fleet.misbehave([second]);
    const { outputs } = await stack.stack.up();
    expect(outputs.pending?.value).toEqual([]);
    expect(few.map((name) => fleet.hostOf(name).owner)).toEqual(few.map((name) => `shop/test/${name}/1`));
    const types = (await stack.exportState()).deployment.resources?.map(({ type }) => type);
    expect(types).not.toContain("command:remote:Command");
    await stack.stack.destroy();
    expect(few.filter((name) => fleet.hostOf(name).owner !== undefined)).toEqual([]);
    stack.remove();
  });
});

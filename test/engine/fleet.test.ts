/** A fleet of the root program, through the real engine and this package's own plugin, over real SSH. */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { ConntrackFleet } from "../../src";
import { createCliStack, createInlineStack, everythingWritten, type CliStack } from "../support/engine";
import { fleetHosts, hostIn } from "../support/fleet-host";
import { misbehaviour } from "../support/simulated-fleet";
import { generateKeyPair, type SshServer, startSshServer } from "../support/ssh-server";

const repositoryRoot = path.resolve(__dirname, "../..");
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const names = Array.from({ length: 50 }, (_, index) => `h${index}`);

const address = (name: string) => `127.0.1.${names.indexOf(name) + 1}`;

let fleet: ReturnType<typeof fleetHosts>;
let server: SshServer;
let stack: CliStack;
/** Everything that any run printed, for the search for secrets at the end. */
const printed: string[] = [];

interface Shape {
  readonly changed?: Readonly<Record<string, object>>;
  readonly rollout?: object;
  readonly observe?: boolean;
  readonly hosts?: readonly string[];
  readonly connection?: object;
}

const writeInventory = ({ changed = {}, hosts = names, connection = {}, ...rest }: Shape = {}): void => {
  const defaults = {
    connection: {
      port: server.port,
      hostKey: server.hostKey,
      privateKey: server.clientKey,
      dialErrorLimit: 0,
      ...connection,
    },
    facts,
  };
  const each = hosts.map((name) => [name, { connection: { host: address(name) }, ...changed[name] }]);
  const inventory = { defaults, hosts: Object.fromEntries(each) as object, observe: false, ...rest };
  fs.writeFileSync(path.join(stack.folder, "hosts.yaml"), YAML.stringify(inventory));
};

const run = async (operation: "preview" | "up" | "destroy", ...args: string[]) => {
  fleet.commands.length = 0;
  server.resetCounts();
  const { code, stdout, stderr } = await stack[operation](...args);
  printed.push(stdout, stderr);
  return { code, shown: stdout + stderr };
};

const succeed = async (...parameters: Parameters<typeof run>) => {
  const { code, shown } = await run(...parameters);
  if (code !== 0) throw new Error(shown);
  return shown;
};

/** `apply h7` for each run since the last operation began, in order of names. */
const runs = () => fleet.commands.map(({ command }) => `${/-- (\w+)/.exec(command)?.[1]} ${hostIn(command)}`).sort();

/** Those that may write. */
const writes = () => runs().filter((line) => /^(apply|restore) /.test(line));

const udp = (seconds: number) => ({ settings: { timeouts: { nf_conntrack_udp_timeout: seconds } } });

beforeAll(async () => {
  fleet = fleetHosts();
  server = await startSshServer({ handler: fleet.handler, listenOn: "0.0.0.0" });
  stack = await createCliStack({ project: repositoryRoot });
  stack.configure({ "pulumi-conntrack:inventory": path.join(stack.folder, "hosts.yaml") });
});

afterAll(async () => {
  stack.remove();
  await server.close();
});

test("a preview of a new fleet says what its hosts get, and contacts none", async () => {
  writeInventory();
  const shown = await succeed("preview");
  expect(shown).toMatch(/50 hosts \(h0, h1, h10, h11, h12, \.\.\.\): new\n +max 262144\n/);
  expect(shown).toMatch(/in \/etc\/sysctl\.d\/zz-pulumi-conntrack\.conf\n +buckets 262144\n/);
  expect(shown).toContain("50 new");
  expect(server.connections).toBe(0);
});

test("the first update sets every host in one connection each, and nothing is pending", async () => {
  await succeed("up");
  expect(server.connections).toBe(50);
  expect(runs()).toEqual(names.map((name) => `apply ${name}`).sort());
  expect(await stack.outputs()).toEqual({ pending: [], count: 50 });
});

test("a fleet is one resource of the state, with at most 300 bytes for each host", async () => {
  const { deployment } = await stack.exportState();
  const types = deployment.resources?.map(({ type }) => type);
  expect(types?.filter((type) => type === "conntrack:index:Rollout")).toHaveLength(1);
  const file = path.join(stack.folder, "backend/.pulumi/stacks/pulumi-conntrack/test.json");
  const text = fs.readFileSync(file, "utf8");
  const about = (name: string) =>
    text.slice(text.indexOf(`"${name}": {`), text.indexOf("}", text.indexOf(`"${name}": {`)) + 2);
  // The address of these hosts is theirs; port and key are the same, and counted all the same.
  for (const name of names) expect(about(name).length).toBeLessThanOrEqual(300);
  expect(types).not.toContain("command:remote:Command");
});

test("an update without a change contacts nobody", async () => {
  expect(await succeed("up")).toMatch(/\d unchanged/);
  expect(server.connections).toBe(0);
});

test("one changed timeout is one line, and one contact", async () => {
  writeInventory({ changed: { h10: udp(31) } });
  const shown = await succeed("preview");
  expect(shown).toContain("h10: nf_conntrack_udp_timeout 30 (kernel's default) -> 31");
  expect(shown).toContain("in /etc/sysctl.d/zz-pulumi-conntrack.conf");
  expect(shown).toContain("1 changed, 49 unchanged");
  expect(server.connections).toBe(0);
  await succeed("up");
  expect(server.connections).toBe(1);
  expect(runs()).toEqual(["apply h10"]);
});

test("one host of fifty that fails fails the update; the others are set and in the state, and the next one does it only", async () => {
  fleet.misbehave(["h7"], misbehaviour.refusing);
  writeInventory({ changed: Object.fromEntries(names.map((name) => [name, udp(32)])) });
  const { code, shown } = await run("up");
  expect(code).not.toBe(0);
  expect(shown).toContain("h7: look: the kernel is another era: correct facts.kernel");
  expect(runs()).toHaveLength(50);
  // The stack keeps the outputs of the last update that passed; the wave says itself what is left.
  expect(await stack.outputs()).toEqual({ pending: [], count: 50 });
  const { deployment } = await stack.exportState();
  const wave = deployment.resources?.find(({ type }) => type === "conntrack:index:Rollout");
  expect(wave?.outputs).toMatchObject({ pending: ["h7"] });
  fleet.misbehave(["h7"]);
  expect(await succeed("preview")).toContain("h7: left undone by an earlier update");
  await succeed("up");
  expect(runs()).toEqual(["apply h7"]);
  expect(await stack.outputs()).toEqual({ pending: [], count: 50 });
});

test("a failure that is allowed is a warning and pending, and the next update does that host only", async () => {
  fleet.misbehave(["h8"], misbehaviour.refusing);
  const changed = Object.fromEntries(names.map((name) => [name, udp(33)]));
  writeInventory({ changed, rollout: { maximumFailures: 1 } });
  expect(await succeed("up")).toContain("h8: look: the kernel is another era");
  expect(await stack.outputs()).toEqual({ pending: ["h8"], count: 50 });
  await succeed("up");
  expect(runs()).toEqual(["apply h8"]);
  fleet.misbehave(["h8"]);
  await succeed("up");
  expect(runs()).toEqual(["apply h8"]);
  await succeed("up");
  expect(runs()).toEqual([]);
});

test("a host that exits with 0 and answers nothing fails the update, and the next one runs it again", async () => {
  fleet.misbehave(["h9"], misbehaviour.silent);
  const changed = { ...Object.fromEntries(names.map((name) => [name, udp(33)])), h9: udp(34) };
  writeInventory({ changed });
  const { code, shown } = await run("up");
  expect(code).not.toBe(0);
  expect(shown).toMatch(/h9: exited with 0 and gave no answer.*forced command/);
  fleet.misbehave(["h9"]);
  await succeed("up");
  expect(runs()).toEqual(["apply h9"]);
});

const same = { changed: Object.fromEntries(names.map((name) => [name, udp(33)])) };

test("another key to log in with is no change and contacts nobody", async () => {
  writeInventory(same);
  await succeed("up");
  const other = generateKeyPair().private;
  writeInventory({ ...same, connection: { privateKey: other } });
  expect(await succeed("up")).toMatch(/\d unchanged/);
  expect(server.connections).toBe(0);
  writeInventory(same);
  await succeed("up");
});

test("with observe a preview names what somebody changed on a host, and an update repairs that host only", async () => {
  writeInventory({ ...same, observe: true });
  await succeed("up");
  expect(runs()).toEqual([]);
  fleet.hostOf("h42").values.max = "999";
  const shown = await succeed("preview");
  expect(shown).toContain("h42: max is 999, not 262144");
  expect(shown).toContain("h42: max 999 -> 262144");
  // The engine compares what was read with the state as well; that is nobody's wish.
  expect(shown).not.toContain("262144 -> 999");
  expect(runs()).toHaveLength(50);
  await succeed("up");
  expect(writes()).toEqual(["apply h42"]);
  expect(fleet.hostOf("h42").values.max).toBe("262144");
  expect(await succeed("preview")).not.toContain("999");
});

test("with observe the state says of which hosts the module is not loaded, as they answer", async () => {
  const inactive = async () =>
    (await stack.exportState()).deployment.resources?.find(({ type }) => type === "conntrack:index:Rollout")?.outputs
      ?.inactive;
  fleet.hostOf("h43").presence = "notLoaded";
  await succeed("up");
  expect(await inactive()).toEqual(["h43"]);
  fleet.hostOf("h43").presence = undefined;
  await succeed("up");
  expect(await inactive()).toBeUndefined();
});

test("a dead host is a warning of a preview, and keeps what the state has of it", async () => {
  server.behave({ deadAddresses: [address("h3")] });
  const shown = await succeed("preview");
  expect(shown).toMatch(/not read: h3: /);
  expect(shown).toMatch(/\d unchanged/);
  server.behave({ deadAddresses: [] });
});

test("a host that leaves gets its old values back, and nobody else is contacted", async () => {
  writeInventory({ ...same, hosts: names.filter((name) => name !== "h5") });
  await succeed("up");
  expect(writes()).toEqual(["restore h5"]);
  expect(fleet.hostOf("h5").owner).toBeUndefined();
});

test("a decommissioned host leaves without being dialled", async () => {
  const hosts = names.filter((name) => name !== "h5");
  writeInventory({ changed: { ...same.changed, h6: { decommissioned: true } }, hosts });
  expect(await succeed("preview")).toContain("h6");
  await succeed("up");
  expect(runs()).toEqual([]);
  expect(await stack.outputs()).toEqual({ pending: [], count: 48 });
  fleet.hostOf("h6").owner = undefined;
});

test("a dead host stops destroy before any other is put back", async () => {
  writeInventory({ ...same, hosts: names.filter((name) => name !== "h5" && name !== "h6") });
  server.behave({ deadAddresses: [address("h1")] });
  const { code, shown } = await run("destroy");
  expect(code).not.toBe(0);
  expect(shown).toMatch(/nothing was put back, because not every host answers: h1/);
  expect(runs().filter((line) => line.startsWith("restore"))).toEqual([]);
  server.behave({ deadAddresses: [] });
});

test("destroy puts every host back", async () => {
  await succeed("destroy");
  expect(writes()).toHaveLength(48);
  expect(names.filter((name) => fleet.hostOf(name).owner !== undefined)).toEqual([]);
  expect((await stack.exportState()).deployment.resources ?? []).toEqual([]);
});

test("no key is found in the state, the logs or anything printed", () => {
  const everything = [...printed, everythingWritten(path.join(stack.folder, "backend"))].join("\n");
  expect(everything).toContain("h10");
  for (const line of server.clientKey.split("\n").slice(1, 3)) expect(everything).not.toContain(line);
});

test("a host that its old wave has handed over, and its new one could not take, is put back by destroy", async () => {
  const few = names.slice(0, 12);
  writeInventory({ hosts: few, rollout: { waves: [40, 100] } });
  await succeed("up");
  // All hosts become one wave; those of the second go over to the first, which refuses.
  fleet.misbehave(few, misbehaviour.refusing);
  writeInventory({ hosts: few, rollout: { waves: [90, 100] } });
  expect((await run("up")).code).not.toBe(0);
  writeInventory({ hosts: few, rollout: { waves: [10, 100] } });
  expect((await run("up")).code).not.toBe(0);
  fleet.misbehave(few);
  await succeed("destroy");
  expect(few.filter((name) => fleet.hostOf(name).owner !== undefined)).toEqual([]);
});

test("a fleet of another name takes the hosts over, and the old one lets them be", async () => {
  const few = names.slice(0, 3);
  const path0 = process.env.PATH ?? "";
  process.env.PATH = `${repositoryRoot}${path.delimiter}${path0}`;
  const inline = await createInlineStack(() => Promise.resolve(), "renamed");
  process.env.PATH = path0;
  const fleetNamed = (name: string) => () => {
    const connection = { port: server.port, hostKey: server.hostKey, privateKey: server.clientKey, dialErrorLimit: 0 };
    const hosts = Object.fromEntries(few.map((host) => [host, { connection: { host: address(host) } }]));
    const { pending } = new ConntrackFleet(name, { defaults: { connection, facts }, hosts, observe: false });
    return Promise.resolve({ pending });
  };
  try {
    inline.use(fleetNamed("edge"));
    await inline.stack.up();
    inline.use(fleetNamed("core"));
    await inline.stack.up();
    expect(few.map((name) => fleet.hostOf(name).values.max)).toEqual(few.map(() => "262144"));
    await inline.stack.destroy();
    expect(few.filter((name) => fleet.hostOf(name).owner !== undefined)).toEqual([]);
  } finally {
    inline.remove();
  }
});

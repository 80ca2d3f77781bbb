/** A fleet that declares no facts: its hosts say them, in previews too. The real engine, over real SSH. */
import path from "node:path";
import fs from "node:fs";
import YAML from "yaml";
import { createCliStack, type CliStack } from "../support/engine";
import { fleetHosts, hostIn } from "../support/fleet-host";
import { type SshServer, startSshServer } from "../support/ssh-server";

const repositoryRoot = path.resolve(__dirname, "../..");
const names = Array.from({ length: 12 }, (_, index) => `h${index}`);
const address = (name: string) => `127.0.2.${names.indexOf(name) + 1}`;
const nameAt = (at: string) => names[Number(at.split(".").at(-1)) - 1] ?? "";

let fleet: ReturnType<typeof fleetHosts>;
let server: SshServer;
let stack: CliStack;

interface Shape {
  readonly changed?: Readonly<Record<string, object>>;
  readonly rollout?: object;
}

const writeInventory = ({ changed = {}, ...rest }: Shape = {}): void => {
  const { port, hostKey, clientKey: privateKey } = server;
  const defaults = { connection: { port, hostKey, privateKey, dialErrorLimit: 0 } };
  const each = names.map((name) => [name, { connection: { host: address(name) }, ...changed[name] }]);
  const inventory = { defaults, hosts: Object.fromEntries(each) as object, ...rest };
  fs.writeFileSync(path.join(stack.folder, "hosts.yaml"), YAML.stringify(inventory));
};

const run = async (operation: "preview" | "up" | "destroy", ...args: string[]) => {
  fleet.commands.length = 0;
  server.resetCounts();
  const { code, stdout, stderr } = await stack[operation](...args);
  return { code, shown: stdout + stderr };
};

const succeed = async (...parameters: Parameters<typeof run>) => {
  const { code, shown } = await run(...parameters);
  if (code !== 0) throw new Error(shown);
  return shown;
};

/** What stands under "Diagnostics"; above it the engine repeats lines while a resource is at work. */
const diagnostics = (shown: string): string => shown.slice(shown.indexOf("Diagnostics:"));

/** `apply h7` for each run that may write. */
const writes = () =>
  fleet.commands
    .filter(({ command }) => / (apply|restore) /.test(command))
    .map(({ command }) => `${/-- (\w+)/.exec(command)?.[1]} ${hostIn(command)}`)
    .sort();

const udp = (seconds: number) => ({ settings: { timeouts: { nf_conntrack_udp_timeout: seconds } } });

beforeAll(async () => {
  fleet = fleetHosts(nameAt);
  server = await startSshServer({ handler: fleet.handler, listenOn: "0.0.0.0" });
  stack = await createCliStack({ project: repositoryRoot });
  stack.configure({ "pulumi-conntrack:inventory": path.join(stack.folder, "hosts.yaml") });
  // Machines of one size, as their kernels count their memory.
  names.forEach((name, index) => (fleet.hostOf(name).memTotalKiB = 8_120_000 + index * 997));
});

afterAll(async () => {
  stack.remove();
  await server.close();
});

test("a preview of a new fleet reads each host once, says what it would get and writes nothing", async () => {
  writeInventory();
  names.forEach((name) => (fleet.hostOf(name).values = { max: "65536", buckets: "65536" }));
  const shown = await succeed("preview");
  expect(shown).toMatch(/12 hosts \(h0, h1, h10, h11, h2, \.\.\.\): new\n\s+max 65536 -> 262144\n/);
  expect(server.connections).toBe(12);
  expect(writes()).toEqual([]);
});

test("the first update sets every host, and machines of one size share one profile", async () => {
  await succeed("up", "--skip-preview");
  expect(writes()).toHaveLength(12);
  const { deployment } = await stack.exportState();
  const wave = deployment.resources?.find(({ type }) => type === "conntrack:index:Rollout");
  const profiles = Object.values((wave?.inputs as { readonly profiles: object }).profiles);
  // MemTotal of 7.74 GiB is rounded down to a class of 7.5.
  expect(profiles).toHaveLength(1);
  expect(profiles[0]).toMatchObject({ memoryMiB: 7680, arch: "x86_64", kernel: "6.1.0-50-cloud-amd64", cores: 4 });
});

test("a reading in a later preview, and the facts for the plan, are one connection to each host", async () => {
  expect(await succeed("preview")).toMatch(/\d unchanged/);
  expect(server.connections).toBe(12);
});

test("under a live load, and with the next kernel, the plan stays what it was", async () => {
  names.forEach((name, index) => (fleet.hostOf(name).entries = 9000 + index * 1111));
  fleet.hostOf("h3").kernel = "6.1.0-51-cloud-amd64";
  fleet.hostOf("h3").memTotalKiB = 8_116_000;
  expect(await succeed("preview")).toMatch(/\d unchanged/);
  await succeed("up");
  expect(writes()).toEqual([]);
});

test("a host that is dead keeps what the state has of it, and is named in one line", async () => {
  server.behave({ deadAddresses: [address("h4")] });
  const shown = await succeed("preview");
  expect(diagnostics(shown).match(/not read: h4/g)).toHaveLength(1);
  expect(shown).toMatch(/\d unchanged/);
});

test("a change for a dead host is planned by what is known of it, and is pending until it is back", async () => {
  writeInventory({ changed: { h4: udp(31) }, rollout: { maximumFailures: 1 } });
  await succeed("up", "--skip-preview");
  expect(await stack.outputs()).toEqual({ pending: ["h4"], count: 12 });
  server.behave({ deadAddresses: [] });
  await succeed("up", "--skip-preview");
  expect(writes()).toEqual(["apply h4"]);
  expect(await stack.outputs()).toEqual({ pending: [], count: 12 });
});

test("a max that somebody raised is named in every preview and stays; with allowShrink it is lowered", async () => {
  writeInventory({ changed: { h4: udp(31) } });
  fleet.hostOf("h5").values.max = "500000";
  expect(await succeed("preview")).toContain("h5: max is 500000, above the plan of 262144");
  await succeed("up");
  expect(writes()).toEqual([]);
  // Written for another reason, the host keeps what it has, and the state says so.
  writeInventory({ changed: { h4: udp(31), h5: udp(32) } });
  await succeed("up");
  expect(fleet.hostOf("h5").values).toMatchObject({ max: "500000", nf_conntrack_udp_timeout: "32" });
  expect(await succeed("preview")).toContain("h5: max is 500000, above the plan of 262144");
  expect(writes()).toEqual([]);
  writeInventory({ changed: { h4: udp(31), h5: { ...udp(32), allowShrink: true } } });
  await succeed("up");
  expect(fleet.hostOf("h5").values.max).toBe("262144");
});

test("a table that its entries nearly fill is raised, and stays so when they are gone", async () => {
  fleet.hostOf("h6").entries = 250_000;
  expect(await succeed("preview")).toContain("h6: holds 250000 entries now, so max is raised from 262144 to 524288");
  await succeed("up");
  expect(fleet.hostOf("h6").values.max).toBe("524288");
  fleet.hostOf("h6").entries = 12;
  await succeed("up");
  expect(writes()).toEqual([]);
});

test("where no host can be reached, a preview says so in one line and keeps everything", async () => {
  server.behave({ deadAddresses: names.map(address) });
  const shown = await succeed("preview");
  expect(diagnostics(shown).match(/no host could be read/g)).toHaveLength(1);
  expect(shown).not.toContain("not read:");
  expect(shown).toMatch(/\d unchanged/);
  server.behave({ deadAddresses: [] });
});

test("a new host that cannot be reached is pending where it may be, and the next update does it", async () => {
  names.push("h12");
  server.behave({ deadAddresses: [address("h12")] });
  writeInventory({ rollout: { maximumFailures: 1 } });
  expect(await succeed("preview")).toContain("h12: not read yet, so what it gets is not known");
  await succeed("up", "--skip-preview");
  expect(await stack.outputs()).toEqual({ pending: ["h12"], count: 13 });
  server.behave({ deadAddresses: [] });
  await succeed("up", "--skip-preview");
  expect(writes()).toEqual(["apply h12"]);
  expect(await stack.outputs()).toEqual({ pending: [], count: 13 });
});

test("what only a host's own facts show to be wrong is an error before any host is written", async () => {
  writeInventory({ changed: { h7: { settings: { max: 50_000_000 } } } });
  const { code, shown } = await run("up", "--skip-preview");
  expect(code).not.toBe(0);
  expect(shown).toContain("hosts.h7.settings.max = 50000000");
  expect(writes()).toEqual([]);
});

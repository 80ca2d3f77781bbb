/** A fleet of the root program, through the real engine and this package's own plugin, over real SSH. */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { createCliStack, everythingWritten, type CliStack } from "../support/engine";
import { fleetHosts, hostIn } from "../support/fleet-host";
import { misbehaviour } from "../support/simulated-fleet";
import { generateKeyPair, type SshServer, startSshServer } from "../support/ssh-server";

const repositoryRoot = path.resolve(__dirname, "../..");
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const names = Array.from({ length: 50 }, (_, index) => `h${index}`);

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
  const address = (name: string) => `127.0.1.${names.indexOf(name) + 1}`;
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
  expect(await succeed("preview")).toContain("50 hosts (h0, h1, h10, h11, h12, ...): max 262144, buckets 262144");
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
  expect(types).not.toContain("command:remote:Command");
});

test("an update without a change contacts nobody", async () => {
  expect(await succeed("up")).toMatch(/\d unchanged/);
  expect(server.connections).toBe(0);
});

test("one changed timeout is one line, and one contact", async () => {
  writeInventory({ changed: { h10: udp(31) } });
  expect(await succeed("preview")).toMatch(/h10: nf_conntrack_udp_timeout (none|30) -> 31/);
  expect(server.connections).toBe(0);
  await succeed("up");
  expect(server.connections).toBe(1);
  expect(runs()).toEqual(["apply h10"]);
});

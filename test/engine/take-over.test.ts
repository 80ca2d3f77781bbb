/**
 * A stack of 0.1.0 with hosts that today's program cannot take over at once: one is dead, one belongs to another project.
 * The state is one that 0.1.0 wrote, and its script ran on the hosts, which are simulated ones; the engine is the real one.
 */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { type CliStack, createCliStack } from "../support/engine";
import { restoreCommand010, script010 } from "../support/release-0.1.0";
import { create010, importStateOf010 } from "../support/state-0.1.0";
import { localShell, type SshHandler, type SshServer, startSshServer } from "../support/ssh-server";
import { SimulatedHost } from "../script/simulated-host";
import { modernModule } from "../script/simulated-kernels";

const repositoryRoot = path.resolve(__dirname, "../..");
const names = ["web1", "web2", "web3"] as const;
type Name = (typeof names)[number];

interface Host {
  readonly files: SimulatedHost;
  readonly shell: SshHandler;
  readonly server: SshServer;
}

let hosts: Readonly<Record<Name, Host>>;
let stack: CliStack;

const startHost = async (): Promise<Host> => {
  const files = new SimulatedHost(modernModule);
  const shell = localShell({ CONNTRACK_ROOT: files.root, PATH: "/usr/sbin:/usr/bin:/sbin:/bin" });
  return { files, shell, server: await startSshServer({ handler: shell }) };
};

/** Runs the script of 0.1.0 on a host. */
const run010 = async ({ shell }: Host, command: string): Promise<void> => {
  expect(await shell({ user: "root", address: "", command, stdin: script010, environment: {} })).toMatchObject({
    exitCode: 0,
  });
};

const maxima = () => names.map((name) => hosts[name].files.live("max"));

/** Modes of the runs that each host has got. */
const runs = () =>
  Object.fromEntries(
    names.map((name) => [name, hosts[name].server.executions.map(({ command }) => command.split(" ")[3])]),
  );

const commandsInState = async (): Promise<number> =>
  (await stack.exportState()).deployment.resources?.filter(({ type }) => type === "command:remote:Command").length ?? 0;

beforeAll(async () => {
  hosts = { web1: await startHost(), web2: await startHost(), web3: await startHost() };
  const { web1, web2, web3 } = hosts;
  stack = await createCliStack({ project: repositoryRoot });
  await run010(web1, create010("web1"));
  await run010(web2, create010("web2"));
  // The state says that it is ours, and the journal on it says that another project has it.
  await run010(web3, create010("web3").replace("pulumi-conntrack/test/", "another/stack/"));
  expect(maxima()).toEqual([262144, 262144, 262144]);
  await importStateOf010(stack, { web1: web1.server, web2: web2.server, web3: web3.server });
  const inventory = path.join(stack.folder, "hosts.yaml");
  const facts = { memoryMiB: 8192, kernel: "6.1.0-50-amd64", arch: "x86_64" };
  const entryOf = ({ server: { host, port, hostKey, clientKey } }: Host) => ({
    connection: { host, port, hostKey, privateKey: clientKey, dialErrorLimit: 0 },
  });
  fs.writeFileSync(
    inventory,
    YAML.stringify({
      defaults: { facts },
      hosts: { web1: entryOf(web1), web2: entryOf(web2), web3: entryOf(web3) },
    }),
  );
  stack.configure({ "pulumi-conntrack:inventory": inventory });
});

beforeEach(() => names.forEach((name) => hosts[name].server.resetCounts()));

afterAll(async () => {
  stack.remove();
  await Promise.all(names.map((name) => hosts[name].server.close()));
});

test("a dead host fails the update before anything is deleted: all stay tuned, and the old components in the state", async () => {
  hosts.web2.server.behave({ dropConnections: Infinity });
  const { code, stdout, stderr } = await stack.up();
  expect(code).not.toBe(0);
  expect(stdout + stderr).toMatch(/web2: closed the connection before the key exchange/);
  expect(stdout + stderr).toMatch(/the next `pulumi up` does exactly what is left: .*web2/);
  expect(Object.values(runs()).flat()).not.toContain("restore");
  expect(maxima()).toEqual([262144, 262144, 262144]);
  expect(await commandsInState()).toBe(3);
});

test("a host of another project does the same", async () => {
  hosts.web2.server.behave({ dropConnections: 0 });
  const { code, stdout, stderr } = await stack.up();
  expect(code).not.toBe(0);
  expect(stdout + stderr).toMatch(/web3: journal: the host belongs to another\/stack\/web3: destroy that first/);
  expect(Object.values(runs()).flat()).not.toContain("restore");
  expect(maxima()).toEqual([262144, 262144, 262144]);
  expect(await commandsInState()).toBe(3);
});

test("the next update takes over what is left, and only then the old components go, which put nothing back", async () => {
  await run010(hosts.web3, restoreCommand010({ token: "another/stack/web3" }));
  const { code, stdout } = await stack.up();
  expect([code, stdout]).toEqual([0, stdout]);
  // With `observe` each host is read first; the restore is the old component's, and finds that the host is another's.
  expect(runs()).toEqual({
    web1: ["verify", "restore"],
    web2: ["verify", "restore"],
    web3: ["verify", "apply", "restore"],
  });
  expect(maxima()).toEqual([262144, 262144, 262144]);
  expect(await commandsInState()).toBe(0);
  expect(await stack.outputs()).toEqual({ pending: [], count: 3 });
});

test("destroy then gives every host the values that it had before 0.1.0", async () => {
  expect((await stack.destroy()).code).toBe(0);
  expect(maxima()).toEqual([65536, 65536, 65536]);
  for (const name of names)
    expect(hosts[name].files.files("etc").filter((file) => file.includes("conntrack"))).toEqual([]);
});

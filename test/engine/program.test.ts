/** The program of the root Pulumi.yaml against a host that answers over real SSH, through the real engine. */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { createCliStack, everythingWritten, type CliStack } from "../support/engine";
import { generateKeyPair, type SshServer, startSshServer } from "../support/ssh-server";
import { fleetHosts } from "../support/fleet-host";

const repositoryRoot = path.resolve(__dirname, "../..");
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const passphrase = "open sesame";
const clientKey = generateKeyPair(passphrase).private;

let server: SshServer;
let stack: CliStack;
/** Everything that any run printed, for the search for secrets at the end. */
const printed: string[] = [];

const inventoryFile = () => path.join(stack.folder, "fleet", "hosts.yaml");
const keyFile = () => path.join(stack.folder, "fleet", "keys", "id");

const writeInventory = (hosts: Readonly<Record<string, object>>, defaults: object = {}): void => {
  fs.writeFileSync(inventoryFile(), YAML.stringify({ defaults, hosts }));
};

const host = (more: object = {}, connection: object = {}): object => ({
  connection: {
    host: server.host,
    port: server.port,
    hostKey: server.hostKey,
    privateKeyFile: path.relative(repositoryRoot, keyFile()),
    privateKeyPassphrase: passphrase,
    dialErrorLimit: 0,
    ...connection,
  },
  facts,
  ...more,
});

const run = async (operation: "preview" | "up" | "destroy", ...args: string[]) => {
  const finished = await stack[operation](...args);
  printed.push(finished.stdout, finished.stderr);
  return finished;
};

const succeed = async (...parameters: Parameters<typeof run>) => {
  const finished = await run(...parameters);
  if (finished.code !== 0) throw new Error(finished.stdout + finished.stderr);
  return finished.stdout;
};

const commands = () => server.executions.map(({ command }) => command.replace(/ token=.*/, ""));

beforeAll(async () => {
  server = await startSshServer({
    clientKey,
    clientKeyPassphrase: passphrase,
    listenOn: "0.0.0.0",
    handler: fleetHosts().handler,
  });
  stack = await createCliStack({ project: repositoryRoot });
  fs.mkdirSync(path.dirname(keyFile()), { recursive: true });
  fs.writeFileSync(keyFile(), clientKey);
  stack.configure({ "pulumi-conntrack:inventory": inventoryFile() });
});

beforeEach(() => server.resetCounts());

afterAll(async () => {
  stack.remove();
  await server.close();
});

test("a preview of new hosts says what they get, and contacts none", async () => {
  writeInventory({ web1: host(), web2: host({}, { host: "127.0.0.2" }) });
  const shown = await succeed("preview");
  expect(shown).toMatch(/web1, web2: new\n +max 262144\n/);
  expect(server.connections).toBe(0);
});

test("an update runs one command on each host, in one connection each", async () => {
  await succeed("up");
  expect(commands()).toEqual(["sh -s -- apply", "sh -s -- apply"]);
  expect(server.connections).toBe(2);
});

test("an unchanged program reads every host once, and writes on none", async () => {
  const shown = await succeed("up");
  expect(shown).toMatch(/3 unchanged/);
  expect(commands()).toEqual(["sh -s -- verify", "sh -s -- verify"]);
});

test("every mistake of every host is shown at once, in the user's words, and nothing is written", async () => {
  writeInventory({
    web1: host({ settings: { max: 5 } }),
    web2: host({ role: "router" }, { hostKey: undefined }),
  });
  const { code, stdout, stderr } = await run("up");
  const shown = stdout + stderr;
  expect(code).not.toBe(0);
  expect(shown).toContain("hosts.web1.settings.max = 5: is below the 262144");
  expect(shown).toContain('hosts.web2.role = "router": must be one of host, nat');
  expect(shown).toContain("hosts.web2.connection.hostKey: is missing");
  expect(shown).toContain(`pulumi-conntrack facts --port ${server.port} ${server.host}`);
  expect(shown).not.toMatch(/unhandled|^\s+at /m);
  expect(commands().filter((command) => command.endsWith("apply"))).toEqual([]);
});

test("destroy restores the hosts, which it has read just before", async () => {
  await succeed("destroy");
  expect(commands().sort()).toEqual(["restore", "restore", "verify", "verify"].map((mode) => `sh -s -- ${mode}`));
});

test("an inventory that is not there is an error with its path", async () => {
  stack.configure({ "pulumi-conntrack:inventory": path.join(stack.folder, "missing.yaml") });
  const { code, stdout, stderr } = await run("preview");
  expect(code).not.toBe(0);
  expect(stdout + stderr).toMatch(/inventory = ".*missing\.yaml": cannot be read/);
});

test("hosts, defaults and the rollout in stack configuration do as well", async () => {
  stack.configure({
    "pulumi-conntrack:defaults": { facts },
    "pulumi-conntrack:hosts": { web1: { connection: { host: server.host, hostKey: server.hostKey } } },
    "pulumi-conntrack:rollout": { waves: [50, 100] },
    "pulumi-conntrack:observe": false,
  });
  const shown = await succeed("preview");
  expect(shown).toContain("max 262144");
  expect(shown).toContain("fleet-2");
});

test("a stack without hosts says what to do", async () => {
  stack.configure({});
  expect(await succeed("preview")).toContain("There is no host to tune");
});

test("no key and no passphrase is found in the state, the logs or anything printed", () => {
  const body = clientKey.split("\n").slice(1, 3);
  const everything = [...printed, everythingWritten(path.join(stack.folder, "backend"))].join("\n");
  expect(everything).toContain("web2");
  for (const secret of [passphrase, ...body]) expect(everything).not.toContain(secret);
});

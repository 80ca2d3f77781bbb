/** The program of the root Pulumi.yaml against a host that answers over real SSH, through the real engine. */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { createCliStack, everythingWritten, type CliStack } from "../support/engine";
import { generateKeyPair, type SshServer, startSshServer } from "../support/ssh-server";
import { tunedHost } from "../support/tuned-host";

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
  server = await startSshServer({ clientKey, clientKeyPassphrase: passphrase, handler: tunedHost });
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

test("a preview shows each host in one line and contacts none", async () => {
  writeInventory({ web1: host(), web2: host() });
  const shown = await succeed("preview");
  expect(shown).toContain("max 262144 (kernel alone 262144), buckets 262144, 98 MiB = 1.2 % of RAM");
  expect(server.connections).toBe(0);
});

test("an update runs one command on each host, in one connection each", async () => {
  await succeed("up");
  expect(commands()).toEqual(["sh -s -- apply", "sh -s -- apply"]);
  expect(server.connections).toBe(2);
});

test("an unchanged program changes nothing and contacts no host", async () => {
  const shown = await succeed("up");
  expect(shown).toMatch(/5 unchanged/);
  expect(server.connections).toBe(0);
});

test("one changed timeout is one update of one host with one readable line of difference", async () => {
  writeInventory({ web1: host({ settings: { timeouts: { nf_conntrack_udp_timeout: 20 } } }), web2: host() });
  const shown = await succeed("preview", "--diff");
  const changed = shown.split("\n").filter((line) => /^\s+~ create/.test(line));
  expect(changed).toHaveLength(1);
  expect(changed[0]).toContain("nf_conntrack_udp_timeout=20");
  await succeed("up");
  expect(commands()).toEqual(["sh -s -- apply"]);
});

test("a replacement restores first and tunes last", async () => {
  const { deployment } = await stack.exportState();
  const command = deployment.resources?.find(({ urn }) => urn.endsWith("::web1-host"));
  await succeed("up", "--replace", command?.urn ?? "");
  expect(commands()).toEqual(["sh -s -- restore", "sh -s -- apply"]);
});

test("every mistake of every host is shown at once, in the user's words, and nothing is contacted", async () => {
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
  expect(server.connections).toBe(0);
});

test("a host that refuses is an error of that host with the script's last line, and the other host is tuned", async () => {
  server.behave({
    handler: (execution) =>
      execution.command.includes("web1")
        ? { stderr: "look: the kernel is another era: correct facts.kernel\n", exitCode: 1 }
        : tunedHost(execution),
  });
  writeInventory({
    web1: host({ settings: { timeouts: { nf_conntrack_udp_timeout: 25 } } }),
    web2: host({ settings: { timeouts: { nf_conntrack_udp_timeout: 25 } } }),
  });
  const { code, stdout, stderr } = await run("up");
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain("look: the kernel is another era: correct facts.kernel");
  server.behave({ handler: tunedHost });
  server.resetCounts();
  await succeed("up");
  expect(server.executions.map(({ command }) => /token=(\S+)/.exec(command)?.[1])).toEqual([
    "pulumi-conntrack/test/web1",
  ]);
});

test("a decommissioned host is not dialled, and may then be removed", async () => {
  server.behave({ dropConnections: 100 });
  writeInventory({
    web1: host({ decommissioned: true, role: "nat" }),
    web2: host({ settings: { timeouts: { nf_conntrack_udp_timeout: 25 } } }),
  });
  await succeed("up");
  writeInventory({ web2: host({ settings: { timeouts: { nf_conntrack_udp_timeout: 25 } } }) });
  await succeed("up");
  expect(server.connections).toBe(0);
  const { deployment } = await stack.exportState();
  expect(deployment.resources?.map(({ urn }) => urn.split("::").at(-1))).not.toContain("web1");
  server.behave({ dropConnections: 0 });
});

test("destroy restores the host", async () => {
  await succeed("destroy");
  expect(commands()).toEqual(["sh -s -- restore"]);
});

test("an inventory that is not there is an error with its path", async () => {
  stack.configure({ "pulumi-conntrack:inventory": path.join(stack.folder, "missing.yaml") });
  const { code, stdout, stderr } = await run("preview");
  expect(code).not.toBe(0);
  expect(stdout + stderr).toMatch(/inventory = ".*missing\.yaml": cannot be read/);
});

test("hosts and defaults in stack configuration do as well", async () => {
  stack.configure({
    "pulumi-conntrack:defaults": { facts },
    "pulumi-conntrack:hosts": { web1: { connection: { host: server.host, hostKey: server.hostKey } } },
  });
  expect(await succeed("preview")).toContain("max 262144");
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

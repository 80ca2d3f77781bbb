/**
 * A stack that 0.1.0 of this package made, under the program of today, through the real engine. The state is one that
 * its program wrote; its host is a simulated one on which its script ran.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { type CliStack, createCliStack } from "../support/engine";
import { script010 } from "../support/release-0.1.0";
import { create010, importState, importStateOf010 } from "../support/state-0.1.0";
import { localShell, type SshExecution, type SshReply, type SshServer, startSshServer } from "../support/ssh-server";
import { SimulatedHost } from "../script/simulated-host";
import { modernModule } from "../script/simulated-kernels";

const repositoryRoot = path.resolve(__dirname, "../..");

/** Writes a record with the checksum of its words as its last line. */
const sealed = (file: string, record: string): void => {
  const words = record.slice(0, record.trimEnd().lastIndexOf("\n"));
  fs.writeFileSync(file, `${words}\n${createHash("md5").update(`${words}\n`).digest("hex")}  -\n`);
};

const buckets = "sys/module/nf_conntrack/parameters/hashsize";
const max = "proc/sys/net/netfilter/nf_conntrack_max";
const established = "proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established";
const udp = "proc/sys/net/netfilter/nf_conntrack_udp_timeout";

let host: SimulatedHost;
let server: SshServer;
let stack: CliStack;
/** The host's last answer. */
let answered: SshReply;

const environment = () => ({ CONNTRACK_ROOT: host.root, PATH: "/usr/sbin:/usr/bin:/sbin:/bin" });
const read = (file: string) => fs.readFileSync(path.join(host.root, file), "utf8").trim();
const values = () => ({ buckets: read(buckets), max: read(max), established: read(established), udp: read(udp) });
const filesOf = (folder: string) =>
  fs
    .readdirSync(path.join(host.root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.includes("pulumi-conntrack"))
    .sort();
const inEtc = () => filesOf("etc");
const inVar = () => filesOf("var").filter((name) => !name.endsWith("/audit"));

const untuned = { buckets: "65536", max: "65536", established: "432000", udp: "30" };
const tunedBy010 = { buckets: "262144", max: "262144", established: "86400", udp: "30" };

const writeInventory = (settings: object): void => {
  const { port, hostKey } = server;
  const privateKeyFile = path.join(stack.folder, "id");
  fs.writeFileSync(privateKeyFile, server.clientKey);
  const inventory = path.join(stack.folder, "hosts.yaml");
  const connection = { host: server.host, port, hostKey, privateKeyFile, dialErrorLimit: 0 };
  const facts = { memoryMiB: 8192, kernel: "6.1.0-50-amd64", arch: "x86_64" };
  fs.writeFileSync(inventory, YAML.stringify({ hosts: { web1: { connection, facts, settings } } }));
  stack.configure({ "pulumi-conntrack:inventory": inventory });
};

const succeed = async (running: ReturnType<CliStack["up"]>): Promise<string> => {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(stdout + stderr);
  return stdout;
};

const modes = () => server.executions.map(({ command }) => command.split(" ")[3]);

beforeAll(async () => {
  host = new SimulatedHost(modernModule);
  const shell = localShell(environment());
  const handler = async (execution: SshExecution) => {
    answered = await shell(execution);
    return answered;
  };
  server = await startSshServer({ handler });
  stack = await createCliStack({ project: repositoryRoot });
  expect(values()).toEqual(untuned);
  expect(
    await shell({ user: "root", address: "", command: create010("web1"), stdin: script010, environment: {} }),
  ).toMatchObject({
    exitCode: 0,
  });
  expect(values()).toEqual(tunedBy010);
  await importStateOf010(stack, { web1: server });
});

beforeEach(() => server.resetCounts());

afterAll(async () => {
  stack.remove();
  await server.close();
});

test("one up with today's program takes the host over: one apply, the old component's restore changes nothing", async () => {
  writeInventory({ timeouts: { nf_conntrack_udp_timeout: 45 } });
  await succeed(stack.up());
  expect(modes()).toEqual(["apply", "restore"]);
  expect(answered.stdout).toContain('"token-foreign:2:pulumi-conntrack/test/web1/');
  expect(values()).toEqual({ ...tunedBy010, udp: "45" });
});

test("a second up reads the host and has nothing to change", async () => {
  await succeed(stack.up("--expect-no-changes"));
  expect(modes()).toEqual(["verify"]);
});

test("destroy with the state that 0.1.0 wrote, after that, changes nothing on the host and succeeds", async () => {
  const today = await stack.pulumi("stack", "export", "--stack", "test");
  await importStateOf010(stack, { web1: server });
  const etc = inEtc();
  await succeed(stack.destroy());
  expect(modes()).toEqual(["restore"]);
  expect(answered.stdout).toContain('"token-foreign:2:pulumi-conntrack/test/web1/');
  expect(values()).toEqual({ ...tunedBy010, udp: "45" });
  expect(inEtc()).toEqual(etc);
  await importState(stack, today.stdout);
});

test("destroy of a host that another stack has taken over changes nothing, succeeds, and shows whose it is", async () => {
  const today = await stack.pulumi("stack", "export", "--stack", "test");
  const journal = path.join(host.root, "var/lib/pulumi-conntrack/journal");
  const ours = fs.readFileSync(journal);
  sealed(journal, ours.toString().replace("pulumi-conntrack/test/web1", "another/stack/web1"));
  const shown = await succeed(stack.destroy());
  expect(shown).toContain("web1: The settings on this host belong to another/stack/web1/fleet-1: nothing was changed.");
  expect(values()).toEqual({ ...tunedBy010, udp: "45" });
  fs.writeFileSync(journal, ours);
  await importState(stack, today.stdout);
});

test("destroy with today's state gives the values back that the host had before 0.1.0", async () => {
  await succeed(stack.destroy());
  expect(modes()).toEqual(["verify", "restore"]);
  expect(values()).toEqual(untuned);
  expect(inEtc()).toEqual([]);
  expect(inVar()).toEqual(["lib/pulumi-conntrack"]);
});

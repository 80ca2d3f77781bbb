/** `pulumi-conntrack facts` over real SSH; the host's script really runs, on this machine's own /proc. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { utils } from "ssh2";
import YAML from "yaml";
import { runCommandLine } from "../../src/cli/command-line";
import { checkInventory } from "../../src/fleet/inventory";
import { generateKeyPair, localShell, startSshServer, type SshServer } from "../support/ssh-server";
import { problemsIn } from "../../src/validation/validation";
import { startTcpServer } from "../support/tcp-server";

let server: SshServer;
let folder: string;

const facts = async (...words: string[]) => {
  let out = "";
  let err = "";
  const code = await runCommandLine(["facts", "--identity", path.join(folder, "id"), ...words], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    stdin: Readable.from([]),
  });
  return { code, out, err };
};
const address = () => `${server.host}:${server.port}`;
const knownHostsFile = (text: string): string => {
  const file = path.join(folder, "known_hosts");
  fs.writeFileSync(file, text);
  return file;
};
const knownHosts = (...keys: string[]): string =>
  knownHostsFile(keys.map((key) => `[${server.host}]:${server.port} ${key}\n`).join(""));

beforeAll(async () => {
  server = await startSshServer({ handler: localShell({ PATH: process.env.PATH ?? "" }) });
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "facts-"));
  fs.writeFileSync(path.join(folder, "id"), server.clientKey, { mode: 0o600 });
});

beforeEach(() => server.resetCounts());

afterAll(async () => {
  fs.rmSync(folder, { recursive: true });
  await server.close();
});

test("a host's facts come in one connection as an inventory that is ready to use", async () => {
  const { code, out } = await facts("--known-hosts", knownHosts(server.hostKey), address());
  expect(code).toBe(0);
  expect(server.connections).toBe(1);
  const inventory = YAML.parse(out) as {
    hosts: Record<string, { connection: object; facts: Record<string, unknown> }>;
  };
  expect(Object.values(inventory.hosts)).toEqual([
    {
      connection: { host: server.host, port: server.port, hostKey: server.hostKey },
      facts: expect.objectContaining({
        memoryMiB: Math.ceil(Number(/MemTotal: +(\d+)/.exec(fs.readFileSync("/proc/meminfo", "utf8"))?.[1]) / 1024),
        arch: "x86_64",
        kernel: os.release(),
        pageSizeBytes: 4096,
      }) as object,
    },
  ]);
  expect(problemsIn(checkInventory(inventory, folder, String))).toEqual([]);
});

test("a key that is seen for the first time is shown with its fingerprint to compare", async () => {
  const { code, err } = await facts("--known-hosts", knownHosts(), address());
  expect(code).toBe(0);
  expect(err).toMatch(/SHA256:[A-Za-z0-9+/]{43}.*ssh-keygen -l/);
});

test("a host that presents another key than the known one is refused before anything runs there", async () => {
  const stranger = generateKeyPair().public;
  const { code, out, err } = await facts("--known-hosts", knownHosts(stranger), address());
  expect(code).toBe(3);
  expect(out).toBe("");
  expect(err).toContain("presents another host key than the known one");
  expect(server.executions).toEqual([]);
});

test("a host that cannot be reached is named, the others are printed, and the exit code is 3", async () => {
  const { code, out, err } = await facts("--known-hosts", knownHosts(server.hostKey), `${server.host}:1`, address());
  expect(code).toBe(3);
  expect(err).toMatch(/^127\.0\.0\.1:1: .*ECONNREFUSED/);
  expect(out).toContain(server.hostKey);
});

test("a host that says nothing is given up after the time that was asked for", async () => {
  server.behave({ silent: true });
  const { code, err } = await facts("--timeout-seconds", "1", "--known-hosts", knownHosts(), address());
  server.behave({ silent: false });
  expect(code).toBe(3);
  expect(err).not.toBe("");
});

test("two ports of one address are two hosts, each with a name of its own", async () => {
  const second = await startSshServer({
    clientKey: server.clientKey,
    handler: localShell({ PATH: process.env.PATH ?? "" }),
  });
  const { code, out } = await facts("--known-hosts", knownHosts(), address(), `${second.host}:${second.port}`);
  await second.close();
  expect(code).toBe(0);
  const inventory = YAML.parse(out) as { hosts: Record<string, { connection: { port: number } }> };
  expect(Object.values(inventory.hosts).map(({ connection }) => connection.port)).toEqual([server.port, second.port]);
  expect(problemsIn(checkInventory(inventory, folder, String))).toEqual([]);
});

test("a host that answers with a revoked key is refused before anything runs there", async () => {
  const { code, out, err } = await facts("--known-hosts", knownHostsFile(`@revoked * ${server.hostKey}\n`), address());
  expect({ code, out }).toEqual({ code: 3, out: "" });
  expect(err).toContain("a host key that is marked @revoked");
  expect(server.executions).toEqual([]);
});

test("a host with several keys is asked for the one that is known", async () => {
  const rsa = utils.generateKeyPairSync("rsa", { bits: 3072 });
  const several = await startSshServer({
    clientKey: server.clientKey,
    moreHostKeys: [rsa.private],
    handler: localShell({ PATH: process.env.PATH ?? "" }),
  });
  const file = knownHostsFile(`[${several.host}]:${several.port} ${rsa.public}\n`);
  const { code, out, err } = await facts("--known-hosts", file, `${several.host}:${several.port}`);
  await several.close();
  expect(code).toBe(0);
  expect(out).toContain(rsa.public.split(" ")[1]);
  expect(err).toContain("ConntrackTuning takes no RSA host key");
});

test("a known_hosts file of many stars does not hang", async () => {
  const file = knownHostsFile(`${"*1".repeat(100)}x ${server.hostKey}\n`);
  const { code } = await facts("--known-hosts", file, address());
  expect(code).toBe(0);
});

test("what a host prints before it is believed changes no terminal", async () => {
  const escape = "\u001B]0;owned\u0007";
  const stranger = await startTcpServer((socket) => socket.end(`HTTP/1.1 400\r\n${escape}\r\nSSH-1.5-${escape}\r\n`));
  const { code, err } = await facts("--known-hosts", knownHosts(), `${stranger.host}:${stranger.port}`);
  await stranger.close();
  expect(code).toBe(3);
  expect(err).toMatch(/^[\x20-\x7E\uFFFD]+\n$/);
});

test.each([["YAML"], ["JSON"]])("what a host says of itself changes no terminal as %s", async (form) => {
  const boast = await startSshServer({
    clientKey: server.clientKey,
    handler: async (execution) => {
      const { stdout = "" } = await localShell({ PATH: process.env.PATH ?? "" })(execution);
      return { stdout: stdout.replace(/"kernel":"/, '"kernel":"\\u001b[2J\\u009b2J') };
    },
  });
  const words = ["--known-hosts", knownHosts(), ...(form === "JSON" ? ["--json"] : []), `${boast.host}:${boast.port}`];
  const { out } = await facts(...words);
  await boast.close();
  expect(out).toContain("2J");
  expect(out).toMatch(/^(\P{Cc}|[\n\t])*$/u);
});

test("what a host prints before it fails changes no terminal", async () => {
  const failing = await startSshServer({
    clientKey: server.clientKey,
    handler: () => ({ stderr: "\u001B[2J\u001B]0;owned\u0007no\n", exitCode: 1 }),
  });
  const { code, err } = await facts("--known-hosts", knownHosts(), `${failing.host}:${failing.port}`);
  await failing.close();
  expect(code).toBe(3);
  expect(err).toMatch(/^[\x20-\x7E\uFFFD]+\n$/);
});

test("an unfit login is tried once", async () => {
  server.behave({ refuseAuthentication: true });
  const { code, err } = await facts("--known-hosts", knownHosts(server.hostKey), address());
  server.behave({ refuseAuthentication: false });
  expect(code).toBe(3);
  expect(err).toContain("refuses the login as root");
  expect(server.connections).toBe(1);
});

test.each([
  ["no number as time", ["--timeout-seconds", "soon"], "--timeout-seconds"],
  ["no time at all", ["--timeout-seconds", "0"], "--timeout-seconds"],
  ["an empty time", ["--timeout-seconds", ""], "--timeout-seconds"],
  ["a time beyond any timer", ["--timeout-seconds", "1e10"], "--timeout-seconds"],
  ["no number as port", ["--port", "ssh"], "--port"],
  ["a port beyond the last", ["--port", "65536"], "--port"],
  ["a port of a host beyond the last", ["192.0.2.1:65536"], "hosts[1].port"],
  ["a known_hosts file that is not there", ["--known-hosts", "/nowhere/known_hosts"], "--known-hosts"],
  ["a host that is none", ["web1;reboot"], "hosts[1].host"],
  ["a host twice", ["WEB1.example.net", "web1.example.net.:22"], "hosts[2]"],
])("%s is wrong use, named before any host is contacted", async (_what, words, name) => {
  const { code, out } = await facts("--json", address(), ...words);
  expect(code).toBe(2);
  const { error } = JSON.parse(out) as { error: { problems: { path: string }[] } };
  expect(error.problems.map((problem) => problem.path)).toEqual([name]);
  expect(server.connections).toBe(0);
});

test("a password before the host is shown nowhere", async () => {
  const { code, out, err } = await facts("root:SECRET@192.0.2.1");
  expect(code).toBe(2);
  expect(out + err).toContain("hosts[0].user");
  expect(out + err).not.toContain("SECRET");
});

test("a key file that is not there is wrong use, with its path", async () => {
  const { code, err } = await facts("--identity", path.join(folder, "missing"), address());
  expect(code).toBe(2);
  expect(err).toContain("missing");
});

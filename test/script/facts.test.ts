/** `pulumi-conntrack facts` over real SSH; the host's script really runs, on this machine's own /proc. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import YAML from "yaml";
import { runCommandLine } from "../../src/cli/command-line";
import { checkInventory } from "../../src/fleet/inventory";
import { generateKeyPair, localShell, startSshServer, type SshServer } from "../support/ssh-server";
import { problemsIn } from "../../src/validation/validation";

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
const knownHosts = (key: string): string => {
  const file = path.join(folder, "known_hosts");
  fs.writeFileSync(file, `[${server.host}]:${server.port} ${key}\n`);
  return file;
};

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
  const { code, err } = await facts("--known-hosts", path.join(folder, "none"), address());
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
  const { code, err } = await facts("--timeout-seconds", "1", "--known-hosts", path.join(folder, "none"), address());
  server.behave({ silent: false });
  expect(code).toBe(3);
  expect(err).not.toBe("");
});

test("a key file that is not there is wrong use, with its path", async () => {
  const { code, err } = await facts("--identity", path.join(folder, "missing"), address());
  expect(code).toBe(2);
  expect(err).toContain("missing");
});

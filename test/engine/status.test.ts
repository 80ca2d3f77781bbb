/** `status` on what the real engine exports: after an update that failed, one that went on, and one that was killed. */
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ConntrackFleet } from "../../src";
import { runCommand, until } from "../support/command-line";
import { createInlineStack, engine, type InlineStack } from "../support/engine";
import { fleetHosts } from "../support/fleet-host";
import { misbehaviour } from "../support/simulated-fleet";
import { type SshHandler, type SshServer, startSshServer } from "../support/ssh-server";

const repositoryRoot = path.resolve(__dirname, "../..");
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const names = ["h0", "h1", "h2"];

let fleet: ReturnType<typeof fleetHosts>;
let server: SshServer;
let stack: InlineStack;
let exported = "";
let udpSeconds = 60;
let isHeld = false;
let heldHosts = 0;

const program = () => {
  const connection = { port: server.port, hostKey: server.hostKey, privateKey: server.clientKey, dialErrorLimit: 0 };
  const hosts = Object.fromEntries(
    names.map((name, index) => [name, { connection: { ...connection, host: `127.0.1.${index + 1}` } }]),
  );
  const settings = { timeouts: { nf_conntrack_udp_timeout: udpSeconds } };
  const rollout = { canary: ["h0"], waves: [1, 100] };
  new ConntrackFleet("edge", { defaults: { facts, settings }, hosts, rollout, observe: false });
  return Promise.resolve({});
};

beforeAll(async () => {
  fleet = fleetHosts();
  const handler: SshHandler = async (execution, hangUp) => {
    if (isHeld) {
      heldHosts += 1;
      await until(() => !isHeld);
    }
    return fleet.handler(execution, hangUp);
  };
  server = await startSshServer({ handler, listenOn: "0.0.0.0" });
  const before = process.env.PATH ?? "";
  process.env.PATH = `${repositoryRoot}${path.delimiter}${before}`;
  stack = await createInlineStack(program, "shop");
  process.env.PATH = before;
  exported = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "exported-")), "stack.json");
});

afterAll(async () => {
  isHeld = false;
  await stack.stack.destroy();
  await server.close();
  stack.remove();
  fs.rmSync(path.dirname(exported), { recursive: true });
});

const pulumi = async (...words: readonly string[]): Promise<string> => {
  const { binDir, environment } = await engine();
  const { stdout } = await promisify(execFile)(
    path.join(binDir, "pulumi"),
    [...words, "--stack", stack.stack.name, "--non-interactive"],
    { cwd: stack.folder, env: { ...process.env, ...environment(stack.folder) } },
  );
  return stdout;
};

/** Of what `pulumi stack export` prints, its secrets encrypted. */
const status = async (...words: readonly string[]) => {
  const stdout = await pulumi("stack", "export");
  fs.writeFileSync(exported, stdout);
  expect(stdout).not.toContain(server.clientKey.slice(100, 140));
  return runCommand("status", exported, ...words);
};

/** The `pulumi up` that this process has started. */
const pulumiProcess = (): number => {
  const found = fs.readdirSync("/proc").find((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [, parent] = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      return parent === String(process.pid) && fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("up\0");
    } catch {
      return false;
    }
  });
  return Number(found);
};

/** Kills an update while it is at work on a host. */
const killUpdate = async (): Promise<void> => {
  [isHeld, heldHosts] = [true, 0];
  const ended = stack.stack.up().then(
    () => "passed",
    () => "failed",
  );
  await until(() => heldHosts > 0);
  process.kill(pulumiProcess(), "SIGKILL");
  expect(await ended).toBe("failed");
  isHeld = false;
  await stack.stack.cancel();
};

const cutOff = async (): Promise<unknown> => {
  const { code, json } = await status("--json");
  expect(code).toBe(1);
  return json().cutOff;
};

test("after a first update that was killed its wave is told, until the next update has made it", async () => {
  await killUpdate();
  expect(await cutOff()).toEqual([{ name: "edge-canary", operation: "creating" }]);
  await stack.stack.up();
  expect(await status()).toMatchObject({ code: 0 });
  await stack.stack.destroy();
});

test("after a first update that failed in the canary the pending host, its time and the waves that are missing are told", async () => {
  fleet.misbehave(["h0"], misbehaviour.refusing);
  const before = new Date().toISOString();
  await expect(stack.stack.up()).rejects.toThrow(/era/);
  const { code, json } = await status("--json");
  expect(code).toBe(1);
  const { fleets } = json() as { fleets: { waves: { pendingSince: { h0: string } }[] }[] };
  expect(fleets).toMatchObject([
    {
      ...{ owner: "shop/test", fleet: "edge", pending: 1, wavesNotBegun: 2, goOn: "pulumi up --stack test" },
      waves: [{ name: "edge-canary", place: "1 of 3", hosts: 1, pending: ["h0"] }],
    },
  ]);
  const since = fleets[0]?.waves[0]?.pendingSince.h0 ?? "";
  expect(since > before && since < new Date().toISOString()).toBe(true);
});

test("after an update that went on nothing is pending, and each wave says what it did", async () => {
  fleet.misbehave(["h0"]);
  await stack.stack.up();
  const { code, out } = await status();
  expect(code).toBe(0);
  expect(out).toContain("edge-canary (wave 1 of 3): 1 host\n");
  expect(out).toContain(": 1 set\n");
  expect(out).toContain("3 hosts in 3 waves: nothing pending.\n");
});

test("after an update that was killed the wave at which it was is told, and the next update clears it", async () => {
  udpSeconds = 70;
  await killUpdate();
  expect(await cutOff()).toEqual([{ name: "edge-canary", operation: "updating" }]);
  await stack.stack.up();
  expect(await status()).toMatchObject({ code: 0 });
});

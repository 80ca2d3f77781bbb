/** The program itself, in a process of its own whose reader has closed the pipe. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { connection, facts, useTemporaryFolder, write } from "../../support/audit";

useTemporaryFolder();

const root = path.resolve(__dirname, "../../..");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-program-"));
const program = `'${process.execPath}' '${folder}/main.js'`;

// From the sources of now, which dist/ need not be.
beforeAll(() => {
  buildSync({
    entryPoints: [path.join(root, "src/cli/main.ts")],
    outfile: path.join(folder, "main.js"),
    bundle: true,
    platform: "node",
    packages: "external",
  });
  const scripts = path.join(root, "src/delivery/script");
  for (const name of fs.readdirSync(scripts).filter((file) => file.endsWith(".sh")))
    fs.copyFileSync(path.join(scripts, name), path.join(folder, name));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Runs a shell's command line; its standard output is closed before the program starts, or goes to a file. */
const run = async (line: string, stdout: "closed" | number = "closed") => {
  const child = spawn("sh", ["-c", line], {
    env: { ...process.env, NODE_PATH: path.join(root, "node_modules") },
    stdio: ["ignore", stdout === "closed" ? "pipe" : stdout, "pipe"],
  });
  child.stdout?.destroy();
  let err = "";
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, err };
};

const hosts = (settings: object): string => write("hosts.json", { hosts: { web1: { connection, facts, settings } } });

test.each([
  ["0 where every rule is kept", {}, 0],
  ["1 where one is broken", { timeouts: { nf_conntrack_tcp_timeout_established: 432000 } }, 1],
])("An audit whose reader has closed the pipe exits %s and says nothing", async (_code, settings, expected) => {
  expect(await run(`${program} audit ${hosts(settings)}`)).toEqual({ code: expected, err: "" });
});

test("A batch whose reader has closed the pipe ends, also where its requests never end", async () => {
  const request = JSON.stringify({ kernel: "6.1.0-50-amd64" });
  expect(await run(`yes '${request}' | ${program} timeouts --batch`)).toEqual({ code: 0, err: "" });
});

test("Output that cannot be written for another reason exits 3 and says so", async () => {
  // Linux, full(4): every write fails as on a full disk.
  const full = fs.openSync("/dev/full", "w");
  const { code, err } = await run(`${program} audit ${hosts({})}`, full);
  fs.closeSync(full);
  expect([code, err]).toEqual([3, expect.stringMatching(/^The output cannot be written: ENOSPC.*\n$/)]);
});

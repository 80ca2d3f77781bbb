/** The program itself, in a process of its own whose reader has closed the pipe. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { connection, facts, useTemporaryFolder, write } from "../../support/audit";
import { programEnvironment, programFile } from "../../support/built-program";

useTemporaryFolder();

const program = `'${process.execPath}' '${programFile}'`;

/** Runs a shell's command line; its standard output is closed before the program starts, or goes to a file. */
const run = async (line: string, stdout: "closed" | number = "closed") => {
  const child = spawn("sh", ["-c", line], {
    env: programEnvironment,
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

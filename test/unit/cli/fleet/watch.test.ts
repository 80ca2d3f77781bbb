/** Long readings and endless ones, as the person before the terminal has them. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { useTemporaryFolder, write } from "../../../support/audit";
import { programEnvironment, programFile } from "../../../support/built-program";
import { startCommand, until } from "../../../support/command-line";
import { fleetHosts } from "../../../support/fleet-host";
import { serve } from "../../../support/transport";

useTemporaryFolder();

const started: ChildProcess[] = [];
afterEach(() => started.splice(0).forEach((child) => child.kill("SIGKILL")));

const serveInventory = async () => {
  const server = await serve({ handler: fleetHosts().handler });
  const { host, port, hostKey, clientKey: privateKey } = server;
  const facts = { memoryMiB: 8192, arch: "x86_64", kernel: "6.1.0-50-cloud-amd64" };
  const web1 = { connection: { host, port, hostKey, privateKey }, facts };
  return { server, inventory: write("hosts.json", { hosts: { web1 } }) };
};

const startProgram = (...words: string[]) => {
  const child = spawn(process.execPath, [programFile, ...words], { env: programEnvironment });
  started.push(child);
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  return { child, out: () => out, ended: once(child, "close") as Promise<[number | null, string | null]> };
};

test("Ctrl-C ends a watch with the code of its last reading, also while a host does not answer", async () => {
  const { server, inventory } = await serveInventory();
  const { child, out, ended } = startProgram("check", inventory, "--watch", "--interval-seconds", "0.1", "--json");
  await until(() => out().includes("\n"));
  server.behave({ hangCommands: true });
  const seen = server.executions.length;
  await until(() => server.executions.length > seen);
  child.kill("SIGINT");
  expect(await ended).toEqual([1, null]);
});

test("Ctrl-C before the first reading ends with 3, because nothing was read", async () => {
  const { server, inventory } = await serveInventory();
  server.behave({ hangCommands: true });
  const { child, ended } = startProgram("check", inventory, "--watch");
  await until(() => server.executions.length > 0);
  child.kill("SIGINT");
  expect(await ended).toEqual([3, null]);
});

test("a watch whose reader is gone ends", async () => {
  const { inventory } = await serveInventory();
  const { child, out, ended } = startProgram("check", inventory, "--watch", "--interval-seconds", "0.1", "--json");
  await until(() => out().includes("\n"));
  child.stdout.destroy();
  expect(await ended).toEqual([1, null]);
});

test("a person who waits sees how many hosts have ended, and the line goes away", async () => {
  const { server, inventory } = await serveInventory();
  const { handler } = fleetHosts();
  const held: { seen?: () => boolean } = {};
  server.behave({
    handler: async (execution) => {
      await until(() => held.seen?.() === true);
      return handler(execution);
    },
  });
  const run = startCommand(["check", inventory], { isInteractive: true });
  held.seen = () => run.err.includes("reading hosts: 0 of 1");
  expect(await run.code).toBe(1);
  expect(run.err).toBe("\rreading hosts: 0 of 1\rreading hosts: 1 of 1\r\u001b[K");
});

test("nobody who is not there sees progress", async () => {
  const { inventory } = await serveInventory();
  const run = startCommand(["check", inventory]);
  await run.code;
  expect(run.err).toBe("");
});

/**
 * A single host whose login ends before the script (forced command, a shell for SFTP only): through the real engine, a
 * program of its own and its language host, because exit codes are what counts.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type CliStack, createCliStack, engine } from "../support/engine";
import { type SshServer, startSshServer } from "../support/ssh-server";
import { tunedHost } from "../support/tuned-host";

const repositoryRoot = path.resolve(__dirname, "../..");

let server: SshServer;
let stack: CliStack;
let project: string;
let binDir: string;

const writeProgram = (): void => {
  const connection = {
    host: server.host,
    port: server.port,
    hostKey: server.hostKey,
    privateKey: server.clientKey,
    dialErrorLimit: 0,
  };
  const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
  fs.writeFileSync(path.join(project, "Pulumi.yaml"), "name: shop\nruntime: nodejs\nmain: index.js\n");
  fs.writeFileSync(path.join(project, "package.json"), JSON.stringify({ name: "shop", main: "index.js" }));
  fs.symlinkSync(path.join(repositoryRoot, "node_modules"), path.join(project, "node_modules"));
  fs.writeFileSync(
    path.join(project, "index.js"),
    `const { ConntrackTuning } = require(${JSON.stringify(path.join(repositoryRoot, "dist/src"))});
new ConntrackTuning("web1", ${JSON.stringify({ connection, facts })});
`,
  );
};

beforeAll(async () => {
  ({ binDir } = await engine());
  server = await startSshServer({ handler: tunedHost });
  project = fs.mkdtempSync(path.join(os.tmpdir(), "no-answer-"));
  writeProgram();
  stack = await createCliStack({ project });
});

beforeEach(() => server.resetCounts());

afterAll(async () => {
  stack.remove();
  fs.rmSync(project, { recursive: true });
  await server.close();
});

const modes = () => server.executions.map(({ command }) => /-- (\w+)/.exec(command)?.[1]);

/** What a person pastes into a shell. */
const paste = (line: string): Promise<number | null> => {
  const child = spawn("sh", ["-c", `${line} --yes --stack test --config-file ${stack.configFile} --non-interactive`], {
    cwd: project,
    env: { ...stack.environment, PATH: `${binDir}:${stack.environment.PATH ?? ""}` },
    stdio: "ignore",
  });
  return new Promise((resolve) => child.on("exit", resolve));
};

test("a login that ends before the script fails every preview and update until the printed command has run", async () => {
  server.behave({ handler: () => ({}) });
  const first = await stack.up();
  expect(first.stdout + first.stderr).toMatch(/web1 exited with 0 and gave no answer.*forced command/);
  expect([first.code === 0, modes()]).toEqual([false, ["apply"]]);

  const second = await stack.up();
  expect(second.code).not.toBe(0);
  const preview = await stack.preview();
  expect(preview.code).not.toBe(0);
  expect(modes()).toEqual(["apply"]);

  const [line = ""] = /pulumi up --replace '[^']+'/.exec(preview.stdout + preview.stderr) ?? [];
  const host = (await stack.exportState()).deployment.resources?.find(({ type }) => type === "command:remote:Command");
  expect(line).toBe(`pulumi up --replace '${host?.urn}'`);

  server.behave({ handler: tunedHost });
  server.resetCounts();
  expect(await paste(line)).toBe(0);
  expect(modes()).toEqual(["restore", "apply"]);
  expect((await stack.up("--expect-no-changes")).code).toBe(0);
});

test("a host that was tuned, and whose login then ends before the script, fails the update that would change it", async () => {
  server.behave({ handler: () => ({}) });
  const program = path.join(project, "index.js");
  fs.writeFileSync(program, fs.readFileSync(program, "utf8").replace('"facts"', '"role":"nat","facts"'));
  expect((await stack.up()).code).not.toBe(0);
  const preview = await stack.preview();
  expect(preview.code).not.toBe(0);
  const [line = ""] = /pulumi up --replace '[^']+'/.exec(preview.stdout + preview.stderr) ?? [];
  server.behave({ handler: tunedHost });
  expect(await paste(line)).toBe(0);
  expect((await stack.destroy()).code).toBe(0);
});

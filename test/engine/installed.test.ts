/** The package as somebody installs it from its tarball, and its plugin without a line in Pulumi.yaml. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import YAML from "yaml";
import { run } from "../../lab/run";
import manifest from "../../package.json";
import { createCliStack, type CliStack } from "../support/engine";
import { fleetHosts, hostIn } from "../support/fleet-host";
import { type SshServer, startSshServer } from "../support/ssh-server";

const root = path.resolve(__dirname, "../..");

let folder: string;
let fleet: ReturnType<typeof fleetHosts>;
let server: SshServer;

/** A workspace with the package at its top, and a project either there or two folders below. */
const application = () => path.join(folder, "packages/app");

const npm = async (cwd: string, ...args: readonly string[]): Promise<string> => {
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--silent"];
  const { code, stdout, stderr } = await run("npm", [...args, ...quiet], { cwd });
  if (code !== 0) throw new Error(stdout + stderr);
  return stdout.trim();
};

const program = `
const { ConntrackFleet } = require("pulumi-conntrack");
const { host, port, hostKey, privateKey } = JSON.parse(process.env.WEB1);
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
new ConntrackFleet("edge", { hosts: { web1: { connection: { host, port, hostKey, privateKey }, facts } } });
`;

/** Makes a project in a folder; `pluginPath` is what its Pulumi.yaml says of the plugin. */
const makeProject = (project: string, pluginPath?: string): void => {
  fs.mkdirSync(project, { recursive: true });
  const providers = [{ name: "conntrack", path: pluginPath }];
  const file = {
    name: "shop",
    runtime: { name: "nodejs", options: { typescript: false } },
    main: "program.js",
    ...(pluginPath === undefined ? {} : { plugins: { providers } }),
  };
  fs.writeFileSync(path.join(project, "Pulumi.yaml"), YAML.stringify(file));
  fs.writeFileSync(path.join(project, "program.js"), program);
};

const openStack = (project: string): Promise<CliStack> => {
  const { host, port, hostKey, clientKey: privateKey } = server;
  return createCliStack({ project, environment: { WEB1: JSON.stringify({ host, port, hostKey, privateKey }) } });
};

const succeed = async (finished: ReturnType<CliStack["up"]>): Promise<void> => {
  const { code, stdout, stderr } = await finished;
  if (code !== 0) throw new Error(stdout + stderr);
};

/** `apply web1` for each run that may write, since the last call. */
const writes = () =>
  fleet.commands
    .splice(0)
    .map(({ command }) => `${/-- (\w+)/.exec(command)?.[1]} ${hostIn(command)}`)
    .filter((line) => !line.startsWith("verify"));

beforeAll(async () => {
  fleet = fleetHosts();
  server = await startSshServer({ handler: fleet.handler });
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-installed-"));
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true }));
  const tarball = await npm(root, "pack", "--pack-destination", folder);
  const { devDependencies } = manifest;
  const peers = (["@pulumi/pulumi", "@pulumi/command"] as const).map((name) => `${name}@${devDependencies[name]}`);
  await npm(folder, "install", path.join(folder, tarball.split("\n").at(-1) ?? ""), ...peers);
});

afterAll(async () => {
  fs.rmSync(folder, { recursive: true, force: true });
  await server.close();
});

test.each([
  ["from the folder that its own package.json installed it into", () => folder, "node_modules/pulumi-conntrack"],
  ["from the top of a workspace", application, "../../node_modules/pulumi-conntrack"],
])("a project takes the packed package and its plugin %s", async (_where, projectFolder, pluginPath) => {
  makeProject(projectFolder(), pluginPath);
  const stack = await openStack(projectFolder());
  await succeed(stack.up());
  expect(writes()).toEqual(["apply web1"]);
  await succeed(stack.destroy());
  expect(writes()).toEqual(["restore web1"]);
  stack.remove();
});

describe("a project whose Pulumi.yaml names no plugin", () => {
  let stack: CliStack;

  const install = async (...words: readonly string[]) => {
    const command = path.join(folder, "node_modules/.bin/pulumi-conntrack");
    return run(command, ["plugin", "install", ...words], { env: stack.environment });
  };
  const installed = (version: string) => path.join(stack.folder, "home/plugins", `resource-conntrack-v${version}`);

  beforeAll(async () => {
    makeProject(application());
    stack = await openStack(application());
  });

  afterAll(() => stack.remove());

  test("is told the lines that are missing, and the command that does without them", async () => {
    const { code, stdout } = await stack.up();
    expect(code).not.toBe(0);
    expect(stdout).toContain("- { name: conntrack, path: ../../node_modules/pulumi-conntrack }");
    expect(stdout).toContain("or run `npx pulumi-conntrack plugin install` once on this machine.");
  });

  test("is told so too where only another version is installed, because the engine would not take it", async () => {
    fs.mkdirSync(installed("0.0.9"), { recursive: true });
    fs.writeFileSync(path.join(installed("0.0.9"), "pulumi-resource-conntrack"), "#!/bin/sh\nexit 1\n", {
      mode: 0o755,
    });
    const { code, stdout } = await stack.up();
    expect(code).not.toBe(0);
    expect(stdout).toContain(`version ${manifest.version} is wanted, and only 0.0.9 is installed`);
  });

  test("plugin install says where the plugin went, leaves other versions, and does nothing the second time", async () => {
    const result = { name: "conntrack", version: manifest.version, folder: installed(manifest.version) };
    const first = await install("--json");
    expect(JSON.parse(first.stdout)).toEqual({ ...result, installed: true, otherVersions: ["0.0.9"] });
    const { mtimeMs } = fs.statSync(installed(manifest.version));
    const second = await install();
    expect(second.stdout).toContain(`Already installed: the plugin conntrack ${manifest.version} in ${result.folder}`);
    expect(fs.statSync(installed(manifest.version)).mtimeMs).toBe(mtimeMs);
    expect(fs.existsSync(installed("0.0.9"))).toBe(true);
  });

  test("then tunes its hosts, and puts them back even after the package is gone", async () => {
    await succeed(stack.up());
    expect(writes()).toEqual(["apply web1"]);
    fs.rmSync(path.join(folder, "node_modules"), { recursive: true });
    await succeed(stack.destroy());
    expect(writes()).toEqual(["restore web1"]);
  });
});

/** Components as programs in other languages make them: the engine asks the plugin to construct them. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import YAML from "yaml";
import { run } from "../../lab/run";
import {
  type CliStack,
  createCliStack,
  createInlineStack,
  engine,
  everythingWritten,
  type InlineStack,
} from "../support/engine";
import { fleetHosts } from "../support/fleet-host";
import { type SshServer, startSshServer } from "../support/ssh-server";

const repositoryRoot = path.resolve(__dirname, "../..");
const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };

let server: SshServer;
let stack: InlineStack;

const connection = () => ({
  host: server.host,
  port: server.port,
  hostKey: server.hostKey,
  privateKey: pulumi.secret(server.clientKey),
});

/** A component that lives in a plugin, whatever the language of the program. */
const remote = (type: string, name: string, args: pulumi.Inputs) => () => {
  new pulumi.ComponentResource(`conntrack:index:${type}`, name, args, {}, true);
  return Promise.resolve();
};

beforeAll(async () => {
  server = await startSshServer({ handler: fleetHosts().handler });
  const before = process.env.PATH ?? "";
  process.env.PATH = `${repositoryRoot}${path.delimiter}${before}`;
  stack = await createInlineStack(() => Promise.resolve(), "elsewhere");
  process.env.PATH = before;
});

afterAll(async () => {
  stack.remove();
  await server.close();
});

test("a single host is constructed, tuned and put back", async () => {
  stack.use(remote("ConntrackTuning", "web1", { connection: connection(), facts }));
  await stack.stack.up();
  expect(server.executions.map(({ command }) => /-- \w+ token=\S+/.exec(command)?.[0])).toEqual([
    "-- apply token=elsewhere/test/web1",
  ]);
  await stack.stack.destroy();
  expect(server.executions.at(-1)?.command).toContain(" restore ");
});

let seen = 0;

/** `apply elsewhere/test/web1` for each run since the last call that names a host; a login alone names none. */
const commands = (): readonly string[] => {
  const since = server.executions.slice(seen);
  seen = server.executions.length;
  return since.flatMap(({ command }) => /-- (\w+) token=(\S+)/.exec(command)?.slice(1).join(" ") ?? []);
};

test("a fleet whose hosts are one secret, because a key is in them, is tuned like any other, and the key stays secret", async () => {
  commands();
  const hosts = pulumi.secret({ web1: { connection: connection(), facts } });
  stack.use(remote("ConntrackFleet", "edge", { hosts, observe: false }));
  const { stdout, stderr } = await stack.stack.up();
  expect(commands()).toEqual(["apply elsewhere/test/web1/edge-1"]);
  const written = everythingWritten(path.join(stack.folder, "backend"));
  expect(written).toContain('"nf_conntrack_');
  for (const line of server.clientKey.split("\n").slice(1, 3)) expect(stdout + stderr + written).not.toContain(line);
  await stack.stack.destroy();
  expect(commands()).toEqual(["restore elsewhere/test/web1/edge-1"]);
});

test("pulumi reads one schema from the plugin: components, waves and the function that looks at hosts", async () => {
  const { binDir, environment } = await engine();
  const plugin = path.join(repositoryRoot, "pulumi-resource-conntrack");
  const env = environment(stack.folder);
  const { stdout } = await run(path.join(binDir, "pulumi"), ["package", "get-schema", plugin], {
    env,
    cwd: stack.folder,
  });
  const { name, resources, functions } = JSON.parse(stdout) as Record<string, object>;
  expect(name).toBe("conntrack");
  expect(Object.keys(resources ?? {}).sort()).toEqual(
    ["ConntrackFleet", "ConntrackTuning", "Rollout"].map((type) => `conntrack:index:${type}`),
  );
  expect(Object.keys(functions ?? {})).toEqual(["conntrack:index:observe"]);
});

describe("a fleet that cannot be tuned", () => {
  let project: string;
  let refused: CliStack;

  /** What the preview of a program prints; a program of a file, because an error would end the test process with it. */
  const previewOf = async (program: string): Promise<string> => {
    const { host, port, hostKey } = server;
    const given = { connection: { host, port, hostKey }, facts };
    const start = `const pulumi = require("@pulumi/pulumi"); const { connection, facts } = ${JSON.stringify(given)};
      const remote = (type, name, args) =>
        new pulumi.ComponentResource("conntrack:index:" + type, name, args, {}, true);`;
    fs.writeFileSync(path.join(project, "program.js"), `${start}\n${program}\n`);
    const { code, stdout } = await refused.preview();
    expect(code).not.toBe(0);
    expect(commands()).toEqual([]);
    return stdout;
  };

  beforeAll(async () => {
    project = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-components-"));
    fs.symlinkSync(path.join(repositoryRoot, "node_modules"), path.join(project, "node_modules"));
    const plugins = { providers: [{ name: "conntrack", path: repositoryRoot }] };
    const runtime = { name: "nodejs", options: { typescript: false } };
    const file = { name: "refused", runtime, main: "program.js", plugins };
    fs.writeFileSync(path.join(project, "Pulumi.yaml"), YAML.stringify(file));
    refused = await createCliStack({ project });
  });

  afterAll(() => {
    refused.remove();
    fs.rmSync(project, { recursive: true, force: true });
  });

  test("because a preview cannot know its hosts yet, is refused with that reason", async () => {
    const shown = await previewOf(`
      const { readBack } = remote("ConntrackTuning", "web1", { connection, facts, readBack: undefined });
      const hosts = readBack.apply(() => ({ web1: { connection, facts } }));
      remote("ConntrackFleet", "edge", { hosts });`);
    expect(shown).toMatch(/- hosts: must be known at once, and is an Output or a Promise .* Make the value plain/);
  });

  test("because of mistakes, is refused with each of them by its path", async () => {
    const shown = await previewOf(`
      const hosts = { web1: { connection, facts, settings: { max: 5 } }, web2: { facts } };
      remote("ConntrackFleet", "edge", { hosts, rollout: { lanes: 0 } });`);
    expect(shown).toMatch(/rollout\.lanes = 0/);
    expect(shown).toMatch(/hosts\.web1\.settings\.max = 5/);
    expect(shown).toMatch(/hosts\.web2\.connection/);
  });
});

/** Components as programs in other languages make them: the engine asks the plugin to construct them. */
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { createInlineStack, type InlineStack } from "../support/engine";
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

/**
 * What a fleet costs: first apply, no change with and without a reading, one changed host, a failure of one, destroy,
 * on hosts that answer at once (one SSH server in this process plays all of them). Run it on a machine that does nothing
 * else. Usage: npx ts-node bench/fleet.ts [HOSTS...]; default 1 100 1000.
 */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { createCliStack, type PulumiRun } from "../test/support/engine";
import { fleetHosts } from "../test/support/fleet-host";
import { misbehaviour } from "../test/support/simulated-fleet";
import { startSshServer } from "../test/support/ssh-server";

const root = path.resolve(__dirname, "..");
const facts = { memoryMiB: 16384, arch: "x86_64", kernel: "6.1.0-50-cloud-amd64" };
const addressOf = (index: number): string => `127.1.${index >> 8}.${index & 255}`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const measure = async (count: number): Promise<void> => {
  const fleet = fleetHosts();
  const server = await startSshServer({ handler: fleet.handler, listenOn: "0.0.0.0" });
  const stack = await createCliStack({ project: root });
  const inventory = path.join(stack.folder, "hosts.yaml");
  stack.configure({ "pulumi-conntrack:inventory": inventory });
  const write = (udp: (index: number) => number, observe: boolean): void => {
    const login = { port: server.port, hostKey: server.hostKey, privateKey: server.clientKey, dialErrorLimit: 0 };
    const hosts = Object.fromEntries(
      Array.from({ length: count }, (_, index) => {
        const settings = { timeouts: { nf_conntrack_udp_timeout: udp(index) } };
        return [`h${index}`, { connection: { host: addressOf(index + 1) }, settings }];
      }),
    );
    fs.writeFileSync(inventory, YAML.stringify({ defaults: { connection: login, facts }, hosts, observe }));
  };
  const report = async (what: string, work: Promise<PulumiRun>, expected: boolean): Promise<void> => {
    const { code, seconds, stdout, stderr } = await work;
    if ((code === 0) !== expected) throw new Error(stdout + stderr);
    say(`${count} hosts, ${what}: ${seconds.toFixed(1)} s, ${server.connections} contacts`);
    server.resetCounts();
  };
  const changeOf = (changed: number) => (index: number) => (index === 0 ? changed : 30);

  write(changeOf(30), false);
  await report("first apply", stack.up(), true);
  const state = path.join(stack.folder, "backend/.pulumi/stacks/pulumi-conntrack/test.json");
  say(`${count} hosts, state: ${Math.round(fs.statSync(state).size / count)} bytes a host`);
  await report("no change", stack.up(), true);
  write(changeOf(31), false);
  await report("one changed", stack.up(), true);
  write(changeOf(31), true);
  await report("observe turned on", stack.up(), true);
  await report("no change, observed", stack.up(), true);
  fleet.misbehave(["h0"], misbehaviour.refusing);
  write((index) => (index === 0 ? 33 : 32), true);
  await report("all changed, one fails", stack.up(), false);
  fleet.misbehave(["h0"]);
  await report("the one that is left", stack.up(), true);
  await report("destroy", stack.destroy(), true);
  stack.remove();
  await server.close();
};

const main = async (): Promise<void> => {
  const counts = process.argv.slice(2).map(Number);
  for (const count of counts.length > 0 ? counts : [1, 100, 1000]) await measure(count);
};

void main();

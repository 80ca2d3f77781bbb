/** The machines of the demo: what each is, what it is for, and how the inventory describes it. */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { run } from "../run";
import { readKernel, type KernelValues } from "../vm/kernel-values";
import type { KernelId } from "../vm/kernels";
import { startMachine, type Machine } from "../vm/machine";

interface DemoHost {
  readonly name: string;
  readonly kernel: KernelId;
  /** What a person adds to what `facts` finds. */
  readonly asked: object;
}

/** Two kernels of different eras; one is sized from its RAM, one from what it has to carry. */
const demoHosts: readonly DemoHost[] = [
  {
    name: "gateway",
    kernel: "amd64-5.10",
    asked: { role: "nat", traffic: { loads: [{ load: "natGateway", size: 100 }] } },
  },
  { name: "web", kernel: "amd64-6.12", asked: { role: "host" } },
];

/** Small enough that Linux's own tables are small. */
const memoryMiB = 1024;

/** A host of the demo that is running. */
export interface RunningHost {
  readonly name: string;
  readonly asked: object;
  readonly machine: Machine;
}

/** Boots all of them side by side. */
export const startHosts = (): Promise<readonly RunningHost[]> =>
  Promise.all(
    demoHosts.map(async ({ name, asked, kernel }) => ({
      ...{ name, asked },
      machine: await startMachine({ kernel, memoryMiB }),
    })),
  );

/** What a host is, as `pulumi-conntrack facts` finds it, in the inventory's form. */
const lookAt = async ({ machine }: RunningHost, root: string, knownHosts: string): Promise<Record<string, object>> => {
  const args = ["facts", "--json", "--identity", machine.privateKeyFile, "--known-hosts", knownHosts];
  const address = `[${machine.host}]:${machine.port}`;
  const command = ["dist/src/cli/main.js", ...args, address];
  const { code, stdout, stderr } = await run(process.execPath, command, { cwd: root });
  if (code !== 0) throw new Error(`pulumi-conntrack facts failed: ${stderr}`);
  const { hosts } = JSON.parse(stdout) as { hosts: Record<string, Record<string, object>> };
  return Object.values(hosts)[0] ?? {};
};

/** Writes known_hosts and hosts.yaml of the machines into a folder; gives the path of hosts.yaml. */
export const writeInventory = async (hosts: readonly RunningHost[], root: string, folder: string): Promise<string> => {
  const knownHosts = path.join(folder, "known_hosts");
  const lines = hosts.map(({ machine: { host, port, hostKey } }) => `[${host}]:${port} ${hostKey}\n`);
  fs.writeFileSync(knownHosts, lines.join(""));
  const entries = await Promise.all(
    hosts.map(async (host) => {
      const entry = await lookAt(host, root, knownHosts);
      const connection = { ...entry.connection, privateKeyFile: host.machine.privateKeyFile };
      return [host.name, { ...entry, ...host.asked, connection }] as const;
    }),
  );
  const inventory = path.join(folder, "hosts.yaml");
  fs.writeFileSync(inventory, YAML.stringify({ hosts: Object.fromEntries(entries) }));
  return inventory;
};

/** What the kernel of each host says, by the host's name. */
export type KernelsValues = ReadonlyMap<string, KernelValues>;

export const readKernels = async (hosts: readonly RunningHost[]): Promise<KernelsValues> =>
  new Map(await Promise.all(hosts.map(async ({ name, machine }) => [name, await readKernel(machine)] as const)));

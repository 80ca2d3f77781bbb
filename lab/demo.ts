/**
 * `npm run demo`: tunes a real kernel with a real `pulumi up` and puts it back with `destroy`. The host is a small
 * virtual machine, the program is the one of the root Pulumi.yaml. `npm run demo -- --keep` leaves both for playing.
 */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { compareValues } from "./demo/compare-values";
import { explainKept } from "./demo/kept";
import { createCliStack, type PulumiRun } from "./engine/cli-stack";
import { ensureEngine } from "./engine/ensure-engine";
import { run, sayAloud } from "./run";
import { readKernel } from "./vm/kernel-values";
import { requirePrograms } from "./vm/required-programs";
import { startMachine, type Machine } from "./vm/machine";

const root = path.resolve(__dirname, "..");

/** Small enough that Linux's own table is small, and a NAT gateway, so that timeouts change too. */
const host = { name: "gateway", kernel: "amd64-6.1", memoryMiB: 1024, role: "nat" } as const;

const startedAt = Date.now();
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
const heading = (text: string): void => sayAloud(`\n=== ${text} (${seconds(Date.now() - startedAt)})`);

/** For pulumi: no lines of dots. */
const quiet = "--suppress-progress";

/** Which command plugin is in use has been said; pulumi says it in its progress too, and in the diagnostics below it. */
const sayNews = (line: string): void => {
  if (!/^ {1,4}[^w ].*warning: using pulumi-resource-command from \$PATH/.test(line)) sayAloud(line);
};

/** Goes on only after a success; everything `pulumi` printed has been shown already. */
const succeed = ({ code }: PulumiRun, what: string): void => {
  if (code !== 0) throw new Error(`${what} failed with status ${code}: see above`);
};

/** What the host is, as `pulumi-conntrack facts` finds it, in the inventory's form. */
const lookAt = async (machine: Machine, knownHosts: string): Promise<Record<string, object>> => {
  const address = `[${machine.host}]:${machine.port}`;
  fs.writeFileSync(knownHosts, `${address} ${machine.hostKey}\n`);
  const args = ["facts", "--json", "--identity", machine.privateKeyFile, "--known-hosts", knownHosts];
  const { code, stdout, stderr } = await run(process.execPath, ["dist/src/cli/main.js", ...args, address], {
    cwd: root,
  });
  if (code !== 0) throw new Error(`pulumi-conntrack facts failed: ${stderr}`);
  const { hosts } = JSON.parse(stdout) as { hosts: Record<string, Record<string, object>> };
  return Object.values(hosts)[0] ?? {};
};

const demo = async (keep: boolean): Promise<void> => {
  requirePrograms("amd64");
  heading("Making ready: the Pulumi engine, and a virtual machine with a Debian kernel");
  const [engine, machine] = await Promise.all([
    ensureEngine(),
    startMachine({ kernel: host.kernel, memoryMiB: host.memoryMiB }),
  ]);
  const stack = await createCliStack({ engine, stack: "demo", project: root, onLine: sayNews });
  // However this ends: the machine sees to itself.
  const removeStack = (): void => stack.remove();
  process.once("exit", removeStack);
  heading("What the host has");
  const entry = await lookAt(machine, path.join(stack.folder, "known_hosts"));
  const inventory = path.join(stack.folder, "hosts.yaml");
  const connection = { ...entry.connection, privateKeyFile: machine.privateKeyFile };
  fs.writeFileSync(inventory, YAML.stringify({ hosts: { [host.name]: { ...entry, role: host.role, connection } } }));
  sayAloud(fs.readFileSync(inventory, "utf8").trimEnd());
  stack.configure({ "pulumi-conntrack:inventory": inventory });
  const before = await readKernel(machine);

  heading("pulumi preview");
  succeed(await stack.preview(quiet), "pulumi preview");
  heading("pulumi up");
  succeed(await stack.up(quiet), "pulumi up");
  heading("The kernel's own values, before and after");
  const after = await readKernel(machine);
  sayAloud(compareValues(before, after, ["before", "after"]));

  heading("pulumi up again: nothing to do");
  const again = await stack.up(quiet, "--expect-no-changes");
  succeed(again, "pulumi up without a change");
  sayAloud(`unchanged, in ${again.seconds.toFixed(1)} s`);
  if (keep) {
    machine.keep();
    process.removeListener("exit", removeStack);
    heading("Kept");
    sayAloud(explainKept(machine, stack, root));
    return;
  }

  heading("pulumi destroy");
  succeed(await stack.destroy(quiet), "pulumi destroy");
  heading("The kernel's own values, put back");
  const restored = await readKernel(machine);
  sayAloud(compareValues(after, restored, ["tuned", "put back"]));
  const different = [...before].filter(([name, value]) => restored.get(name) !== value);
  if (different.length > 0) throw new Error(`not put back: ${different.map(([name]) => name).join(", ")}`);
  await machine.remove();
  heading("Done: every value is as before, and the machine is removed");
};

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
demo(process.argv.includes("--keep")).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);

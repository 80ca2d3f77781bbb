/**
 * `npm run demo`: tunes a fleet of two real kernels with a real `pulumi up`, repairs what somebody changes on one of
 * them, and puts both back with `destroy`. The hosts are small virtual machines, the program is the one of the root
 * Pulumi.yaml. `npm run demo -- --keep` leaves them for playing.
 */
import fs from "node:fs";
import path from "node:path";
import { compareValues } from "./demo/compare-values";
import { readKernels, startHosts, writeInventory, type RunningHost } from "./demo/hosts";
import { explainKept } from "./demo/kept";
import { pulumiNews } from "./demo/pulumi-news";
import { createCliStack, type PulumiRun } from "./engine/cli-stack";
import { ensureEngine } from "./engine/ensure-engine";
import { sayAloud } from "./run";
import { requirePrograms } from "./vm/required-programs";

const root = path.resolve(__dirname, "..");

/** What somebody does on a host, behind the back of the program. */
const drift = { host: "web", command: "sysctl -w net.netfilter.nf_conntrack_max=10000" } as const;

const startedAt = Date.now();
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
const heading = (text: string): void => sayAloud(`\n=== ${text} (${seconds(Date.now() - startedAt)})`);

const columns = 80;
const indent = "  ";

/** Breaks a line at its last blank before the edge of the terminal. */
const sayFolded = (line: string): void => {
  const edge = line.length > columns ? line.lastIndexOf(" ", columns) : -1;
  sayAloud(edge > indent.length ? line.slice(0, edge) : line);
  if (edge > indent.length) sayFolded(`${indent}${line.slice(edge + 1)}`);
};

/** Goes on only after a success. */
const succeed = async (running: Promise<PulumiRun>, what: string): Promise<void> => {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(`${stdout}${stderr}\n${what} failed with status ${code}: see above`);
};

const changeByHand = async (hosts: readonly RunningHost[]): Promise<void> => {
  const machine = hosts.find(({ name }) => name === drift.host)?.machine;
  const done = await machine?.exec(drift.command);
  if (done?.code !== 0) throw new Error(`${drift.command} failed: ${done?.stderr ?? ""}`);
  sayAloud(`root@${drift.host}# ${drift.command}`);
};

const demo = async (keep: boolean): Promise<void> => {
  requirePrograms("amd64");
  heading("Making ready: the Pulumi engine and two virtual machines");
  const [engine, hosts] = await Promise.all([ensureEngine(sayFolded), startHosts()]);
  for (const { name, machine } of hosts) sayAloud(`${name}: Linux ${machine.release}`);
  const stack = await createCliStack({ engine, stack: "demo", project: root, onLine: pulumiNews(sayFolded) });
  // However this ends: the machines see to themselves.
  const removeStack = (): void => stack.remove();
  process.once("exit", removeStack);
  const up = (what: string, ...args: readonly string[]) => succeed(stack.up("--suppress-progress", ...args), what);

  heading("The inventory, from what the hosts say of themselves");
  const inventory = await writeInventory(hosts, root, stack.folder);
  sayAloud(fs.readFileSync(inventory, "utf8").trimEnd());
  stack.configure({ "pulumi-conntrack:inventory": inventory });
  const before = await readKernels(hosts);

  heading("pulumi preview");
  await succeed(stack.preview("--suppress-progress"), "pulumi preview");
  heading("pulumi up");
  await up("pulumi up");
  heading("What the kernels say, before and after");
  const tuned = await readKernels(hosts);
  sayAloud(compareValues(before, tuned, ["before", "after"]));
  heading("pulumi up again: hosts are read, nothing is written");
  await up("pulumi up without a change", "--expect-no-changes");

  heading("Somebody changes a value by hand");
  await changeByHand(hosts);
  heading("pulumi preview names it");
  await succeed(stack.preview("--suppress-progress"), "pulumi preview");
  heading("pulumi up repairs it, and only reads the other host");
  const drifted = await readKernels(hosts);
  await up("pulumi up of the changed host");
  heading("What the kernels say, repaired");
  const repaired = await readKernels(hosts);
  sayAloud(compareValues(drifted, repaired, ["changed", "repaired"]));
  if (keep) {
    for (const { machine } of hosts) machine.keep();
    process.removeListener("exit", removeStack);
    heading("Kept");
    sayAloud(explainKept(hosts, stack, root));
    return;
  }

  heading("pulumi destroy");
  await succeed(stack.destroy("--suppress-progress"), "pulumi destroy");
  heading("What the kernels say, put back");
  const restored = await readKernels(hosts);
  sayAloud(compareValues(repaired, restored, ["tuned", "put back"]));
  const different = [...before].flatMap(([host, values]) =>
    [...values].filter(([name, value]) => restored.get(host)?.get(name) !== value).map(([name]) => `${host} ${name}`),
  );
  if (different.length > 0) throw new Error(`not put back: ${different.join(", ")}`);
  await Promise.all(hosts.map(({ machine }) => machine.remove()));
  heading("Done: every value is as before, and the machines are removed");
};

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
demo(process.argv.includes("--keep")).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);

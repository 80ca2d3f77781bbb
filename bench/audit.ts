/**
 * What `pulumi-conntrack audit` takes for fleets of 1,000, 10,000 and 100,000 hosts: an inventory (YAML) and an exported
 * stack. Usage: node -r ts-node/register/transpile-only bench/audit.ts [HOSTS...], `npm run build` first. Exits 1 where
 * ten times the hosts take more than fifteen times the processor time.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import Table from "cli-table3";
import { createMeasure, type Measured } from "./fleet/measure";
import { buildNative } from "./fleet/native";

const root = path.resolve(__dirname, "..");
/** More for ten times the hosts would be no straight line any more; less is the start of the program. */
const maximumGrowth = 15;

const hostKey = (index: number): string => {
  const blob = Buffer.concat([Buffer.from("\0\0\0\vssh-ed25519\0\0\0 "), Buffer.alloc(32)]);
  blob.writeUInt32BE(index, blob.length - 4);
  return `ssh-ed25519 ${blob.toString("base64")}`;
};
const addressOf = (index: number): string => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
const memoryOf = (index: number): number => 8192 * (1 + (index % 4));
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

const inventory = (count: number): string => {
  const hosts = numbers(count).map(
    (index) =>
      `  web${index}:\n    connection: { host: ${addressOf(index)}, hostKey: ${hostKey(index)} }\n` +
      `    facts: { memoryMiB: ${memoryOf(index)} }\n`,
  );
  const defaults =
    "  connection: { user: tuner, sudo: true }\n  facts: { arch: x86_64, kernel: 6.1.0-50-cloud-amd64 }\n";
  return `defaults:\n${defaults}hosts:\n${hosts.join("")}`;
};

const stack = (count: number): string => {
  const urn = "urn:pulumi:prod::edge::conntrack:index:ConntrackFleet$conntrack:index:Rollout::fleet-1";
  const hosts = numbers(count).map((index) => [
    `web${index}`,
    { host: addressOf(index), hostKey: hostKey(index), ...(index % 4 === 0 ? {} : { memoryMiB: memoryOf(index) }) },
  ]);
  const profile = {
    ...{ connection: "tuner", memoryMiB: 8192, arch: "x86_64", kernel: "6.1.0-50-cloud-amd64" },
    ...{ max: 262144, buckets: 262144, nf_conntrack_udp_timeout: 30 },
  };
  const inputs = {
    ...{ owner: "edge/prod", wave: "1", lanes: 64, maximumFailures: 0, observe: true },
    ...{ profile: "host-8GiB", profiles: { "host-8GiB": profile }, hosts: Object.fromEntries(hosts) as object },
    connections: { tuner: { user: "tuner", sudo: true } },
  };
  const wave = { urn, custom: true, id: "fleet-1", type: "conntrack:index:Rollout", inputs };
  return JSON.stringify({ version: 3, deployment: { manifest: {}, resources: [wave] } });
};

const files = { inventory, "exported stack": stack } as const;
type Kind = keyof typeof files;

const main = async (counts: readonly number[]): Promise<boolean> => {
  const measure = createMeasure((await buildNative(() => undefined)).measure);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bench-audit-"));
  const table = new Table({
    head: ["file", "hosts", "CPU s", "wall s", "MB", "x the one before"],
    style: { head: [] },
  });
  let good = true;
  for (const kind of ["inventory", "exported stack"] satisfies Kind[]) {
    let before: { readonly count: number; readonly measured: Measured } | undefined;
    for (const count of counts) {
      const file = path.join(folder, "fleet");
      fs.writeFileSync(file, files[kind](count));
      // It exits with 1 where a rule is broken, which is no failure here.
      const audit = `"$0" dist/src/cli/main.js audit --json "$1" > "$2"; test $? -le 1`;
      const args = ["-c", audit, process.execPath, file, path.join(folder, "report")];
      const measured = await measure({ program: "sh", args, cwd: root });
      const growth = before && measured.cpuSeconds / before.measured.cpuSeconds;
      if (before !== undefined && growth !== undefined)
        good &&= growth <= (maximumGrowth / 10) * (count / before.count);
      table.push([
        ...[kind, count, measured.cpuSeconds.toFixed(1), measured.wallSeconds.toFixed(1)],
        ...[(measured.peakBytes / 1e6).toFixed(0), growth?.toFixed(1) ?? "-"],
      ]);
      before = { count, measured };
    }
  }
  fs.rmSync(folder, { recursive: true });
  process.stdout.write(`${table.toString()}\n`);
  return good;
};

const counts = process.argv.slice(2).map(Number);
main(counts.length > 0 ? counts : [1000, 10_000, 100_000]).then(
  (good) => {
    process.exitCode = good ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);

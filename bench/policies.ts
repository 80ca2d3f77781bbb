/**
 * What policies cost: previews of a stack of 200 tuned hosts without a pack, with a pack that looks at nothing (what
 * engine and SDK take for any pack) and with ours, in rounds, one after the other in the same run. Run it on a machine
 * that does nothing else. Usage: npx ts-node bench/policies.ts [ROUNDS]. Exits 1 where our pack adds 20 % or more.
 */
import fs from "node:fs";
import path from "node:path";
import { createCliStack, type PulumiRun } from "../test/support/engine";
import { median } from "./median";

const hostCount = 200;
const maximumOverhead = 0.2;
const root = path.resolve(__dirname, "..");

const facts = {
  memoryMiB: 16384,
  arch: "x86_64",
  kernel: "6.1.0-50-cloud-amd64",
  unameVersion: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-06-30)",
  cores: 4,
};
/** Nobody is dialled by a preview; the key has the right form and belongs to no host. */
const hostKey = `ssh-ed25519 ${Buffer.alloc(51, 1).toString("base64")}`;

const fleet = Object.fromEntries(
  Array.from({ length: hostCount }, (_, index) => [
    `web${index}`,
    { connection: { host: `192.0.2.${index}`, user: "tuner", sudo: true, hostKey }, facts },
  ]),
);

const secondsOf = ({ code, seconds, stdout, stderr }: PulumiRun): number => {
  if (code !== 0) throw new Error(`the preview failed: ${stdout}${stderr}`);
  return seconds;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A pack with one policy that accepts everything, in a folder from which the SDK is found. */
const writeEmptyPack = (folder: string): string => {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, "PulumiPolicy.yaml"), "runtime: nodejs\nversion: 0.1.0\n");
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "empty", version: "0.1.0" }));
  fs.writeFileSync(
    path.join(folder, "index.js"),
    'const { PolicyPack } = require("@pulumi/policy");\n' +
      'new PolicyPack("empty", { policies: [{ name: "empty", description: "", validateResource: () => undefined }] });\n',
  );
  return folder;
};

const variants = ["no pack", "empty pack", "our pack"] as const;
type Variant = (typeof variants)[number];

const main = async (rounds: number): Promise<boolean> => {
  const stack = await createCliStack({ project: root, config: { "pulumi-conntrack:hosts": fleet } });
  const emptyPack = writeEmptyPack(path.join(root, "node_modules/.cache/pulumi-conntrack/empty-pack"));
  const packs: Readonly<Record<Variant, readonly string[]>> = {
    "no pack": [],
    "empty pack": ["--policy-pack", emptyPack],
    "our pack": ["--policy-pack", path.join(root, "policies")],
  };
  const preview = async (variant: Variant) => secondsOf(await stack.preview(...packs[variant]));
  try {
    // Files are read from the disk once before anything counts.
    await preview("our pack");
    const overheads: Record<Variant, number[]> = { "no pack": [], "empty pack": [], "our pack": [] };
    for (let round = 0; round < rounds; round += 1) {
      // Each round begins with another variant, so that a machine that slows down favours none.
      const order = variants.map((_, index) => variants[(index + round) % variants.length] ?? "no pack");
      const seconds: Record<Variant, number> = { "no pack": 0, "empty pack": 0, "our pack": 0 };
      for (const variant of order) seconds[variant] = await preview(variant);
      for (const variant of variants) overheads[variant].push(seconds[variant] / seconds["no pack"] - 1);
      say(`round ${round + 1}: ${variants.map((variant) => `${variant} ${seconds[variant].toFixed(1)} s`).join(", ")}`);
    }
    const inPercent = (variant: Variant) => `${(100 * median(overheads[variant])).toFixed(1)} %`;
    say(`${hostCount} hosts: our pack adds ${inPercent("our pack")}, an empty one ${inPercent("empty pack")}`);
    return median(overheads["our pack"]) < maximumOverhead;
  } finally {
    stack.remove();
    fs.rmSync(emptyPack, { recursive: true, force: true });
  }
};

main(Number(process.argv[2] ?? 5)).then(
  (good) => {
    process.exitCode = good ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);

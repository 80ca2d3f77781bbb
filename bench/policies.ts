/**
 * What policies cost: previews of a stack of 200 tuned hosts with and without the pack, in pairs, one after the other
 * in the same run. Usage: npx ts-node bench/policies.ts [PAIRS]. Exits 1 where the pack adds 20 % or more.
 */
import path from "node:path";
import { createCliStack, type PulumiRun } from "../test/support/engine";

const hostCount = 200;
const greatestOverhead = 0.2;
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

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const [below = 0, above = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (below + above) / 2;
};

const secondsOf = ({ code, seconds, stdout, stderr }: PulumiRun): number => {
  if (code !== 0) throw new Error(`the preview failed: ${stdout}${stderr}`);
  return seconds;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const main = async (pairs: number): Promise<boolean> => {
  const stack = await createCliStack({ project: root, config: { "pulumi-conntrack:hosts": fleet } });
  try {
    const plain = async () => secondsOf(await stack.preview());
    const judged = async () => secondsOf(await stack.preview("--policy-pack", path.join(root, "policies")));
    // Files are read from the disk once before anything counts.
    await judged();
    const overheads: number[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      // Every second pair runs the other way round, so that a machine that slows down favours neither.
      const first = await (pair % 2 === 0 ? plain() : judged());
      const second = await (pair % 2 === 0 ? judged() : plain());
      const [without, withPack] = pair % 2 === 0 ? [first, second] : [second, first];
      overheads.push(withPack / without - 1);
      say(`pair ${pair + 1}: ${without.toFixed(1)} s without the pack, ${withPack.toFixed(1)} s with it`);
    }
    const overhead = median(overheads);
    say(`${hostCount} hosts: the policies add ${(100 * overhead).toFixed(1)} % (median of ${pairs} pairs)`);
    return overhead < greatestOverhead;
  } finally {
    stack.remove();
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

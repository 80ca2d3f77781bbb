/**
 * What a fleet costs, beside other ways to run the same script on many hosts, in one run. Usage:
 *
 *   node -r ts-node/register/transpile-only bench/fleet.ts [HOSTS...]
 *     --hosts KIND   `at once` (an SSH server that costs little and remembers), `script` (OpenSSH's sshd and the real
 *                    host script on simulated hosts), or `both`, the default
 *     --tools NAMES  separated by commas; all of them by default
 *     --rounds N     how often; the run with the middle wall time counts. Default 1
 *     --first        the first apply alone: hundreds of hosts that run the script take minutes for each phase
 *     --json FILE    writes every row there
 *
 * HOSTS default to 1 10 100 200 500 1000 2000. `npm run build` first; a machine that does nothing else. Everything that
 * a tool starts is counted, and no host; but hosts take their time from the same processors. Exits 1 where a goal is missed.
 */
import fs from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { hostKinds, startHosts, type HostKind } from "./fleet/hosts";
import { goalsAmong, isMet } from "./fleet/goals";
import { createMeasure } from "./fleet/measure";
import { measurePeer } from "./fleet/measure-peer";
import { measurePulumi } from "./fleet/measure-pulumi";
import { buildNative } from "./fleet/native";
import { peers } from "./fleet/peers";
import { ourFleet, singleHosts } from "./fleet/pulumi-tools";
import type { Add, Row } from "./fleet/rows";
import { goalLine, tableOf } from "./fleet/table";
import type { BenchHosts } from "./fleet/hosts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    hosts: { type: "string", default: "both" },
    tools: { type: "string" },
    rounds: { type: "string", default: "1" },
    first: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const counts = positionals.length > 0 ? positionals.map(Number) : [1, 10, 100, 200, 500, 1000, 2000];
const kinds: readonly HostKind[] = hostKinds.filter((kind) => values.hosts === "both" || values.hosts === kind);
const isFirstOnly = values.first;
const chosen = values.tools?.split(",");

interface Tool {
  readonly name: string;
  readonly maximumHosts: number;
  readonly run: (hosts: BenchHosts, add: Add) => Promise<void>;
}

/** All tools that can be had here and are asked for. */
const prepareTools = async (): Promise<{ readonly tools: readonly Tool[]; readonly hostsProgram: string }> => {
  const native = await buildNative(say);
  const measure = createMeasure(native.measure);
  const isChosen = ({ name }: { readonly name: string }): boolean => chosen === undefined || chosen.includes(name);
  const single = singleHosts();
  const pulumi: readonly Tool[] = [
    {
      name: ourFleet.name,
      maximumHosts: Infinity,
      run: (hosts, add) => measurePulumi(ourFleet, hosts, measure, add, isFirstOnly),
    },
    // Its time grows with the square of the number: 200 hosts take a minute.
    {
      name: single.name,
      maximumHosts: 200,
      run: (hosts, add) => measurePulumi(single, hosts, measure, add, isFirstOnly),
    },
  ];
  const others: Tool[] = [];
  for (const { name, maximumHosts, prepare } of peers.filter(isChosen)) {
    const start = await prepare(say);
    if (typeof start === "string") say(`skipped: ${name}: ${start}`);
    else
      others.push({
        name,
        maximumHosts,
        run: (hosts, add) => measurePeer(name, start, hosts, measure, add, isFirstOnly),
      });
  }
  return { tools: [...others, ...pulumi.filter(isChosen)], hostsProgram: native.hosts };
};

const lineOf = ({ kind, hosts, tool, phase, wallSeconds, cpuSeconds, contacts }: Row): string =>
  `${hosts} hosts (${kind}), ${tool}, ${phase}: ${wallSeconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of CPU, ${contacts} logins`;

const main = async (): Promise<boolean> => {
  const { tools, hostsProgram } = await prepareTools();
  const rows: Row[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const kind of kinds)
      for (const count of counts) {
        const hosts = await startHosts(kind, count, hostsProgram);
        for (const tool of tools.filter(({ maximumHosts }) => count <= maximumHosts)) {
          await hosts.reset();
          let [load = 0] = os.loadavg();
          await tool.run(hosts, (operation) => {
            const row = { ...operation, kind, hosts: count, load };
            rows.push(row);
            [load = 0] = os.loadavg();
            say(lineOf(row));
          });
        }
        await hosts.close();
      }
  if (values.json !== undefined) fs.writeFileSync(values.json, JSON.stringify(rows, undefined, 1));
  for (const kind of kinds) say(`\nHosts: ${kind}\n${tableOf(rows.filter((row) => row.kind === kind))}`);
  const goals = goalsAmong(rows);
  goals.map(goalLine).forEach(say);
  return goals.every(isMet);
};

main().then(
  (good) => {
    process.exitCode = good ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? "") : String(error)}\n`);
    process.exitCode = 1;
  },
);

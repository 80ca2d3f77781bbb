/** A run and its verdict as a table that a person reads. */
import Table from "cli-table3";
import type { SimulationResult } from "./result";
import type { Verdict } from "./verdict";

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");
const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? "no limit" : `${(share * 100).toFixed(1)} %`;
const seconds = (value: number | null): string => (value === null ? "never" : `${value.toFixed(1)} s`);
const MIB = 1024 * 1024;

type Row = [string, string];

const row = (name: string, value: string): Row => [name, value];

/** The greatest count, and where another moment was fuller because max has changed, that too. */
const peakRows = ({ peak, fullest }: SimulationResult): Row[] => {
  const entries = `${whole(peak)} entries`;
  if (fullest === null) return [row("peak", `${entries}, no limit`)];
  const share = `${percent(fullest.fill)} of max`;
  return fullest.count === peak
    ? [row("peak", `${entries}, ${share}`)]
    : [row("peak", entries), row("fullest", `${whole(fullest.count)} entries, ${share} ${whole(fullest.max)}`)];
};

const rowsOf = (result: SimulationResult): Row[] => {
  const { halfOpen, unreplied, replied, closing } = result.earlyDropVictims;
  const percentiles = result.fillPercentiles;
  return [
    ...peakRows(result),
    [
      "fill at 50 / 95 / 99 % of the time",
      [percentiles?.p50, percentiles?.p95, percentiles?.p99].map((share) => percent(share)).join(" / "),
    ],
    ["dropped at the full table", whole(result.drops)],
    [
      "killed to make room",
      `${whole(result.earlyDrops)} (half-open ${whole(halfOpen)}, unreplied ${whole(unreplied)}, replied ${whole(replied)}, closing ${whole(closing)})`,
    ],
    ["refused by long chains", whole(result.chainRefusals)],
    ["longest chain", `${whole(result.longestChain)} nodes`],
    ["nodes walked per lookup", result.meanNodesPerLookup.toFixed(2)],
    ["memory at peak", `${(result.memoryBytesAtPeak / MIB).toFixed(1)} MiB`],
    ["table full after", seconds(result.secondsToFull)],
    ...(result.hasFlood ? [row("recovered from the flood after", seconds(result.secondsToRecover))] : []),
    ...(result.thinning === 1 ? [] : [row("thinned by", result.thinning.toFixed(1))]),
  ];
};

const refusedLines = ({ refusedWrites }: SimulationResult): string[] =>
  refusedWrites.map(
    ({ t, key, value, limit }) => `At ${t} s the kernel refuses ${key} = ${value} (${limit}) and keeps the old value.`,
  );

/** The table of a run, and below it the verdict with a sentence for each failure. */
export const renderSummary = (result: SimulationResult, verdict: Verdict): string => {
  const table = new Table({ style: { head: [], border: [], compact: true } });
  table.push(...rowsOf(result));
  const outcome = verdict.passed ? "Verdict: passed." : "Verdict: failed.";
  return [
    table.toString(),
    ...refusedLines(result),
    outcome,
    ...verdict.failures.map((sentence) => `- ${sentence}`),
  ].join("\n");
};

/** A run and its verdict as a table that a person reads. */
import Table from "cli-table3";
import { formatCount, formatDecimal, formatElapsed, formatMiB, formatPercent } from "../../text/format";
import type { SimulationResult } from "./result";
import type { Verdict } from "./verdict";

const percent = (share: number | undefined): string => (share === undefined ? "no limit" : formatPercent(share));
const elapsed = (seconds: number | null): string => (seconds === null ? "never" : formatElapsed(seconds));

type Row = [string, string];

const row = (name: string, value: string): Row => [name, value];

/** The highest count, and where another moment was fuller because max has changed, that too. */
const peakRows = ({ peak, fullest }: SimulationResult): Row[] => {
  const entries = `${formatCount(peak)} entries`;
  if (fullest === null) return [row("peak", `${entries}, no limit`)];
  const share = `${formatPercent(fullest.fill)} of max`;
  return fullest.count === peak
    ? [row("peak", `${entries}, ${share}`)]
    : [
        row("peak", entries),
        row("fullest", `${formatCount(fullest.count)} entries, ${share} ${formatCount(fullest.max)}`),
      ];
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
    ["dropped at the full table", formatCount(result.drops)],
    [
      "killed to make room",
      `${formatCount(result.earlyDrops)} (half-open ${formatCount(halfOpen)}, unreplied ${formatCount(unreplied)}, replied ${formatCount(replied)}, closing ${formatCount(closing)})`,
    ],
    ["refused by long chains", formatCount(result.chainRefusals)],
    ["longest chain", `${formatCount(result.longestChain)} nodes`],
    ["nodes walked per lookup", formatDecimal(result.meanNodesPerLookup, 2)],
    ["memory at peak", formatMiB(result.memoryBytesAtPeak)],
    ["table full after", elapsed(result.secondsToFull)],
    ...(result.hasFlood ? [row("recovered from the flood after", elapsed(result.secondsToRecover))] : []),
    ...(result.thinning === 1 ? [] : [row("thinned by", formatDecimal(result.thinning, 1))]),
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

/** The page of a rollout for a terminal of the usual width. */
import type { ReportedWave, RolloutReport } from "../../fleet/rollout-report";
import type { UpdateSummary } from "../../fleet/wave/wave-state";
import { printable, printableName } from "../../text/printable";
import { usualColumns, wrap } from "../../text/wrap";
import {
  gateReadings,
  gateResult,
  goOnSentence,
  noUpdate,
  outcomesText,
  pendingCount,
  pendingSentences,
  reportSummary,
  titleOf,
  waveTitle,
  workText,
} from "./report-words";

/** One sentence; what hosts and files said cannot begin another. */
const line = (text: string, indent = ""): string => wrap(printableName(text), indent, usualColumns, `${indent}  `);

/** Paragraphs that are broken already, to a width that leaves room for this. */
const indentParagraph = (paragraph: string): string => printable(paragraph).replace(/^(?=.)/gm, "    ");

const updateLines = (update: UpdateSummary): readonly string[] => {
  const { gate, changes } = update;
  return [
    line(`${workText(update)}: ${outcomesText(update)}`, "  "),
    ...(gate === undefined ? [] : [line(`gate ${gateResult(gate)}: ${gateReadings(gate)}`, "  ")]),
    ...(changes.length === 0 ? [] : ["  was to change, before -> after:", ...changes.map(indentParagraph)]),
  ];
};

const waveLines = (wave: ReportedWave): readonly string[] => [
  line(waveTitle(wave)),
  ...(wave.lastUpdate === undefined ? [`  ${noUpdate}`] : updateLines(wave.lastUpdate)),
  ...pendingSentences(wave).map((sentence) => line(sentence, "  ")),
];

/** @param goOn the command line that does what is pending */
export const renderReport = (report: RolloutReport, goOn: string): string =>
  [
    line(titleOf(report)),
    "",
    ...report.waves.flatMap((wave) => [...waveLines(wave), ""]),
    line(reportSummary(report)),
    ...(pendingCount(report) === 0 ? [] : [line(goOnSentence), `  ${printableName(goOn)}`]),
    "",
  ].join("\n");

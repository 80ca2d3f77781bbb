/** The page of a rollout for a ticket: a table of the waves, what is pending, and before -> after, folded. */
import type { ReportedWave, RolloutReport } from "../../fleet/rollout-report";
import { codeBlock, htmlText, markdownText } from "../../text/markdown";
import { formatDuration } from "../../text/format";
import {
  gateReadings,
  gateResult,
  goOnSentence,
  noUpdate,
  outcomesText,
  pendingCount,
  pendingSentences,
  reportSummary,
  timeText,
  titleOf,
} from "./report-words";

const row = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(" | ")} |`;

const waveRow = ({ name, place = "", hosts, pending, lastUpdate }: ReportedWave): string => {
  const start = [name, place, String(hosts), String(pending.length)];
  if (lastUpdate === undefined) return row([...start, noUpdate, "", "", ""]);
  const { gate, begun, seconds } = lastUpdate;
  const gateText = gate === undefined ? "" : `${gateResult(gate)}: ${gateReadings(gate)}`;
  return row([...start, outcomesText(lastUpdate), gateText, timeText(begun), formatDuration(seconds)]);
};

const changesOf = ({ name, lastUpdate }: ReportedWave): readonly string[] => {
  const { changes = [] } = lastUpdate ?? {};
  return changes.length === 0
    ? []
    : [
        ...["<details>", `<summary>${htmlText(`${name}: what was to change, before -> after`)}</summary>`, ""],
        ...[codeBlock(changes.join("\n")), "", "</details>", ""],
      ];
};

/** @param goOn the command line that does what is pending */
export const markdownReport = (report: RolloutReport, goOn: string): string =>
  [
    `### ${markdownText(titleOf(report))}`,
    "",
    markdownText(reportSummary(report)),
    "",
    row(["wave", "place", "hosts", "pending", "outcome", "gate", "begun", "took"]),
    "| --- | --- | ---: | ---: | --- | --- | --- | ---: |",
    ...report.waves.map(waveRow),
    "",
    ...report.waves.flatMap((wave) =>
      pendingSentences(wave).map((sentence) => `- ${markdownText(`${wave.name}: ${sentence}`)}`),
    ),
    ...(pendingCount(report) === 0 ? [] : ["", markdownText(goOnSentence), "", codeBlock(goOn), ""]),
    ...report.waves.flatMap(changesOf),
  ].join("\n");

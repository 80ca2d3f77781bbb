/** The plan of a fleet for a pull request: a table for each group, folded where it is long. */
import { nameHosts } from "../../fleet/host-changes";
import { isFileKey } from "../../fleet/host-comparison";
import type { PlannedChange, PlannedChanges } from "../../fleet/planned-changes";
import { htmlText, markdownText } from "../../text/markdown";
import type { EqualHosts } from "./equal-hosts";
import {
  beforeSentence,
  groupSentences,
  hostNotes,
  isTold,
  planSummary,
  type FleetPlanReport,
  type PlanGroup,
} from "./plan-report";

/** Rows that a reader takes in at a glance. */
const longTableRows = 12;

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const changeRow = (change: PlannedChange): string => {
  const { key, before = "?", after, files } = change;
  const cells = [key, String(before), String(after), isFileKey(key) ? "" : files.join(", ")];
  return row(cells.map(markdownText));
};

const table = ({ changes }: PlannedChanges): readonly string[] =>
  changes.length === 0
    ? []
    : [
        row(["setting", "before", "after", "persists in"]),
        row(["---", "---:", "---:", "---"]),
        ...changes.map(changeRow),
        "",
      ];

const folded = (title: string, rows: number, lines: readonly string[]): readonly string[] =>
  rows > longTableRows
    ? ["<details>", `<summary>${htmlText(title)}</summary>`, "", ...lines, "</details>", ""]
    : [`**${markdownText(title)}**`, "", ...lines];

const list = (sentences: readonly string[]): readonly string[] =>
  sentences.length === 0 ? [] : [...sentences.map((sentence) => `- ${markdownText(sentence)}`), ""];

const hostsBlock = ({ names, value }: EqualHosts<PlannedChanges>): readonly string[] => {
  const { isRead, changes, unchanged } = value;
  const state = isRead ? (changes.length === 0 ? ": unchanged" : "") : ": not read, so that all of it may change";
  return folded(`${nameHosts(names)}${state}`, changes.length, [
    ...table(value),
    ...(changes.length > 0 && unchanged > 0 ? [`${unchanged} more unchanged.`, ""] : []),
    ...list(hostNotes(value)),
  ]);
};

const groupBlock = (group: PlanGroup): readonly string[] => {
  const { max, buckets } = group.plan.settings;
  const told = group.changed.filter(({ value }) => isTold(value));
  if (told.length === 0 && group.plan.warnings.length === 0) return [];
  return [
    `#### ${markdownText(`max ${max}, buckets ${buckets} for ${nameHosts(group.names)}`)}`,
    "",
    ...list(groupSentences(group)),
    ...told.flatMap(hostsBlock),
  ];
};

export const markdownFleetPlan = (report: FleetPlanReport): string =>
  [
    "### Connection tracking",
    "",
    `${markdownText(planSummary(report))} ${markdownText(beforeSentence(report))}`,
    "",
    ...report.groups.flatMap(groupBlock),
    ...(report.unread.size + report.decommissioned.length > 0 ? ["#### Not read", ""] : []),
    ...list([
      ...[...report.unread].map(([name, reason]) => `${name}: not read: ${reason}`),
      ...(report.decommissioned.length > 0
        ? [`${nameHosts(report.decommissioned)}: decommissioned, not contacted`]
        : []),
    ]),
  ].join("\n");

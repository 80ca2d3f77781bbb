/** The plan of a fleet for a terminal of the usual width. */
import { nameHosts } from "../../fleet/host-changes";
import { isFileKey } from "../../fleet/host-comparison";
import type { PlannedChange, PlannedChanges } from "../../fleet/planned-changes";
import { printable } from "../../text/printable";
import { wrap } from "../../text/wrap";
import { renderTable } from "../table";
import { unreachedLines } from "./check-text";
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

const indent = "    ";
const indented = (text: string): string => text.trimEnd().replace(/^(?=.)/gm, indent);

/** Files by the number under which the table names them; a file that changes says how. */
const fileLines = (files: readonly string[], changes: readonly PlannedChange[]): readonly string[] =>
  files.map((path, index) => {
    const change = changes.find(({ key }) => key === path);
    return `${indent}${index + 1} ${path}${change === undefined ? "" : ` (${String(change.before)})`}`;
  });

const changeTable = ({ changes }: PlannedChanges): readonly string[] => {
  const values = changes.filter((change) => !isFileKey(change.key));
  const files = [...new Set(changes.flatMap((change) => change.files))];
  const numbers = (of: readonly string[]): string => of.map((path) => files.indexOf(path) + 1).join(", ");
  const rows = values.map(({ key, before = "?", after, files: of }) => [key, before, after, numbers(of)]);
  return [
    ...(rows.length === 0 ? [] : [indented(renderTable(["SETTING", "BEFORE", "AFTER", "IN"], rows))]),
    ...(files.length === 0 ? [] : [`${indent}Files:`, ...fileLines(files, changes)]),
  ];
};

const hostsBlock = ({ names, value }: EqualHosts<PlannedChanges>): readonly string[] => {
  const { isRead, changes, unchanged } = value;
  const hosts = nameHosts(names);
  if (changes.length === 0) return [wrap(`${hosts}: unchanged`, "  "), ...noteLines(value)];
  return [
    wrap(`${hosts}${isRead ? "" : ": not read, so that all of it may change"}`, "  "),
    ...changeTable(value),
    ...(unchanged > 0 ? [`${indent}${unchanged} more unchanged.`] : []),
    ...noteLines(value),
  ];
};

const noteLines = (value: PlannedChanges): readonly string[] => hostNotes(value).map((note) => wrap(note, indent));

const groupLines = (group: PlanGroup): readonly string[] => {
  const { max, buckets } = group.plan.settings;
  const told = group.changed.filter(({ value }) => isTold(value));
  if (told.length === 0 && group.plan.warnings.length === 0) return [];
  return [
    wrap(`max ${max}, buckets ${buckets} for ${nameHosts(group.names)}`),
    ...groupSentences(group).map((sentence) => wrap(sentence, "  ")),
    ...told.flatMap(hostsBlock),
    "",
  ];
};

export const renderFleetPlan = (report: FleetPlanReport): string => {
  const unreached = unreachedLines(report);
  return printable(
    [
      ...report.groups.flatMap(groupLines),
      ...unreached,
      ...(unreached.length > 0 ? [""] : []),
      wrap(beforeSentence(report)),
      wrap(planSummary(report)),
      "",
    ].join("\n"),
  );
};

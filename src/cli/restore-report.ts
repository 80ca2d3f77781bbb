/** What `restore HOST...` found and did, for people and as data. */
import type { RestoredHost, RestoreResult } from "../fleet/restore-hosts";
import { nameHosts } from "../fleet/host-changes";
import { plural } from "../fleet/wave/report-lines";
import { printable, printableName } from "../text/printable";
import { usualColumns, wrap } from "../text/wrap";
import { groupEqual } from "./fleet/equal-hosts";
import { ExitCode } from "./subcommand";
import { renderTable } from "./table";

export interface RestoreReport {
  /** By the address as it was written. */
  readonly hosts: ReadonlyMap<string, RestoredHost>;
  /** Command lines that restore what was found; empty where something was asked to be restored. */
  readonly commands: readonly string[];
}

/** What stands behind the name of a host. */
const titles: Readonly<Record<RestoreResult, (owner: string) => string>> = {
  nothing: () => "nothing of ours is there",
  owned: (owner) => `belongs to ${owner}; nothing was changed`,
  restored: (owner) => `restored${owner === "" ? "" : ` (it belonged to ${owner})`}`,
  damaged: () =>
    "has files of ours, and the record of its old values is damaged or missing; nothing was changed. " +
    "docs/host-script.md, Undoing by hand, says what can be done",
  failed: (owner) => `not restored${owner === "" ? "" : ` (it belongs to ${owner})`}`,
  unknown: (owner) => `what is there now is not known${owner === "" ? "" : ` (it belonged to ${owner})`}`,
};

const line = (text: string, indent = ""): string => wrap(printableName(text), indent, usualColumns, `${indent}  `);
const indented = (text: string): string => text.trimEnd().replace(/^(?=.)/gm, "  ");

const hostBlock = (names: readonly string[], host: RestoredHost): readonly string[] => {
  const { result, owner = "", changes, changedSince, left, notes } = host;
  const rows = Object.entries(changes).map(([key, { before, after }]) => [key, before, after]);
  return [
    line(`${nameHosts(names)}: ${titles[result](owner)}`),
    ...(rows.length === 0 ? [] : [printable(indented(renderTable(["SETTING", "BEFORE", "AFTER"], rows)))]),
    ...(changedSince.length === 0
      ? []
      : [line(`Changed by somebody else since we set it, and left alone: ${changedSince.join(", ")}.`, "  ")]),
    ...(left.length === 0 ? [] : [line(`Still has our value: ${left.join(", ")}.`, "  ")]),
    ...notes.map((note) => line(note, "  ")),
  ];
};

const counted: Readonly<Record<RestoreResult, string>> = {
  restored: "restored",
  nothing: "with nothing of ours",
  owned: "left to their owners",
  damaged: "damaged",
  failed: "not restored",
  unknown: "not known",
};

const summary = ({ hosts }: RestoreReport): string => {
  const parts = (Object.keys(counted) as RestoreResult[]).flatMap((result) => {
    const count = [...hosts.values()].filter((host) => host.result === result).length;
    return count === 0 ? [] : [`${count} ${counted[result]}`];
  });
  return `${plural(hosts.size, "host")}: ${parts.join(", ")}.`;
};

export const renderRestore = (report: RestoreReport): string =>
  [
    ...groupEqual(report.hosts).flatMap(({ names, value }) => hostBlock(names, value)),
    "",
    line(summary(report)),
    ...(report.commands.length === 0
      ? []
      : [
          line("Nothing was changed. This puts the old values back:"),
          ...report.commands.map((each) => `  ${printableName(each)}`),
        ]),
    "",
  ].join("\n");

const isDone = ({ result, left }: RestoredHost): boolean =>
  result === "nothing" || (result === "restored" && left.length === 0);

/** What `restore --json` prints; docs/restore.md describes it. */
export const restoreJson = ({ hosts, commands }: RestoreReport): object => ({
  passed: [...hosts.values()].every(isDone),
  hosts: Object.fromEntries(hosts),
  commands,
});

/** A host of which nothing is known weighs more than one on which something is left. */
export const restoreExitCode = ({ hosts }: RestoreReport): ExitCode => {
  const all = [...hosts.values()];
  if (all.some(({ result }) => result === "unknown")) return ExitCode.Internal;
  return all.every(isDone) ? ExitCode.Good : ExitCode.Failed;
};

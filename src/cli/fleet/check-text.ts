/** A reading of a fleet as a person reads it: a table for hosts that agree, and a line that counts all of them. */
import { nameHosts } from "../../fleet/host-changes";
import { competitionSentences, type HostComparison } from "../../fleet/host-comparison";
import { printable } from "../../text/printable";
import { wrap } from "../../text/wrap";
import { renderTable } from "../table";
import type { FleetCheck } from "./check-report";
import { differingItems } from "./check-report";
import { cellsOf, notTuned } from "./check-words";
import { groupEqual } from "./equal-hosts";

const indented = (text: string): string => text.trimEnd().replace(/^(?=.)/gm, "  ");

const titles: Readonly<Record<HostComparison["status"], string>> = {
  asPlanned: "as planned",
  differs: "not as planned",
  notTuned,
};

const block = (names: readonly string[], host: HostComparison, showsAll: boolean): string => {
  const differing = differingItems(host);
  const shown = showsAll ? host.items : differing;
  const table =
    shown.length === 0
      ? []
      : [
          indented(
            renderTable(
              ["SETTING", "LIVE", "ON DISK", "PLANNED"],
              shown.map((item) => cellsOf(item, host.isLive)),
            ),
          ),
        ];
  const notes = shown.flatMap(({ key, note }) => (note === undefined ? [] : [`${key} is ${note}.`]));
  const rest = host.items.length - differing.length;
  return [
    wrap(`${nameHosts(names)}: ${titles[host.status]}`),
    ...table,
    ...[...notes, ...competitionSentences(host), ...host.warnings].map((sentence) => wrap(sentence, "  ")),
    ...(showsAll || rest === 0 || differing.length === 0 ? [] : [`  ${rest} more as planned.`]),
    "",
  ].join("\n");
};

const count = (number: number, words: string): string[] => (number === 0 ? [] : [`${number} ${words}`]);

const summary = ({ hosts, unread, decommissioned }: FleetCheck): string => {
  const having = (status: HostComparison["status"]): number =>
    [...hosts.values()].filter((host) => host.status === status).length;
  const total = hosts.size + unread.size + decommissioned.length;
  const parts = [
    ...count(having("asPlanned"), "as planned"),
    ...count(having("differs"), "not as planned"),
    ...count(having("notTuned"), "never tuned"),
    ...count(unread.size, "not read"),
    ...count(decommissioned.length, "decommissioned"),
  ];
  return wrap(`${total} host${total === 1 ? "" : "s"}: ${parts.join(", ")}.`);
};

/** Lines of hosts that could not be read, or were not to be. */
export const unreachedLines = ({
  unread,
  decommissioned,
}: Pick<FleetCheck, "unread" | "decommissioned">): readonly string[] => [
  ...groupEqual(unread).map(({ names, value }) => wrap(`${nameHosts(names)}: not read: ${value}`)),
  ...(decommissioned.length > 0 ? [wrap(`${nameHosts(decommissioned)}: decommissioned, not contacted`)] : []),
];

/** @param showsAll also what is as planned */
export const renderCheck = (check: FleetCheck, showsAll = false): string => {
  const told = [...check.hosts].filter(
    ([, { status, warnings }]) => showsAll || status !== "asPlanned" || warnings.length > 0,
  );
  const unreached = unreachedLines(check);
  return printable(
    [
      ...groupEqual(told).map(({ names, value }) => block(names, value, showsAll)),
      ...unreached,
      ...(unreached.length > 0 ? [""] : []),
      summary(check),
      "",
    ].join("\n"),
  );
};

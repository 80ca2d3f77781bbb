/** A status as pages: each fleet as a report of its rollout, and what was cut off. */
import { nameFailed, plural } from "../../fleet/wave/report-lines";
import { codeBlock, markdownText } from "../../text/markdown";
import { printableName } from "../../text/printable";
import { usualColumns, wrap } from "../../text/wrap";
import { reportJson } from "./report-json";
import { markdownReport } from "./report-markdown";
import { renderReport } from "./report-text";
import { pendingCount } from "./report-words";
import { isUnfinished, type FleetStatus, type Status } from "./status-document";

const notBegunSentences = ({ wavesNotBegun: count }: FleetStatus): readonly string[] =>
  count === 0 ? [] : [`${plural(count, "more wave")} ${count === 1 ? "was" : "were"} never begun.`];

/** Commands that the page of a report does not name yet. */
const commandOf = ({ report, goOn, wavesNotBegun }: FleetStatus): readonly string[] =>
  wavesNotBegun > 0 && pendingCount(report) === 0 ? [goOn] : [];

/** What to do after a run that was killed. A host that was done already answers that nothing changed. */
const ways: Readonly<Record<Status["kind"], readonly string[]>> = {
  "exported stack": [
    "Run `pulumi cancel` where the stack is still locked, then `pulumi up`: it does the change of that wave again, which " +
      "changes nothing on hosts that were done.",
    "A destroy contacts only hosts that the stack has: after a first `up` that was killed, run `pulumi up` before it.",
  ],
  rollout: [
    "Run `pulumi-conntrack rollout` with the same inventory again: it does the change of that wave again, which changes " +
      "nothing on hosts that were done.",
  ],
};

const cutOffSentences = ({ kind, cutOff }: Status): readonly string[] =>
  cutOff.length === 0
    ? []
    : [
        ...cutOff.map(
          ({ name, operation, hosts = [] }) =>
            `A run was killed while it was at work on ${name} (${[operation, nameFailed(hosts)].join(" ").trim()}): ` +
            "which hosts it had done is not in this file.",
        ),
        ...ways[kind],
      ];

const line = (text: string): string => wrap(printableName(text), "", usualColumns, "  ");

export const renderStatus = (status: Status): string =>
  [
    ...status.fleets.flatMap((fleet) => [
      renderReport(fleet.report, fleet.goOn).trimEnd(),
      ...notBegunSentences(fleet).map(line),
      ...commandOf(fleet).map((command) => `  ${printableName(command)}`),
      "",
    ]),
    ...cutOffSentences(status).map(line),
    ...(status.cutOff.length > 0 ? [""] : []),
  ].join("\n");

export const markdownStatus = (status: Status): string =>
  [
    ...status.fleets.flatMap((fleet) => [
      markdownReport(fleet.report, fleet.goOn).trimEnd(),
      "",
      ...notBegunSentences(fleet).flatMap((sentence) => [markdownText(sentence), ""]),
      ...commandOf(fleet).flatMap((command) => [codeBlock(command), ""]),
    ]),
    ...cutOffSentences(status).flatMap((sentence) => [markdownText(sentence), ""]),
  ].join("\n");

/** What `status --json` prints; docs/status.md describes it. */
export const statusJson = (status: Status): object => ({
  passed: !isUnfinished(status),
  fleets: status.fleets.map(({ report, goOn, wavesNotBegun }) => ({ ...reportJson(report, goOn), wavesNotBegun })),
  cutOff: status.cutOff,
});

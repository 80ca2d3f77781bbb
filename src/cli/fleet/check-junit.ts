/** A reading of a fleet as a JUnit report: a case for each host. */
import type { HostComparison } from "../../fleet/host-comparison";
import { junitXml, type JunitCase } from "../junit";
import type { FleetCheck } from "./check-report";
import { hostSentences } from "./check-words";

const endOf = (host: HostComparison): Partial<JunitCase> => {
  const text = hostSentences(host).join("\n");
  if (host.status !== "asPlanned") return { failure: text, type: host.status };
  return text === "" ? {} : { said: text };
};

/** Hosts that differ are failures, those that could not be read errors, decommissioned ones are skipped. */
export const checkJunit = (file: string, { hosts, unread, decommissioned }: FleetCheck): string => {
  const caseOf = (name: string, end: Partial<JunitCase>): JunitCase => ({
    className: `${file} ${name}`,
    name: "The host is as planned.",
    ...end,
  });
  return junitXml([
    {
      name: `check ${file}`,
      cases: [
        ...[...hosts].map(([name, host]) => caseOf(name, endOf(host))),
        ...[...unread].map(([name, reason]) => caseOf(name, { error: reason, type: "unread" })),
        ...decommissioned.map((name) => caseOf(name, { isSkipped: true, said: "decommissioned, not contacted" })),
      ],
    },
  ]);
};

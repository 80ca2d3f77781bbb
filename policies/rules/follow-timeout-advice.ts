import { roles } from "../../src/sizing/roles";
import { effectiveTimeout } from "../subjects/host-kernel";
import { roleOf } from "../subjects/host-role";
import { hostRule, Level, nothingToConfigure, Severity } from "../rule";
import type { Violation } from "../violation";

export const followTimeoutAdvice = hostRule({
  name: "follow-timeout-advice",
  sentence: "A timeout that the plan sets is not below what standards advise for the host's role.",
  severity: Severity.Low,
  level: Level.Advisory,
  remedy: "Raise the timeout, or leave it out.",
  source: "RFC 5382 REQ-5 (half-open and closing connections), RFC 5508 REQ-1 (ICMP)",
  configuration: nothingToConfigure,
  judge: ({ inputs }) => {
    const role = roleOf(inputs);
    return Object.entries(roles[role].timeouts).flatMap(([name, { advised }]): Violation[] => {
      const timeout = effectiveTimeout(inputs, name);
      return timeout === undefined || advised === undefined || !timeout.planned || timeout.seconds >= advised.seconds
        ? []
        : [
            {
              path: `settings.timeouts.${timeout.sysctl}`,
              value: timeout.seconds,
              limit: `is below the ${advised.seconds} seconds advised for a host of role ${role}`,
              source: advised.source,
              remedy: `Write ${advised.seconds} or more.`,
            },
          ];
    });
  },
});

import * as z from "zod";
import { roles, type SourcedSeconds } from "../../src/sizing/roles";
import { effectiveTimeout } from "../subjects/host-kernel";
import { roleOf } from "../subjects/host-role";
import { hostRule, Level, Severity } from "../rule";
import { knownTimeouts } from "../subjects/setting-names";
import type { Violation } from "../violation";

export const keepTimeoutFloors = hostRule({
  name: "keep-timeout-floors",
  sentence: "No timeout in force is below the floor of the host's role.",
  severity: Severity.High,
  level: Level.Mandatory,
  remedy: "Raise the timeout to the floor, or leave it out for the role's own value.",
  source: "RFC 5382 REQ-5, RFC 4787 REQ-5, by role",
  configuration: z.strictObject({
    floors: z
      .record(z.string(), z.int().min(1))
      .superRefine(knownTimeouts)
      .default({})
      .describe("Further floors for all roles: seconds by sysctl name"),
  }),
  judge: ({ inputs }, configuration) => {
    const role = roleOf(inputs);
    const ofRole = Object.entries(roles[role].timeouts).flatMap(([name, { floor }]): [string, SourcedSeconds][] =>
      floor === undefined ? [] : [[name, floor]],
    );
    const further = Object.entries(configuration.floors).map(([name, seconds]): [string, SourcedSeconds] => [
      name,
      { seconds, source: "the policy keep-timeout-floors, floors" },
    ]);
    return [...ofRole, ...further].flatMap(([name, floor]): Violation[] => {
      const timeout = effectiveTimeout(inputs, name);
      return timeout === undefined || timeout.seconds >= floor.seconds
        ? []
        : [
            {
              path: `settings.timeouts.${timeout.sysctl}`,
              value: timeout.planned ? timeout.seconds : `left at the kernel's ${timeout.seconds}`,
              limit: `is below the ${floor.seconds} seconds that a host of role ${role} needs`,
              source: floor.source,
              remedy: `Write ${floor.seconds} or more.`,
            },
          ];
    });
  },
});

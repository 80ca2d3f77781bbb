import { shortTimeoutName } from "../../src/plan/timeout-plan";
import { Role } from "../../src/sizing/roles";
import * as z from "zod";
import { kernelOf } from "../host-kernel";
import { fleetRule, Level, Severity } from "../rule";
import type { Violation } from "../violation";

const source = "hosts of one role share their load: the one that differs fails first";

interface Entry {
  readonly name: string;
  readonly role: Role;
  /** Hosts of one size: same RAM, machine and era of kernel. */
  readonly size: string;
  readonly table: { readonly max: number; readonly buckets: number };
  /** Planned seconds by short name. */
  readonly timeouts: ReadonlyMap<string, number>;
  /** Short names of all timeouts that this kernel has. */
  readonly known: ReadonlySet<string>;
}

const difference = (
  entry: Entry,
  other: Entry,
  path: string,
  mine: string | number,
  theirs: string | number,
): Violation => ({
  path,
  value: mine,
  limit: `differs from the ${theirs} of ${other.name}, which has the same role ${entry.role}`,
  source,
  remedy: `Write the same for ${entry.name} and ${other.name}, or give one of them another role.`,
});

const timeoutDifferences = (entry: Entry, other: Entry): Violation[] =>
  [...new Set([...entry.timeouts.keys(), ...other.timeouts.keys()])]
    .filter((name) => entry.known.has(name) && other.known.has(name))
    .filter((name) => entry.timeouts.get(name) !== other.timeouts.get(name))
    .map((name) =>
      difference(
        entry,
        other,
        `settings.timeouts, ${name},`,
        entry.timeouts.get(name) ?? "left to the kernel",
        other.timeouts.get(name) ?? "kernel's own",
      ),
    );

export const agreeWithinRole = fleetRule({
  name: "agree-within-role",
  sentence: "Hosts of one role have the same timeouts, and those of one size the same table.",
  severity: Severity.Medium,
  level: Level.Advisory,
  remedy: "Write the settings once, in the fleet's defaults.",
  source,
  configuration: z.strictObject({
    compareTable: z
      .boolean()
      .default(true)
      .describe("Compare max and buckets of hosts with the same RAM, machine and era"),
  }),
  read: ({ name, inputs }): Entry | undefined => {
    const { settings, facts, role } = inputs;
    const rules = kernelOf(inputs);
    if (settings === undefined || facts === undefined || rules === undefined) return undefined;
    return {
      name,
      role: role ?? Role.Host,
      size: [facts.memoryMiB, rules.architecture.machine, rules.era, facts.cores ?? 1].join(" "),
      table: { max: settings.max, buckets: settings.buckets },
      timeouts: new Map(
        Object.entries(settings.timeouts).map(([sysctl, seconds]) => [shortTimeoutName(sysctl), seconds]),
      ),
      known: new Set(Object.keys(rules.timeouts).map(shortTimeoutName)),
    };
  },
  judge: (entry, earlier, { compareTable }) => {
    const ofRole = earlier.find(({ role }) => role === entry.role);
    const ofSize = earlier.find(({ role, size }) => role === entry.role && size === entry.size);
    const tables =
      ofSize === undefined || !compareTable
        ? []
        : (["max", "buckets"] as const)
            .filter((key) => entry.table[key] !== ofSize.table[key])
            .map((key) => difference(entry, ofSize, `settings.${key}`, entry.table[key], ofSize.table[key]));
    return [...tables, ...(ofRole === undefined ? [] : timeoutDifferences(entry, ofRole))];
  },
});

import { shortTimeoutName } from "../../src/plan/timeout-plan";
import type { Role } from "../../src/sizing/roles";
import * as z from "zod";
import { effectiveTimeouts, kernelOf, type EffectiveTimeout } from "../subjects/host-kernel";
import { roleOf } from "../subjects/host-role";
import { fleetRule, Level, Severity } from "../rule";
import type { Violation } from "../violation";

const source = "hosts of one role share their load: the one that differs fails first";

interface Entry {
  readonly name: string;
  readonly role: Role;
  /** Hosts of one size: same RAM, machine and era of kernel. */
  readonly size: string;
  readonly table: { readonly max: number; readonly buckets: number };
  /** What is in force, planned or the kernel's own, by short name. */
  readonly timeouts: ReadonlyMap<string, EffectiveTimeout>;
}

const differs = (theirs: string, entry: Entry, other: Entry): string =>
  `differs from ${theirs} of ${other.name}, which has the same role ${entry.role}`;

const tableDifferences = (entry: Entry, other: Entry): Violation[] =>
  (["max", "buckets"] as const)
    .filter((key) => entry.table[key] !== other.table[key])
    .map((key) => ({
      path: `settings.${key}`,
      value: entry.table[key],
      limit: differs(`the ${other.table[key]}`, entry, other),
      source,
      remedy: `Write the same settings.${key} for ${entry.name} and ${other.name}, or give one of them another role.`,
    }));

const placeOf = ({ sysctl }: EffectiveTimeout): string => `settings.timeouts.${sysctl}`;

const timeoutDifference = (
  entry: Entry,
  mine: EffectiveTimeout,
  other: Entry,
  theirs: EffectiveTimeout,
): Violation => ({
  path: placeOf(mine),
  value: mine.planned ? mine.seconds : `left at the kernel's ${mine.seconds}`,
  limit: differs(`${theirs.planned ? "the" : "the kernel's own"} ${theirs.seconds}`, entry, other),
  source,
  remedy:
    placeOf(mine) === placeOf(theirs)
      ? `Write the same ${placeOf(mine)} for ${entry.name} and ${other.name}, or give one of them another role.`
      : `Write ${placeOf(mine)} for ${entry.name} and ${placeOf(theirs)} for ${other.name} with the same seconds, ` +
        "or give one of them another role.",
});

/** Each timeout against the first host that has it: not every kernel has every timeout. */
const timeoutDifferences = (entry: Entry, others: readonly Entry[]): Violation[] =>
  [...entry.timeouts].flatMap(([name, mine]): Violation[] => {
    const other = others.find(({ timeouts }) => timeouts.has(name));
    const theirs = other?.timeouts.get(name);
    return other === undefined || theirs === undefined || theirs.seconds === mine.seconds
      ? []
      : [timeoutDifference(entry, mine, other, theirs)];
  });

/** Groups of hosts by a key, each in the order in which its hosts came. */
const createGroups = (keyOf: (entry: Entry) => string) => {
  const groups = new Map<string, Set<Entry>>();
  const groupOf = (entry: Entry): Set<Entry> => {
    const group = groups.get(keyOf(entry)) ?? new Set();
    groups.set(keyOf(entry), group);
    return group;
  };
  return {
    first: (like: Entry): Entry | undefined => groups.get(keyOf(like))?.values().next().value,
    /** The first of each group. */
    firsts: (): readonly Entry[] => [...groups.values()].flatMap((group) => group.values().next().value ?? []),
    add: (entry: Entry): void => void groupOf(entry).add(entry),
    remove: (entry: Entry): void => void groupOf(entry).delete(entry),
  };
};

/** Whoever a host can differ from is the first of its size, or the first with the same names of timeouts. */
const createEarlier = () => {
  const sizes = createGroups(({ role, size }) => `${role} ${size}`);
  const kernels = createGroups(({ role, timeouts }) => `${role} ${[...timeouts.keys()].join()}`);
  const numbers = new Map<Entry, number>();
  let next = 0;
  return {
    firstOfSize: sizes.first,
    /** Of the role, in the order in which they came. */
    firstsOfKernels: (role: Role): readonly Entry[] =>
      kernels
        .firsts()
        .filter((entry) => entry.role === role)
        .sort((one, other) => (numbers.get(one) ?? 0) - (numbers.get(other) ?? 0)),
    add: (entry: Entry): void => {
      numbers.set(entry, next);
      next += 1;
      sizes.add(entry);
      kernels.add(entry);
    },
    remove: (entry: Entry): void => {
      numbers.delete(entry);
      sizes.remove(entry);
      kernels.remove(entry);
    },
  };
};

export const agreeWithinRole = fleetRule({
  name: "agree-within-role",
  sentence: "Hosts of one role have the same timeouts in force, and those of one size the same table.",
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
    const { settings, facts } = inputs;
    const rules = kernelOf(inputs);
    if (settings === undefined || facts === undefined || rules === undefined) return undefined;
    return {
      name,
      role: roleOf(inputs),
      size: [facts.memoryMiB, rules.architecture.machine, rules.era, facts.cores ?? 1].join(" "),
      table: { max: settings.max, buckets: settings.buckets },
      timeouts: new Map(effectiveTimeouts(inputs).map((timeout) => [shortTimeoutName(timeout.sysctl), timeout])),
    };
  },
  nobody: createEarlier,
  judge: (entry, earlier, { compareTable }) => {
    const ofSize = earlier.firstOfSize(entry);
    return [
      ...(ofSize === undefined || !compareTable ? [] : tableDifferences(entry, ofSize)),
      ...timeoutDifferences(entry, earlier.firstsOfKernels(entry.role)),
    ];
  },
});

/** The plan of a whole fleet: hosts that get the same, from the same, stand together. */
import { changesOfDefaults, changesOnHost, changesUnread, type PlannedChanges } from "../../fleet/planned-changes";
import type { FleetReading, ReadableHost } from "../../fleet/read-fleet";
import type { Plan } from "../../plan/plan";
import { ExitCode } from "../subcommand";
import { groupEqual, type EqualHosts } from "./equal-hosts";

/** What stands before the arrow: what hosts have, or what each kernel takes by itself. */
export type BeforeSource = "hosts" | "kernelDefaults";

/** Hosts with the same settings for the same reasons. */
export interface PlanGroup {
  readonly names: readonly string[];
  readonly plan: Pick<Plan, "settings" | "reasons" | "warnings">;
  /** The same hosts by what changes on them. */
  readonly changed: readonly EqualHosts<PlannedChanges>[];
}

export interface FleetPlanReport {
  readonly before: BeforeSource;
  readonly groups: readonly PlanGroup[];
  readonly unread: ReadonlyMap<string, string>;
  readonly decommissioned: readonly string[];
}

const changesOf = ({ name, planned }: ReadableHost, reading: FleetReading | undefined): PlannedChanges => {
  if (reading === undefined) return changesOfDefaults(planned);
  const answer = reading.answers.get(name);
  return answer === undefined ? changesUnread(planned) : changesOnHost(planned, answer);
};

/** @param reading what hosts said; undefined where none was asked */
export const fleetPlanReport = (
  { hosts, decommissioned }: { readonly hosts: readonly ReadableHost[]; readonly decommissioned: readonly string[] },
  reading: FleetReading | undefined,
): FleetPlanReport => {
  const planOf = ({ planned: { plan } }: ReadableHost): PlanGroup["plan"] => ({
    settings: plan.settings,
    reasons: plan.reasons,
    warnings: plan.warnings,
  });
  const byName = new Map(hosts.map((host) => [host.name, host]));
  const plans = groupEqual(hosts.map((host) => [host.name, planOf(host)] as const));
  return {
    before: reading === undefined ? "kernelDefaults" : "hosts",
    groups: plans.map(({ names, value }) => ({
      names,
      plan: value,
      changed: groupEqual(
        names.flatMap((name) => {
          const host = byName.get(name);
          return host === undefined ? [] : [[name, changesOf(host, reading)] as const];
        }),
      ),
    })),
    unread: reading?.unread ?? new Map(),
    decommissioned,
  };
};

/** Keys that change on any host of a group, in their order. */
export const changedKeys = ({ changed }: PlanGroup): readonly string[] => [
  ...new Set(changed.flatMap(({ value }) => value.changes.map(({ key }) => key))),
];

/** What is said beside the changes of a group, each sentence once: reasons of what changes, and warnings. */
export const groupSentences = (group: PlanGroup): readonly string[] => [
  ...changedKeys(group).flatMap((key) => {
    const reason = group.plan.reasons[key];
    return reason === undefined ? [] : [`${key}: ${reason}`];
  }),
  ...group.plan.warnings.map((warning) => `Warning: ${warning}`),
];

/** Sentences about the hosts themselves. */
export const hostNotes = ({ changes, warnings }: PlannedChanges): readonly string[] => [
  ...changes.flatMap(({ key, note }) => (note === undefined ? [] : [`${key} is ${note}.`])),
  ...warnings,
];

export const isTold = ({ isRead, changes, warnings }: PlannedChanges): boolean =>
  !isRead || changes.length > 0 || warnings.length > 0;

const quantity = (number: number, word: string): string => `${number} ${word}`;

/** `12 hosts: 3 change, 8 unchanged, 1 not read.` */
export const planSummary = ({ groups, unread, decommissioned }: FleetPlanReport): string => {
  const all = groups.flatMap(({ changed }) => changed);
  const hostsWith = (holds: (value: PlannedChanges) => boolean): number =>
    all.filter(({ value }) => holds(value)).reduce((sum, { names }) => sum + names.length, 0);
  const changing = hostsWith(({ isRead, changes }) => isRead && changes.length > 0);
  const unchanged = hostsWith(({ isRead, changes }) => isRead && changes.length === 0);
  const total = hostsWith(() => true) + decommissioned.length;
  const parts = [
    quantity(changing, changing === 1 ? "changes" : "change"),
    quantity(unchanged, "unchanged"),
    ...(unread.size > 0 ? [quantity(unread.size, "not read")] : []),
    ...(decommissioned.length > 0 ? [quantity(decommissioned.length, "decommissioned")] : []),
  ];
  return `${total} host${total === 1 ? "" : "s"}: ${parts.join(", ")}.`;
};

/** What a reader must know of the numbers before the arrows. */
export const beforeSentence = ({ before }: FleetPlanReport): string =>
  before === "kernelDefaults"
    ? "No host was contacted: before is what each kernel takes by itself, and the files are those of a host on which " +
      "the module is loaded."
    : "Before is what the hosts have now.";

/** What `plan INVENTORY --json` prints; docs/check.md describes it. */
export const planJson = ({ before, groups, unread, decommissioned }: FleetPlanReport): object => ({
  before,
  groups: groups.flatMap(({ plan, changed }) =>
    changed.map(({ names, value: { isRead, changes, unchanged, warnings } }) => ({
      ...{ hosts: names, read: isRead, changes, unchanged, hostWarnings: warnings },
      ...plan,
    })),
  ),
  unread: Object.fromEntries(unread),
  decommissioned,
});

export const planExitCode = ({ unread }: FleetPlanReport): ExitCode =>
  unread.size > 0 ? ExitCode.Internal : ExitCode.Good;

/** A whole fleet checked and planned at once, before anything is written on the first host. */
import { checkConnection, type Connection } from "../delivery/ssh/connection";
import type { PlanForKernel } from "../plan/plan";
import { isFields, ownValue, type Fields } from "../validation/fields";
import type { Problem } from "../validation/problems";
import { argumentsContract, invalid, joinPath, problemsIn, valid, type Checked } from "../validation/validation";
import { nameProblems } from "./host-name";
import { planHost, planKnownHost } from "./host-plan";
import type { HostReading } from "./host-reading";
import { duplicateProblems } from "./inventory-duplicates";
import { merge } from "./merge";
import { rolloutSettings, type RolloutSettings } from "./rollout-settings";

/** One host of the fleet, checked, and planned where enough is known of it. */
export interface PlannedHost {
  readonly name: string;
  readonly connection: Connection;
  /** Its arguments less connection. */
  readonly request: Fields;
  readonly planned?: PlanForKernel;
  /** What the host said, where it was asked. */
  readonly reading?: HostReading;
  /** Why it could not be asked. */
  readonly unread?: string;
  readonly decommissioned: boolean;
}

/** A host of which enough is known. */
export type KnownHost = PlannedHost & { readonly planned: PlanForKernel };

export const isKnown = (host: PlannedHost): host is KnownHost => host.planned !== undefined;

export interface FleetPlan {
  readonly hosts: readonly PlannedHost[];
  readonly rollout: RolloutSettings;
}

/** What hosts said, and why others could not be asked; by name. */
export interface Readings {
  readonly hosts: Readonly<Record<string, HostReading>>;
  readonly unread: Readonly<Record<string, string>>;
}

const mustBe = (path: string, kind: string): Problem => ({
  path,
  limit: `must be ${kind}`,
  source: argumentsContract,
  remedy: `Write ${kind}.`,
});

const checkHost = (name: string, fields: Fields): Checked<PlannedHost> => {
  const base = joinPath("hosts", name);
  const { connection, decommissioned = false, ...request } = fields;
  const checked = checkConnection(connection, joinPath(base, "connection"));
  const planned = planHost(request, base);
  const problems = [
    ...nameProblems(name, base),
    ...(typeof decommissioned === "boolean" ? [] : [mustBe(joinPath(base, "decommissioned"), "true or false")]),
    ...problemsIn(checked),
    ...problemsIn(planned),
  ];
  if (problems.length > 0 || !checked.ok || !planned.ok) return invalid(problems);
  return valid({
    ...{ name, connection: checked.value, request, planned: planned.value },
    decommissioned: decommissioned === true,
  });
};

/** Names of a canary that are no hosts. */
export const canaryProblems = ({ canary = [] }: RolloutSettings, hosts: Fields): readonly Problem[] =>
  canary.flatMap((name, index) =>
    Object.hasOwn(hosts, name)
      ? []
      : [
          {
            path: joinPath("rollout", "canary", index),
            value: name,
            limit: "is no host of this fleet",
            source: argumentsContract,
            remedy: "Correct the name; the address of a host is not its name.",
          },
        ],
  );

/**
 * Checks and plans a fleet and collects every mistake of every host. Hosts whose declared facts do not suffice are
 * checked, and not planned.
 * @param value `{defaults?, hosts, rollout?}`; what a host does not say comes from `defaults`, key by key
 */
export const planFleet = (value: unknown): Checked<FleetPlan> => {
  const { defaults = {}, hosts, rollout } = isFields(value) ? value : {};
  const settings = rolloutSettings(rollout);
  const problems: Problem[] = [...problemsIn(settings)];
  if (!isFields(defaults)) problems.push(mustBe("defaults", "an object"));
  if (!isFields(hosts)) problems.push(mustBe("hosts", "an object with one entry for each host"));
  if (!isFields(defaults) || !isFields(hosts)) return invalid(problems);
  const planned: PlannedHost[] = [];
  for (const [name, fields] of Object.entries(hosts)) {
    const checked = isFields(fields)
      ? checkHost(name, merge(defaults, fields))
      : invalid([mustBe(joinPath("hosts", name), "an object")]);
    if (checked.ok) planned.push(checked.value);
    else problems.push(...checked.problems);
  }
  problems.push(...duplicateProblems(planned));
  if (settings.ok) problems.push(...canaryProblems(settings.value, hosts));
  return problems.length > 0 || !settings.ok ? invalid(problems) : valid({ hosts: planned, rollout: settings.value });
};

/** Hosts that have to be asked before they can be planned. */
export const hostsToRead = ({ hosts }: Pick<FleetPlan, "hosts">): readonly PlannedHost[] =>
  hosts.filter(({ planned, decommissioned }) => planned === undefined && !decommissioned);

/** The fleet with what its hosts said; mistakes that only the facts of a host show are problems. */
export const completeFleet = <Fleet extends Pick<FleetPlan, "hosts">>(
  fleet: Fleet,
  readings: Readings,
): Checked<Fleet> => {
  const problems: Problem[] = [];
  const waiting = new Set(hostsToRead(fleet).map(({ name }) => name));
  const hosts = fleet.hosts.map((host): PlannedHost => {
    if (!waiting.has(host.name)) return host;
    const reading = ownValue(readings.hosts, host.name);
    if (reading === undefined) return { ...host, unread: ownValue(readings.unread, host.name) ?? "was not asked" };
    const planned = planKnownHost(host.request, joinPath("hosts", host.name), reading.facts);
    problems.push(...problemsIn(planned));
    return { ...host, planned: planned.ok ? planned.value : undefined, reading };
  });
  return problems.length > 0 ? invalid(problems) : valid({ ...fleet, hosts });
};

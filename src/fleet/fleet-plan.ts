/** A whole fleet checked and planned at once, before the first host is reached. */
import { checkConnection, type Connection } from "../delivery/ssh/connection";
import type { PlanForKernel } from "../plan/plan";
import { isFields, type Fields } from "../validation/fields";
import type { Problem } from "../validation/problems";
import { argumentsContract, invalid, joinPath, problemsIn, valid, type Checked } from "../validation/validation";
import { nameProblems } from "./host-name";
import { duplicateProblems } from "./inventory-duplicates";
import { merge } from "./merge";
import { planOnce } from "./plan-once";
import { rolloutSettings, type RolloutSettings } from "./rollout-settings";

/** One host of the fleet, checked and planned. */
export interface PlannedHost {
  readonly name: string;
  readonly connection: Connection;
  readonly planned: PlanForKernel;
  readonly decommissioned: boolean;
}

export interface FleetPlan {
  readonly hosts: readonly PlannedHost[];
  readonly rollout: RolloutSettings;
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
  const planned = planOnce(request, base);
  const problems = [
    ...nameProblems(name, base),
    ...(typeof decommissioned === "boolean" ? [] : [mustBe(joinPath(base, "decommissioned"), "true or false")]),
    ...problemsIn(checked),
    ...problemsIn(planned),
  ];
  return problems.length > 0 || !checked.ok || !planned.ok
    ? invalid(problems)
    : valid({ name, connection: checked.value, planned: planned.value, decommissioned: decommissioned === true });
};

/**
 * Checks and plans a fleet and collects every mistake of every host.
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
  return problems.length > 0 || !settings.ok ? invalid(problems) : valid({ hosts: planned, rollout: settings.value });
};

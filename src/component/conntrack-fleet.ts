import * as pulumi from "@pulumi/pulumi";
import { fleetOwner } from "../delivery/script/token";
import { fleetType, observeToken } from "../fleet/component-type";
import { completeFleet, hostsToRead, planFleet, type FleetPlan, type Readings } from "../fleet/fleet-plan";
import { rolloutSettings } from "../fleet/rollout-settings";
import { wavesOf } from "../fleet/waves";
import { windowProblems } from "../fleet/window";
import { ProblemsError, type Problem } from "../validation/problems";
import type { Fields } from "../validation/fields";
import { argumentsContract, problemsIn, type Checked } from "../validation/validation";
import type { ConntrackFleetArgs } from "./fleet-args";
import { createVault } from "./fleet-secrets";
import { requirePlugin } from "./plugin-lines";
import { hostsText } from "./provider/hosts-text";
import { Rollout } from "./rollout";
import { asSealedOutput, isUnknown, sealed, whenReady } from "./unknown-values";
import { packageVersion } from "./package-version";
import { decommissionedNames, waveHosts, waveSettings, waysTo } from "../fleet/wave/plan-waves";

const errorText = (name: string, problems: readonly Problem[]): string =>
  new ProblemsError(`${name} cannot be tuned; no host was contacted.`, problems).message;

type Vault = ReturnType<typeof createVault>;

/** Logins by name, with their secrets back. */
const loginsOf = (logins: Readonly<Record<string, Fields>>, vault: Vault): Record<string, Fields> =>
  Object.fromEntries(Object.entries(logins).map(([login, fields]) => [login, vault.withSecrets(fields)]));

/** Which hosts there are, and how they are rolled out, decides what is registered, so it has to be known at once. */
const lateStructure = (args: ConntrackFleetArgs): readonly Problem[] =>
  (["hosts", "rollout", "observe"] as const)
    .filter((key) => isUnknown(args[key]))
    .map((key) => ({
      path: key,
      limit: "must be known at once, and is an Output or a Promise",
      source: argumentsContract,
      remedy: "Make the value plain; single values of a host, its address or its key, may be Outputs.",
    }));

/**
 * Tunes the connection tracking tables of many Linux hosts over SSH. Each wave is one resource of the state, whatever
 * the number of its hosts; a changed host is the only one that is contacted. Every preview and update reads the hosts
 * first, unless `observe` is false, and names and repairs what somebody changed on them.
 *
 * All hosts are checked and planned before the first is reached; a mistake anywhere is an error before anything is
 * written. Needs the plugin `pulumi-resource-conntrack` of this package, which Pulumi.yaml names.
 */
export class ConntrackFleet extends pulumi.ComponentResource {
  /** Type token. */
  public static readonly __pulumiType = fleetType;

  /** Names of hosts that do not hold what they shall yet; the next update does exactly these. */
  public readonly pending: pulumi.Output<string[]>;
  /** Hosts of the fleet, decommissioned ones not counted. */
  public readonly count: pulumi.Output<number>;

  /**
   * @param name of the fleet in its stack
   * @param args the hosts, and how they are rolled out
   * @throws ResourceError with every mistake of every host that is certain now; mistakes of values that are unknown now
   * are logged as errors
   */
  constructor(name: string, args: ConntrackFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    const { defaults, hosts, rollout, observe = true } = args;
    const vault = createVault();
    const late = lateStructure(args);
    const named = isUnknown(hosts) ? {} : hosts;
    const open = {
      defaults: vault.withoutHostSecrets(defaults),
      hosts: Object.fromEntries(Object.entries(named).map(([host, each]) => [host, vault.withoutHostSecrets(each)])),
      rollout,
    };
    const planned = whenReady(open, "", planFleet);
    const hostNames = Object.keys(named);
    super(ConntrackFleet.__pulumiType, name, { hosts: hostNames.length, observe }, opts);
    const settings = rolloutSettings(rollout);
    const closed = settings.ok ? windowProblems(settings.value, new Date()) : [];
    const certain = [...late, ...planned.problems, ...closed];
    if (certain.length > 0 || !settings.ok)
      throw new pulumi.ResourceError(errorText(name, [...certain, ...problemsIn(settings)]), this, true);
    requirePlugin(this);

    // Absent where something that was not known at first turned out wrong; then an error is logged, and the plugin
    // refuses the wave.
    const orSay = (checked: Checked<FleetPlan>): FleetPlan | undefined => {
      if (checked.ok) return checked.value;
      void pulumi.log.error(errorText(name, checked.problems), this);
      return undefined;
    };
    const plan = asSealedOutput(planned).apply((checked) => {
      const made = orSay(checked());
      return made === undefined ? sealed(made) : this.withReadings(made, settings.value.lanes, vault, orSay);
    });
    const waves = wavesOf(name, hostNames, settings.value);
    const owner = fleetOwner(pulumi.getProject(), pulumi.getStack());
    const rollouts: Rollout[] = [];
    for (const wave of waves) {
      const shared = plan.apply((made) => {
        const fleet = made();
        return sealed(fleet && waveHosts(fleet, wave.hosts));
      });
      rollouts.push(
        new Rollout(
          wave.name,
          {
            ...waveSettings(settings.value, wave, owner, observe),
            profile: shared.apply((made) => made()?.profile),
            profiles: shared.apply((made) => made()?.profiles),
            hosts: shared.apply((made) => hostsText(made()?.hosts)),
            connections: shared.apply((made) => loginsOf(made()?.connections ?? {}, vault)),
            decommissioned: plan.apply((made) => {
              const fleet = made();
              return fleet && decommissionedNames(fleet);
            }),
            elsewhere: waves.filter((other) => other !== wave).flatMap(({ hosts: others }) => others),
          },
          { parent: this, dependsOn: rollouts.slice(-1) },
        ),
      );
    }

    this.pending = pulumi.all(rollouts.map(({ pending }) => pending)).apply((lists) => lists.flat().sort());
    this.count = pulumi
      .all(rollouts.map(({ count }) => count))
      .apply((counts) => counts.reduce((sum, each) => sum + each, 0));
    this.registerOutputs({ pending: this.pending, count: this.count });
  }

  /** Asks the hosts whose facts nobody declared, in previews too, and plans them. */
  private withReadings(
    fleet: FleetPlan,
    lanes: number,
    vault: Vault,
    orSay: (checked: Checked<FleetPlan>) => FleetPlan | undefined,
  ): pulumi.Output<() => FleetPlan | undefined> {
    const waiting = hostsToRead(fleet);
    if (waiting.length === 0) return sealed<FleetPlan | undefined>(fleet);
    const { hosts, connections } = waysTo(waiting);
    const asked = { hosts, connections: loginsOf(connections, vault), lanes };
    const options = { parent: this, version: packageVersion() };
    const readings = pulumi.unsecret(pulumi.runtime.invokeOutput<Readings>(observeToken, asked, options));
    return readings.apply((said) => sealed(orSay(completeFleet(fleet, said))));
  }
}

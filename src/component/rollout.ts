import * as pulumi from "@pulumi/pulumi";
import { rolloutType } from "../fleet/component-type";
import { packageVersion } from "./package-version";
import type { WaveInputs } from "../fleet/wave/wave-inputs";

/** Inputs of a wave, each as early as it is known. */
export type RolloutArgs = { readonly [Key in keyof WaveInputs]?: pulumi.Input<unknown> };

/** One wave of a fleet: a single resource, whatever the number of its hosts. `ConntrackFleet` makes them. */
export class Rollout extends pulumi.CustomResource {
  /** Type token; the plugin `pulumi-resource-conntrack` serves it. */
  public static readonly __pulumiType = rolloutType;

  /** Names of hosts that do not hold what they shall yet; the next update does exactly these. */
  declare public readonly pending: pulumi.Output<string[]>;
  /** Hosts of the wave. */
  declare public readonly count: pulumi.Output<number>;

  constructor(name: string, args: RolloutArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      Rollout.__pulumiType,
      name,
      { ...args, pending: undefined, count: undefined },
      pulumi.mergeOptions({ version: packageVersion() }, opts),
    );
  }
}

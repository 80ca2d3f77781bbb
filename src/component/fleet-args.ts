/** What a program passes to `ConntrackFleet`; the rules of args.ts hold here too. */
import type * as pulumi from "@pulumi/pulumi";
import type { BastionArgs, LoginArgs, SettingsArgs, TrafficArgs } from "./args";
import type { OnVerdict } from "../plan/request";
import type { Role } from "../sizing/roles";

/** How a host is reached, in part: what it does not say comes from the defaults. */
export interface FleetConnectionArgs extends LoginArgs {
  /** Name or address, without user or port. */
  host?: pulumi.Input<string>;
  /** Runs the host script by `sudo -n`, for a user that is not root. */
  sudo?: pulumi.Input<boolean>;
  /** A host to go through first. */
  bastion?: pulumi.Input<BastionArgs>;
}

/** Facts of a host, in part; one that the host contradicts is an error before anything is written on it. */
export interface FleetFactsArgs {
  /** A type of AWS, Google, Azure or Hetzner: RAM, machine and cores that are not declared follow from it. */
  instanceType?: pulumi.Input<string>;
  /** RAM in MiB, nominal or measured. */
  memoryMiB?: pulumi.Input<number>;
  /** What `uname -m` prints. */
  arch?: pulumi.Input<string>;
  /** What `uname -r` prints. */
  kernel?: pulumi.Input<string>;
  /** What `uname -v` prints, or Ubuntu's /proc/version_signature: shows the upstream patch level. */
  unameVersion?: pulumi.Input<string>;
  /** Number of processors; default 1. */
  cores?: pulumi.Input<number>;
  /** What `getconf PAGESIZE` prints; default that of the architecture. */
  pageSizeBytes?: pulumi.Input<number>;
  /** LowTotal of /proc/meminfo on 32-bit hosts, in KiB; default 896 MiB. */
  lowTotalKiB?: pulumi.Input<number>;
  /** Network namespaces with tables of their own (kernels before 4.9); default 1. */
  networkNamespaces?: pulumi.Input<number>;
}

/** One host of a fleet, or what all hosts share; each host needs connection and facts, from either place. */
export interface FleetHostArgs {
  /** How the host is reached. */
  connection?: FleetConnectionArgs;
  /** What the host is made of. */
  facts?: FleetFactsArgs;
  /** What the host is for; default `host`. */
  role?: pulumi.Input<Role>;
  /** Numbers set by hand. */
  settings?: SettingsArgs;
  /** Part of RAM (of low memory on 32 bits), up to 0.5, that table and entries may take; default 1/32. */
  memoryShare?: pulumi.Input<number>;
  /** Allows a max below what the kernel or the host has now. */
  allowShrink?: pulumi.Input<boolean>;
  /** Loads the module where it is not loaded; before Linux 4.10 that alone starts tracking all traffic. */
  loadModule?: pulumi.Input<boolean>;
  /**
   * Takes the host over from whoever owns it by this package, another stack or a host of another name; without it that is
   * refused. No change by itself.
   */
  adopt?: pulumi.Input<boolean>;
  /** The load to carry: the table is sized for it and proved by the simulation before anything is written. */
  traffic?: TrafficArgs;
  /** What a failing verdict of the simulation does; default `error`. */
  onVerdict?: pulumi.Input<OnVerdict>;
  /** The host no longer exists: it leaves the fleet without being dialled. */
  decommissioned?: boolean;
}

/** What every host of a wave has to keep after the soak time. The counters are those of /proc/net/stat/nf_conntrack. */
export interface FleetGateArgs {
  /** Entries as a share of max, above 0 and at most 1. */
  maximumFill?: number;
  /** Packets dropped because no entry could be made (`drop`). */
  dropsPerSecond?: number;
  /** Living entries removed to make room (`early_drop`). */
  earlyDropsPerSecond?: number;
  /** Entries that could not be inserted (`insert_failed`). */
  insertFailedPerSecond?: number;
  /** Entries refused because their hash chain was too long (`chainlength`, from Linux 5.15). */
  chainLengthPerSecond?: number;
}

/** How a fleet is rolled out. */
export interface FleetRolloutArgs {
  /** Hosts worked on at once; default 64. */
  lanes?: number;
  /** Names of the hosts of a first wave of their own. */
  canary?: string[];
  /** Cumulative percentages of the other hosts, rising to 100, one wave for each; a wave begins when the one before has passed. Default one wave. */
  waves?: number[];
  /** Hosts of a wave that may fail; they are named in `pending` and the next update tries them again. Default 0. */
  maximumFailures?: number;
  /** The same in percent of the hosts of the wave; the greater of the two holds. */
  maximumFailuresPercent?: number;
  /** Names of the only hosts that may change; all others stay as they are. */
  only?: string[];
  /** Seconds between setting the hosts of a wave and reading them again; default 0, at most a day. */
  soakSeconds?: number;
  /** Where a host breaks one of these, its wave gets back what it had and no further wave begins. */
  gate?: FleetGateArgs;
  /** No wave begins before this moment: ISO 8601 with an offset, `2026-12-01T22:00:00+01:00`. */
  notBefore?: string;
  /** No wave begins after this moment: ISO 8601 with an offset. */
  notAfter?: string;
}

/** Many hosts to tune. */
export interface ConntrackFleetArgs {
  /** What all hosts share; what a host says itself wins, key by key. */
  defaults?: FleetHostArgs;
  /** Hosts by name; a name is the host's identity for ever. */
  hosts: Record<string, FleetHostArgs>;
  /** How it is rolled out. */
  rollout?: FleetRolloutArgs;
  /** Every preview and update reads all hosts first and repairs what was changed on them; default true. */
  observe?: boolean;
}

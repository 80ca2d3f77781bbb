/**
 * What a program passes to `ConntrackTuning`. Only interfaces, records and `as const` objects: the SDK infers the
 * schema for other languages from these lines, and their comments become its descriptions.
 */
import type * as pulumi from "@pulumi/pulumi";
import type { OnVerdict } from "../plan/request";
import type { Arrivals, Pattern, Protocol, SessionEnd } from "../simulation/scenario/scenario";
import type { Load } from "../sizing/loads";
import type { Role } from "../sizing/roles";
import type { FloodProtocol } from "../sizing/traffic";

/** A login at an SSH server, less where it is. */
export interface LoginArgs {
  /** Port of its SSH server; default 22. */
  port?: pulumi.Input<number>;
  /** User to log in as; default root. */
  user?: pulumi.Input<string>;
  /** Private key in PEM or OpenSSH form; a secret. */
  privateKey?: pulumi.Input<string>;
  /** Passphrase of the private key; a secret. */
  privateKeyPassphrase?: pulumi.Input<string>;
  /** Password; a secret. */
  password?: pulumi.Input<string>;
  /** Its public key as one authorized_keys line, `ssh-ed25519 AAAA...`; required unless insecureIgnoreHostKey. */
  hostKey?: pulumi.Input<string>;
  /** Accepts any host key: anyone between may read and change everything. */
  insecureIgnoreHostKey?: pulumi.Input<boolean>;
  /** Failed dials before giving up; default 20, about 60 s where dials are refused at once. */
  dialErrorLimit?: pulumi.Input<number>;
  /** Seconds for the TCP connection of one dial; default 10. */
  perDialTimeoutSeconds?: pulumi.Input<number>;
}

/** A host to go through first. */
export interface BastionArgs extends LoginArgs {
  /** Name or address, without user or port. */
  host: pulumi.Input<string>;
}

/** How a host is reached over SSH; without key and password the agent of the environment is asked. */
export interface ConnectionArgs extends BastionArgs {
  /** Runs the host script by `sudo -n`, for a user that is not root. */
  sudo?: pulumi.Input<boolean>;
  /** A host to go through first. */
  bastion?: pulumi.Input<BastionArgs>;
}

/** Facts of the host; one that the host contradicts is an error before anything is written. */
export interface HostFactsArgs {
  /** A type of AWS, Google, Azure or Hetzner: RAM, machine and cores that are not declared follow from it. */
  instanceType?: pulumi.Input<string>;
  /** RAM in MiB, nominal or measured; required where no instance type is given. */
  memoryMiB?: pulumi.Input<number>;
  /** What `uname -m` prints; required where no instance type is given. */
  arch?: pulumi.Input<string>;
  /** What `uname -r` prints. */
  kernel: pulumi.Input<string>;
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

/** Numbers set by hand; each wins over the model, inside the limits of the kernel, the role and the memory share. */
export interface SettingsArgs {
  /** Entries that may exist. */
  max?: pulumi.Input<number>;
  /** Hash buckets; the kernel rounds them up to whole pages. */
  buckets?: pulumi.Input<number>;
  /** Seconds by sysctl name, for example `nf_conntrack_tcp_timeout_established`. */
  timeouts?: pulumi.Input<Record<string, pulumi.Input<number>>>;
}

/** A load of a known kind and its size in its own measure (docs/model.md). */
export interface NamedLoadArgs {
  /** Which load. */
  load: pulumi.Input<Load>;
  /** Connections or queries a second, clients, pods, or sessions, as the load counts. */
  size: pulumi.Input<number>;
}

/** Flows of one kind; the fields are those of a scenario's class (docs/simulation.md). */
export interface TrafficClassArgs {
  /** Protocol of the flows. */
  protocol: pulumi.Input<Protocol>;
  /** What a flow looks like. */
  pattern: pulumi.Input<Pattern>;
  /** New flows each second. */
  newPerSecond: pulumi.Input<number>;
  /** How they arrive; default evenly. */
  arrivals?: pulumi.Input<Arrivals>;
  /** Shape of Pareto arrivals, above 1; default 1.5. */
  shape?: pulumi.Input<number>;
  /** Seconds between packets of a living flow. */
  intervalSeconds?: pulumi.Input<number>;
  /** Seconds that a flow lives. */
  lifeSeconds?: pulumi.Input<number>;
  /** How a TCP session ends; default with FIN. */
  end?: pulumi.Input<SessionEnd>;
  /** The last data of a silent session is never acknowledged. */
  unacknowledged?: pulumi.Input<boolean>;
  /** How often an unanswered packet is sent again; default 0. */
  retransmissions?: pulumi.Input<number>;
}

/** A flood that the table must survive beside the usual traffic. */
export interface FloodArgs {
  /** Protocol of the flood: SYNs, or single datagrams. */
  protocol: pulumi.Input<FloodProtocol>;
  /** Packets a second, each of a new flow. */
  newPerSecond: pulumi.Input<number>;
  /** How long it lasts. */
  seconds: pulumi.Input<number>;
}

/** The load that the host must carry. */
export interface TrafficArgs {
  /** Loads with a name. */
  loads?: pulumi.Input<pulumi.Input<NamedLoadArgs>[]>;
  /** Classes of flows. */
  classes?: pulumi.Input<pulumi.Input<TrafficClassArgs>[]>;
  /** Busiest moment as a multiple of the declared rates; default 1. */
  peakFactor?: pulumi.Input<number>;
  /** A flood to survive. */
  flood?: pulumi.Input<FloodArgs>;
}

/** One host to tune. */
export interface ConntrackTuningArgs {
  /** How the host is reached. */
  connection: pulumi.Input<ConnectionArgs>;
  /** What the host is made of. */
  facts: pulumi.Input<HostFactsArgs>;
  /** What the host is for; default `host`. */
  role?: pulumi.Input<Role>;
  /** Numbers set by hand. */
  settings?: pulumi.Input<SettingsArgs>;
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
  traffic?: pulumi.Input<TrafficArgs>;
  /** What a failing verdict of the simulation does; default `error`. */
  onVerdict?: pulumi.Input<OnVerdict>;
}

/** Kernel memory of the full table; it can never be swapped. */
export interface TunedMemory {
  /** Bytes of the bucket array. */
  tableBytes: number;
  /** Bytes of one entry with its extension. */
  entryBytes: number;
  /** Bytes of the table with `max` entries. */
  fullBytes: number;
  /** `fullBytes` as a part of the declared RAM, 0 to 1. */
  shareOfRam: number;
}

/** What the simulation says of the settings under the declared traffic. */
export interface TunedVerdict {
  /** `passed`, `failed`, or `notJudged` where no traffic was declared. */
  outcome: string;
  /** SHA-256 over kernel era, settings and traffic: it names what was judged. */
  settingsHash: string;
}

/** What the host answered after the run, read from its kernel. */
export interface TunedReadBack {
  /** `active`: in force and persisted; `inactive`: persisted for the next load of the module. */
  status: string;
  /** `module`, `builtin`, `notLoaded` or `absent`. */
  presence: string;
  /** `uname -r` of the host. */
  kernel: string;
  /** MemTotal of /proc/meminfo in KiB. */
  memTotalKiB: number;
  /** Live values after the run: `max`, `buckets` and timeouts by sysctl name; empty while the module is not loaded. */
  settings: Record<string, number>;
  /** The same values before the run. */
  previous: Record<string, number>;
  /** What loads connection tracking on this host. */
  loadedBy: string[];
  /** Who else sets the same keys. */
  competingWriters: string[];
}

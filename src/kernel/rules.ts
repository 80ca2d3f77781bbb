/**
 * What one Linux kernel does with connection tracking, as plain data.
 *
 * `kernelRules()` (see ./kernel-rules.ts) resolves a release and an architecture into one such record.
 * Everything else (sizing, simulation, host script, policies) reads these fields and never compares versions itself.
 */
import type { Architecture } from "./architecture";
import type { KernelRelease } from "./release";

export interface KernelRules {
  readonly release: KernelRelease;
  readonly architecture: Architecture;
  /** Bytes of a memory page on this host; sizes of tables are rounded to it. */
  readonly pageSizeBytes: number;
  /** Short name of the era for people and for `defaults`, for example "nf_conntrack 5.15+". */
  readonly era: string;
  readonly module: "ip_conntrack" | "nf_conntrack";
  readonly tableSize: TableSizeRules;
  readonly entry: EntryRules;
  /** True where every network namespace has a hash table of its own (2.6.28 to 4.6, el7 included). */
  readonly tablePerNamespace: boolean;
  /** The limit on a chain's length, enforced on insertion since 5.15; absent before. */
  readonly chainLimit?: ChainLimitRules;
  /** Longest mean chain of a full table at which this kernel neither refuses connections nor gets slow. */
  readonly safeNodesPerBucket: number;
  readonly fullTable: FullTableRules;
  readonly earlyDrop: EarlyDropRules;
  readonly garbageCollection: GarbageCollectionRules;
  readonly udp: UdpRules;
  readonly tcp: TcpRules;
  readonly icmp: { readonly deletedWhenAllAnswered: boolean };
  readonly timeouts: Readonly<Record<string, TimeoutRule>>;
  readonly flags: Readonly<Record<string, FlagRule>>;
  readonly paths: PathRules;
}

/** How many buckets and entries the kernel takes by itself, and how it rounds what it is given. */
export interface TableSizeRules {
  /** Bytes of a bucket head: one pointer (hlist), or two (list_head) before 2.6.23. */
  readonly bucketBytes: number;
  /** Buckets when more RAM than `aboveBytes` is counted (strictly more), largest first. */
  readonly steps: readonly { readonly aboveBytes: number; readonly buckets: number }[];
  readonly minimumBuckets: number;
  /** `max` per bucket when the kernel sized the table itself (8, 4 or 1). */
  readonly maxPerBucket: number;
  /** `max` per bucket when a hashsize was given (8 in every era). */
  readonly maxPerGivenBucket: number;
  /** True where the bucket count is rounded up to whole pages. */
  readonly roundsToPage: boolean;
  /** False for 2.6.28 to 4.6 (and el7), whose max comes from the unrounded bucket count. */
  readonly maxFromRounded: boolean;
  /** False for 2.4.0, which has no hashsize parameter. */
  readonly acceptsHashsize: boolean;
  readonly maximumBuckets: number;
  /** Expectations: one list for so many buckets, so many for each list; undefined before 2.6.23, which had no limit. */
  readonly expectations: { readonly bucketsPerList: number; readonly maxPerList: number } | undefined;
  /** Which counter of RAM the kernel reads; `physicalPages` is close to the nominal size. */
  readonly ramCounter: "physicalPages" | "memTotal";
  /** True where the hash size can be changed while the table lives (2.6.15 and later). */
  readonly resizable: boolean;
  /** True where writing the same size reallocates the table nevertheless (el7). */
  readonly sameSizeReallocates: boolean;
}

export interface EntryRules {
  /** Bytes of the slab object of one entry. */
  readonly objectBytes: number;
  /** True where the number was measured or computed for exactly this kernel; false where it is the nearest known. */
  readonly objectBytesMeasured: boolean;
  /** Bytes of the extension block allocated when accounting, timestamps, events or helpers need one; 0 if none exists. */
  readonly extensionBytes: number;
  /** True where a kernel with untouched flags gives every entry an extension (events=1, before events=2 existed). */
  readonly extensionByDefault: boolean;
}

/** An insertion is refused where the walked chain holds at least m + 2 nodes, m = base + random(0 .. range - 1). */
export interface ChainLimitRules {
  readonly base: number;
  readonly range: number;
}

export interface FullTableRules {
  /** True up to 6.18: max = 0 means no limit. */
  readonly zeroMaxIsUnlimited: boolean;
  readonly minimumMax: number;
  readonly maximumMax: number;
  /** Line of the kernel's log when a packet is dropped. */
  readonly logLine: string;
}

export interface EarlyDropRules {
  /**
   * - `roundRobin`: one bucket in turn, then the packet's own (2.4)
   * - `ownBucket`: only the packet's own bucket (2.6.9 to 2.6.21)
   * - `eightNodes`: from the own bucket on until a victim or 8 nodes were seen (2.6.23 to 4.8)
   * - `eightBuckets`: up to 8 buckets, all unassured of the first bucket with a victim (4.9+)
   */
  readonly search: "roundRobin" | "ownBucket" | "eightNodes" | "eightBuckets";
  /** `oldest`: the last of the chain; `firstFound`: the newest; `all`: every unassured entry of the bucket. */
  readonly victim: "oldest" | "firstFound" | "all";
  /** True for 4.9 to 5.18: a walk leaves the bucket after it removed an entry through its original-direction node. */
  readonly dyingListEndsWalk: boolean;
  /** True where a failed early drop lets the collector kill closing and unassured entries above 95 % of max. */
  readonly collectorKillsAbove95Percent: boolean;
}

/** How expired entries leave the table. `timers`: at once. The others by a worker; all figures of kernel.md section 6. */
export type GarbageCollectionRules =
  | { readonly kind: "timers" }
  /** 4.9.0: every 5 s, at most 1/64 of the buckets and at most 8192. */
  | {
      readonly kind: "fixedWorker";
      readonly periodSeconds: number;
      readonly bucketsDivisor: number;
      readonly bucketsLimit: number;
    }
  /** 4.9.y to 5.13: 1/128 of the buckets each run, the pause adapts between max(HZ/128,1) and HZ/8 jiffies. */
  | {
      readonly kind: "adaptiveSlices";
      readonly bucketsDivisor: number;
      readonly pauseMinimumDivisor: number;
      readonly pauseMaximumDivisor: number;
    }
  /** 5.14 to 5.17 (5.10.y): the whole table every 120 s. */
  | { readonly kind: "fixedCycle"; readonly periodSeconds: number }
  /** 5.18 and later: the pause is the clamped mean of the remaining lives seen, 1 to 60 s. */
  | {
      readonly kind: "averaging";
      readonly minimumSeconds: number;
      readonly maximumSeconds: number;
      /** Upper clamp of one entry's remaining life in the mean (300 s). */
      readonly lifeLimitSeconds: number;
      /** Virtual samples that the mean starts with (100 since 6.1, 0 or 1 before). */
      readonly initialSamples: number;
      /** Value that the mean starts with; for `weighted` 2^31 - 1 jiffies (that number / hz), a deliberate huge bias. */
      readonly initialSeconds: number;
      /** How the mean is updated: `running` avg += (e - avg) / n (6.1+), `weighted` as in 5.18 to 6.0. */
      readonly mean: "running" | "weighted";
    };

interface UdpRules {
  /** Seconds after the first packet before a replied flow may become ASSURED: 2 from 5.0 on and in el8, 0 before. */
  readonly assuredAfterSeconds: number;
}

export interface TcpRules {
  /** False for 2.4.0 to 2.4.20: no window tracking, timeout is always that of the state. */
  readonly tracksWindow: boolean;
  /** True where a retransmitted SYN leaves the deadline alone (5.14 and stable series from February 2023 on). */
  readonly synRetransmissionKeepsDeadline: boolean;
  /** True where a RST sets the `close` timeout whatever the state (5.1 and later). */
  readonly resetSetsCloseTimeout: boolean;
  /** True where unacknowledged data shortens the timeout (2.6.27 and later). */
  readonly unacknowledgedTimeout: boolean;
  /** `modern`, or `2.6.18` (no SYN_SENT2), or `2.4` (before window tracking). */
  readonly stateTable: "modern" | "2.6" | "2.4";
}

/** One timeout of /proc/sys. Units: whole seconds. */
export interface TimeoutRule {
  readonly defaultSeconds: number;
  /** Least value that the kernel accepts; it takes 0 and -1 too and then forgets entries at once, so we ask for 1. */
  readonly minimumSeconds: number;
  /** Maximum value that this kernel surely accepts: (2^31 - 1) / HZ with the highest HZ, or with the known one. */
  readonly maximumSeconds: number;
  /** Full path under /proc/sys; undefined where the timeout is a constant of the kernel (before 2.4.23). */
  readonly path: string | undefined;
  readonly source: string;
}

export interface FlagRule {
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly path: string;
  readonly source: string;
}

/** Where this kernel keeps its settings. */
export interface PathRules {
  /** Paths of max, first the one to write. */
  readonly max: readonly string[];
  readonly count: string | undefined;
  readonly buckets: string | undefined;
  /** True from 4.7 on: the buckets can be written through sysctl too. */
  readonly bucketsWritable: boolean;
  /** The module parameter that can be written while the table lives; undefined before 2.6.15. */
  readonly hashsizeParameter: string | undefined;
  readonly expectMax: string | undefined;
  readonly statistics: string | undefined;
  readonly boundary: "netfilter" | "ipv4";
}

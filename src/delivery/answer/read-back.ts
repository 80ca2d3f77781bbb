/** What a host answered, as values. */
import type { HostWarning } from "./warnings";

/** How connection tracking is there: a loaded module, part of the kernel, a module that is not loaded, or missing. */
export type Presence = "module" | "builtin" | "notLoaded" | "absent";

/** Which text of the host script ran; `pulumi-conntrack script` prints it. */
export interface ScriptIdentity {
  readonly version: number;
  /** Of its text, in hexadecimal. */
  readonly sha256: string;
}

/** A value that is not as planned; both sides as text, `found` empty where the host has none. */
export interface Drift {
  /** `max`, `buckets`, a timeout's sysctl name, or the path of a persisted file. */
  readonly key: string;
  readonly planned: string;
  readonly found: string;
}

/**
 * Sums over all processors of columns of /proc/net/stat/nf_conntrack (or ip_conntrack), of the network namespace in which
 * the script runs: net/netfilter/nf_conntrack_standalone.c, ct_cpu_seq_show. A column that the kernel has not is absent;
 * kernels before 2.6.9, and those without CONFIG_NF_CONNTRACK_PROCFS, have none.
 */
export interface Counters {
  /** `insert_failed`: entries that could not be inserted. */
  readonly insertFailed?: number;
  /** `drop`: packets that were dropped because no entry could be made. */
  readonly drops?: number;
  /** `early_drop`: living entries that were removed to make room. */
  readonly earlyDrops?: number;
  /** `chainlength`, from 5.15: entries refused because their hash chain was too long. */
  readonly chainLength?: number;
}

/** The answer of apply, verify and restore. */
export interface ReadBack {
  /** Undefined in answers of 0.1.0. */
  readonly script?: ScriptIdentity;
  readonly command: "apply" | "verify" | "restore";
  /**
   * - `active`: in force and persisted
   * - `inactive`: persisted for the next load of the module
   * - `restored`: the originals are back
   * - `untouched`: restore found no journal of this token and changed nothing
   */
  readonly status: "active" | "inactive" | "restored" | "untouched";
  /** False where everything was as planned already and nothing was written. */
  readonly changed: boolean;
  readonly presence: Presence;
  /** `uname -r` of the host. */
  readonly kernel: string;
  readonly memTotalKiB: number;
  /** The greatest number of entries in any network namespace; undefined where no table is live. */
  readonly entries?: number;
  readonly counters: Counters;
  /** Live values after the run by key: `max`, `buckets` and the timeouts. Empty while the module is not loaded. */
  readonly settings: Readonly<Record<string, number>>;
  /** The same keys before the run. */
  readonly previous: Readonly<Record<string, number>>;
  /** `acct`, `timestamp`, `events`: they decide the bytes of an entry; read, never written. */
  readonly flags: Readonly<Record<string, number>>;
  /** What loads connection tracking here: `module:nft_ct`, `process:dockerd`, `file:/etc/nftables.conf`. */
  readonly loadedBy: readonly string[];
  /** Who else sets the same keys: paths of files and `process:tuned`. */
  readonly competingWriters: readonly string[];
  /** What differs from the plan; only verify can find anything. */
  readonly drift: readonly Drift[];
  readonly warnings: readonly HostWarning[];
  /**
   * The token that owned the host before an apply or restore, empty where nobody had tuned it; undefined where the
   * answer does not say.
   */
  readonly formerOwner?: string;
}

/** The answer of facts. */
export interface HostReport {
  readonly script?: ScriptIdentity;
  readonly command: "facts";
  readonly kernel: string;
  /** What `uname -v` prints. */
  readonly unameVersion: string;
  /** Ubuntu's /proc/version_signature, where there is one. */
  readonly versionSignature?: string;
  readonly arch: string;
  readonly memTotalKiB: number;
  /** LowTotal, on 32-bit kernels with high memory. */
  readonly lowTotalKiB?: number;
  readonly pageSizeBytes?: number;
  readonly cores: number;
  readonly module: "nf_conntrack" | "ip_conntrack";
  readonly presence: Presence;
  readonly entries?: number;
  readonly counters: Counters;
  /** Live values: `max`, `buckets` and every timeout. Empty while the module is not loaded. */
  readonly settings: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, number>>;
  readonly loadedBy: readonly string[];
  readonly competingWriters: readonly string[];
}

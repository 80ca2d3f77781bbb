/** The numbers that connection tracking runs with on one host: planned, simulated, judged, written and read back. */

/** Whole seconds by sysctl name, for example `nf_conntrack_tcp_timeout_established`. */
export type Timeouts = Readonly<Record<string, number>>;

/** Everything that is set on a host. */
export interface Settings {
  /** Entries that may exist. */
  readonly max: number;
  /** Hash buckets as the kernel reads them back, after its own rounding. */
  readonly buckets: number;
  /** Seconds by sysctl name; what is left out keeps the kernel's default. */
  readonly timeouts: Timeouts;
}

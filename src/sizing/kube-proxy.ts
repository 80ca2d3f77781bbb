/**
 * The table that kube-proxy sets when it starts.
 * Source: kubernetes pkg/proxy/conntrack/sysctls.go and kube-proxy's default flags.
 */

export const kubeProxySource = "kubernetes pkg/proxy/conntrack/sysctls.go";

/** Kube-proxy's flags, and the upper limit that it has none for. */
interface KubeProxyFlags {
  /** Entries for each core: `--conntrack-max-per-core`. */
  readonly maxPerCore: number;
  /** Fewest entries: `--conntrack-min`. */
  readonly minimum: number;
  /** Most entries for all cores together. */
  readonly cap: number;
}

export const kubeProxyDefaults: KubeProxyFlags = { maxPerCore: 32768, minimum: 131072, cap: 1048576 };

/** Seconds of `--conntrack-tcp-timeout-established` and `--conntrack-tcp-timeout-close-wait`. */
export const kubeProxyTimeouts = { tcp_timeout_established: 86400, tcp_timeout_close_wait: 3600 } as const;

/** Kube-proxy raises the hash size to its max by this number, and never lowers it. */
const entriesPerBucket = 4;

/** Entries that kube-proxy asks for. The cap is tested first, so a minimum above it holds on small machines only. */
export const kubeProxyMax = (cores: number, { maxPerCore, minimum, cap } = kubeProxyDefaults): number => {
  const scaled = maxPerCore * cores;
  return scaled > cap ? cap : Math.max(scaled, minimum);
};

/** Fewest buckets that a table of kube-proxy's `max` has. */
export const kubeProxyBuckets = (max: number): number => Math.floor(max / entriesPerBucket);

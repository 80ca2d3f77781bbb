/** One case for each way in which the numbers of a host can break a rule. */
import { compliantHost } from "../../support/policies";
import { established, withFacts, withTable, withTimeouts, type Breach } from "./host-fixtures";

const chainLimit = "net/netfilter/nf_conntrack_core.c, chain limit of 5.15 and later, measured on kernels";

export const breachesOfNumbers: readonly Breach[] = [
  {
    rule: "limit-memory-share",
    field: "the share of RAM",
    // 16 GiB / 32 = 512 MiB; less 4 MiB of buckets, at 384 bytes: 1387178 entries.
    host: {
      ...compliantHost,
      memory: { tableBytes: 4194304, entryBytes: 384, fullBytes: 2 ** 30, shareOfRam: 1 / 16 },
    },
    says:
      "memory.shareOfRam is 6.3 % (1024 MiB), which is more than the 3.1 % of RAM (512 MiB) that a full table may take " +
      "(table and entries are kernel memory, which is never swapped). " +
      "Write settings.max of at most 1387178 with these buckets, or give the host more RAM.",
  },
  {
    rule: "limit-memory-share",
    field: "a table that is too large when empty",
    host: {
      ...compliantHost,
      memory: { tableBytes: 2 ** 30, entryBytes: 384, fullBytes: 2 ** 30 + 384, shareOfRam: 1 / 16 },
    },
    says: "Write fewer settings.buckets: the empty table alone is larger.",
  },
  {
    rule: "bound-max",
    field: "max above the ceiling by RAM",
    host: withTable({ max: 2097153 }),
    says:
      "settings.max is 2097153, which is more than the 2097152 entries that a host with 16384 MiB of RAM may have " +
      "(the policy bound-max, maximumEntries and maximumEntriesPerGiB). Write settings.max of at most 2097152.",
  },
  {
    rule: "bound-max",
    field: "max above the ceiling of every host",
    host: withTable({ max: 300001 }),
    configured: { maximumEntries: 300000 },
    says: "which is more than the 300000 entries",
  },
  {
    rule: "bound-max",
    field: "max below the untouched kernel",
    host: withTable({ max: 262143 }),
    says:
      "settings.max is 262143, which is below the 262144 entries that the untouched kernel would have " +
      "(what this kernel takes by itself with this RAM). " +
      "Write settings.max of at least 262144, or allowShrink: true if a smaller table is meant.",
  },
  {
    rule: "bound-max",
    field: "max below the untouched kernel, where allowShrink does not count",
    host: { ...withTable({ max: 262143 }), allowShrink: true },
    configured: { honourAllowShrink: false },
    says: "Write settings.max of at least 262144.",
  },
  {
    rule: "bound-max",
    field: "max below the floor of every host",
    host: withTable({ max: 599999 }),
    configured: { minimumEntries: 600000 },
    says: "settings.max is 599999, which is below the 600000 entries that every host must have",
  },
  {
    rule: "limit-bucket-load",
    field: "the buckets, on a kernel that refuses long chains",
    host: {
      ...withFacts({ kernel: "6.1.19", unameVersion: undefined }),
      settings: { ...compliantHost.settings, buckets: 262144 },
    },
    says:
      "settings.buckets is 262144, which puts 4 nodes into each bucket when 524288 entries exist, more than the 2 that " +
      `6.1.19 bears (${chainLimit}). ` +
      "Write settings.buckets of at least 524288, or settings.max of at most 262144.",
  },
  {
    rule: "limit-bucket-load",
    field: "the buckets, on a kernel that merely gets slow",
    host: {
      ...withFacts({ kernel: "4.19.0", unameVersion: undefined }),
      settings: { max: 524289, buckets: 65536, timeouts: {} },
    },
    says: "puts 16 nodes into each bucket when 524289 entries exist, more than the 16 that 4.19.0 bears",
  },
  {
    rule: "limit-bucket-load",
    field: "the load, under a tighter bound",
    host: compliantHost,
    configured: { maximumNodesPerBucket: 1 },
    says: "puts 2 nodes into each bucket when 524288 entries exist, more than the 1 that",
  },
  {
    rule: "set-hashsize",
    field: "the buckets, left as the kernel made them",
    host: withTable({ buckets: 262144 }),
    says:
      "settings.buckets is 262144, which is no more than the 262144 buckets of the untouched kernel, though max is " +
      "raised from 262144 to 524288 (net/netfilter/nf_conntrack_core.c, nf_conntrack_init_start: max follows the " +
      "buckets, never the reverse). Write settings.buckets of at least 524288.",
  },
  {
    rule: "keep-within-ranges",
    field: "max",
    host: compliantHost,
    configured: { ranges: { max: { minimum: 1, maximum: 2 } }, source: "a vendor" },
    says: "settings.max is 524288, which lies outside 1 to 2 (a vendor). Write at least 1 and at most 2.",
  },
  {
    rule: "keep-within-ranges",
    field: "the buckets",
    host: compliantHost,
    configured: { ranges: { buckets: { minimum: 600000 } } },
    says: "settings.buckets is 524288, which is below the minimum of 600000 (the policy keep-within-ranges). Write at least 600000.",
  },
  {
    rule: "keep-within-ranges",
    field: "max by its sysctl name",
    host: compliantHost,
    configured: { ranges: { nf_conntrack_max: { maximum: 5 } } },
    says: "settings.max is 524288, which is above the maximum of 5",
  },
  {
    rule: "keep-within-ranges",
    field: "a timeout that is left to the kernel",
    host: compliantHost,
    configured: { ranges: { nf_conntrack_generic_timeout: { minimum: 120, maximum: 120 } } },
    says: "settings.timeouts.nf_conntrack_generic_timeout is left at the kernel's 600, which differs from the 120 required",
  },
  {
    rule: "keep-within-ranges",
    field: "a timeout that is set",
    host: compliantHost,
    configured: { ranges: { [established]: { maximum: 3600 } } },
    says: `settings.timeouts.${established} is 86400, which is above the maximum of 3600`,
  },
  {
    rule: "match-kube-proxy",
    field: "max of a node",
    host: { ...withFacts({ cores: 8 }), role: "kubernetesNode" },
    // 8 x 32768
    says:
      "settings.max is 524288, which differs from the 262144 that kube-proxy writes on 8 cores " +
      "(kubernetes pkg/proxy/conntrack/sysctls.go). Write settings.max: 262144.",
  },
  {
    rule: "match-kube-proxy",
    field: "max of a small node, where kube-proxy has a floor",
    host: { ...withFacts({ cores: 2 }), role: "kubernetesNode" },
    says: "differs from the 131072 that kube-proxy writes on 2 cores",
  },
  {
    rule: "match-kube-proxy",
    field: "max of a great node, where kube-proxy has a cap",
    host: { ...withFacts({ cores: 96 }), role: "kubernetesNode" },
    says: "differs from the 1048576 that kube-proxy writes on 96 cores",
  },
  {
    rule: "match-kube-proxy",
    field: "the max of a node with one core",
    host: { ...withFacts({ cores: 1 }), role: "kubernetesNode" },
    says: "differs from the 131072 that kube-proxy writes on 1 core (kubernetes",
  },
  {
    rule: "match-kube-proxy",
    field: "the cores, without which nothing can be computed",
    host: { ...withFacts({ cores: undefined }), role: "kubernetesNode" },
    says:
      "facts.cores is missing, and what kube-proxy writes follows from the number of cores " +
      "(kubernetes pkg/proxy/conntrack/sysctls.go). Write what `pulumi-conntrack facts HOST` prints.",
  },
  {
    rule: "match-kube-proxy",
    field: "the buckets, fewer than a quarter of max",
    // 16 x 32768 = 524288, of which a quarter is 131072.
    host: {
      ...withFacts({ kernel: "5.10.0", unameVersion: undefined, cores: 16 }),
      role: "kubernetesNode",
      settings: { ...compliantHost.settings, buckets: 131071 },
    },
    says:
      "settings.buckets is 131071, which is fewer than the 131072 to which kube-proxy raises the hash size with its max " +
      "of 524288 (kubernetes pkg/proxy/conntrack/sysctls.go). Write settings.buckets of at least 131072.",
  },
  {
    rule: "bound-timeouts",
    field: "a timeout that the kernel does not have",
    host: withTimeouts({ ip_conntrack_tcp_timeout_established: 86400 }),
    says:
      "settings.timeouts.ip_conntrack_tcp_timeout_established is no timeout that can be set on 6.1.0-50-cloud-amd64 " +
      "(nf_conntrack 5.15+). Remove it; `pulumi-conntrack timeouts` prints the names that this kernel has.",
  },
  {
    rule: "bound-timeouts",
    field: "a timeout of 0, at which entries vanish at once",
    host: withTimeouts({ nf_conntrack_udp_timeout: 0 }),
    says: "settings.timeouts.nf_conntrack_udp_timeout is 0, which lies outside the 1 to 2147483 seconds",
  },
  {
    rule: "bound-timeouts",
    field: "a timeout above (2^31 - 1) / 1000 seconds",
    host: withTimeouts({ nf_conntrack_udp_timeout: 2147484 }),
    says: "Write seconds from 1 to 2147483; the kernel's own are 30.",
  },
  {
    rule: "keep-timeout-floors",
    field: "established below RFC 5382",
    host: withTimeouts({ [established]: 7439 }),
    says:
      `settings.timeouts.${established} is 7439, which is below the 7440 seconds that a host of role host needs ` +
      "(RFC 5382 section 5, REQ-5: 2 hours 4 minutes). Write 7440 or more.",
  },
  {
    rule: "keep-timeout-floors",
    field: "UDP streams of a gateway below RFC 4787",
    host: { ...withTimeouts({ nf_conntrack_udp_timeout_stream: 119 }), role: "nat" },
    says: "nf_conntrack_udp_timeout_stream is 119, which is below the 120 seconds that a host of role nat needs (RFC 4787",
  },
  {
    rule: "keep-timeout-floors",
    field: "a timeout left to the kernel, below a floor of the organization",
    host: compliantHost,
    configured: { floors: { nf_conntrack_icmp_timeout: 60 } },
    says: "nf_conntrack_icmp_timeout is left at the kernel's 30, which is below the 60 seconds",
  },
  {
    rule: "limit-established-timeout",
    field: "established of five days",
    host: withTimeouts({ [established]: 432000 }),
    says:
      `settings.timeouts.${established} is 432000, which is more than the 86400 seconds (1 day) allowed ` +
      "(the kernel's own 432000 s keep entries of vanished peers for 5 days; kube-proxy writes 86400). " +
      "Write at most 86400.",
  },
  {
    rule: "limit-established-timeout",
    field: "established left to the kernel",
    host: { ...compliantHost, settings: { ...compliantHost.settings, timeouts: {} } },
    says: `settings.timeouts.${established} is left at the kernel's 432000, which is more than the 86400`,
  },
  {
    rule: "follow-timeout-advice",
    field: "half-open connections of a gateway",
    host: { ...withTimeouts({ nf_conntrack_tcp_timeout_syn_sent: 60 }), role: "nat" },
    says:
      "settings.timeouts.nf_conntrack_tcp_timeout_syn_sent is 60, which is below the 240 seconds advised for a host of " +
      "role nat (RFC 5382 section 5, REQ-5: 4 minutes). Write 240 or more.",
  },
  {
    rule: "follow-timeout-advice",
    field: "ICMP of a gateway below RFC 5508",
    host: { ...withTimeouts({ nf_conntrack_icmp_timeout: 30 }), role: "nat" },
    says: "is below the 60 seconds advised for a host of role nat (RFC 5508",
  },
];

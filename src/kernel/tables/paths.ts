/** Which files exist when: (ip|nf)_conntrack_standalone.c and nf_conntrack_l3proto_ipv4_compat.c. */
import type { Row } from "../lookup";

/** Folders and files under /proc/sys/net, by the boundary where the tracker keeps them. */
const IPV4 = "/proc/sys/net/ipv4";
const LEGACY = `${IPV4}/netfilter`;
const MODERN = "/proc/sys/net/netfilter";

export const SYSCTL_FOLDER = { ip_conntrack: LEGACY, nf_conntrack: MODERN } as const;

/** Paths of max, first the one to write; all are names of one variable. */
export const MAX_PATHS: readonly Row<readonly string[]>[] = [
  { since: [2, 4, 0], value: [`${IPV4}/ip_conntrack_max`], source: "2.4.20" },
  {
    since: [2, 4, 23],
    // Every version of the module has the first name.
    value: [`${IPV4}/ip_conntrack_max`, `${LEGACY}/ip_conntrack_max`],
    source: "seen in 2.4.32 and 2.6.18; wallfire.org: 2.4.23",
  },
  {
    since: [2, 6, 22],
    value: [
      `${MODERN}/nf_conntrack_max`,
      "/proc/sys/net/nf_conntrack_max",
      `${LEGACY}/ip_conntrack_max`,
      `${IPV4}/ip_conntrack_max`,
    ],
    source: "CONFIG_NF_CONNTRACK_PROC_COMPAT, 2.6.21 to 4.4",
  },
  {
    since: [4, 9, 0],
    value: [`${MODERN}/nf_conntrack_max`, "/proc/sys/net/nf_conntrack_max"],
    source: "the compat file is absent in 4.9 (adf0516845bc)",
  },
];

export const COUNT_PATH: readonly Row<string | undefined>[] = [
  { since: [2, 4, 0], value: undefined, source: "2.4: absent; /proc/net/ip_conntrack must be counted" },
  { since: [2, 6, 9], value: `${LEGACY}/ip_conntrack_count`, source: "2.6.18; believed from 2.6.9" },
  { since: [2, 6, 22], value: `${MODERN}/nf_conntrack_count`, source: "2.6.24 to 7.3" },
];

export const BUCKETS_PATH: readonly Row<string | undefined>[] = [
  { since: [2, 4, 0], value: undefined, source: "2.4.20" },
  { since: [2, 4, 24], value: `${LEGACY}/ip_conntrack_buckets`, source: "wallfire.org: readable from 2.4.24; 2.6.18" },
  { since: [2, 6, 22], value: `${MODERN}/nf_conntrack_buckets`, source: "2.6.24 to 7.3" },
];

export const BUCKETS_WRITABLE: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: false, source: "mode 0444 up to 4.4" },
  { since: [4, 7, 0], value: true, source: "commit 3183ab8997a4; seen in 4.9, believed 4.7" },
];

export const HASHSIZE_PARAMETER: readonly Row<string | undefined>[] = [
  { since: [2, 4, 0], value: undefined, source: "2.4: no sysfs; 2.6.9: mode 0400" },
  { since: [2, 6, 15], value: "/sys/module/ip_conntrack/parameters/hashsize", source: "2.6.15 to 2.6.21" },
  { since: [2, 6, 22], value: "/sys/module/nf_conntrack/parameters/hashsize", source: "2.6.24 to 7.3" },
];

export const EXPECT_MAX_PATH: readonly Row<string | undefined>[] = [
  { since: [2, 4, 0], value: undefined, source: "expectations have no limit of their own before 2.6.23" },
  { since: [2, 6, 23], value: `${MODERN}/nf_conntrack_expect_max`, source: "2.6.24 to 7.3; believed 2.6.23" },
];

export const STATISTICS_PATH: readonly Row<string | undefined>[] = [
  { since: [2, 4, 0], value: undefined, source: "2.4: none" },
  { since: [2, 6, 9], value: "/proc/net/stat/ip_conntrack", source: "2.6.18; believed from 2.6.9" },
  { since: [2, 6, 22], value: "/proc/net/stat/nf_conntrack", source: "2.6.24 to 7.3" },
];

/** What happens when the table is full: limits of max, the line in the log, early drop. */
import { INT_MAX } from "../integers";
import type { Row } from "../lookup";
import type { EarlyDropRules } from "../rules";

/** Smallest max accepted; where it is 0, a max of 0 means no limit. */
export const MINIMUM_MAX: readonly Row<number>[] = [
  { since: [2, 4, 0], value: 0, source: "0 means unlimited, measured up to 6.18" },
  { since: [6, 19, 0], value: 1, source: "commit 2b749f257645, 6.19; EINVAL measured on 7.2 and 7.3" },
];

/** nf_conntrack_max is a signed int in every kernel. */
export const MAXIMUM_MAX = INT_MAX;

export const LOG_LINE: readonly Row<string>[] = [
  {
    since: [2, 4, 0],
    value: "ip_conntrack: maximum limit of %d entries exceeded",
    source: "2.4.0",
  },
  { since: [2, 4, 1], value: "ip_conntrack: table full, dropping packet.", source: "2.4.20 to 2.6.21; believed 2.4.1" },
  { since: [2, 6, 22], value: "nf_conntrack: table full, dropping packet.", source: "2.6.24 to 2.6.35" },
  { since: [3, 0, 0], value: "nf_conntrack: table full, dropping packet", source: "3.18; boundary 2.6.36 to 3.18" },
  {
    since: [4, 7, 0],
    value: "nf_conntrack: nf_conntrack: table full, dropping packet",
    source: "pr_fmt, 4.9; boundary 4.5 to 4.9",
  },
];

export const SEARCH: readonly Row<Pick<EarlyDropRules, "search" | "victim">>[] = [
  { since: [2, 4, 0], value: { search: "roundRobin", victim: "oldest" }, source: "early_drop, 2.4.0 to 2.4.32" },
  { since: [2, 6, 0], value: { search: "ownBucket", victim: "oldest" }, source: "early_drop, 2.6.9 to 2.6.21" },
  {
    since: [2, 6, 23],
    value: { search: "eightNodes", victim: "oldest" },
    source: "NF_CT_EVICTION_RANGE, 2.6.24; believed 2.6.23",
  },
  {
    since: [3, 15, 0],
    value: { search: "eightNodes", victim: "firstFound" },
    source: "3.18 and 4.4; believed 3.15 (93bb0ceb75be)",
  },
  { since: [4, 9, 0], value: { search: "eightBuckets", victim: "all" }, source: "early_drop_list, 4.9 to 7.x" },
  {
    enterprise: "el7",
    value: { search: "eightNodes", victim: "firstFound" },
    source: "early_drop of Red Hat 7: 93bb0ceb75be is backported",
  },
];

/** A killed entry goes to a dying list, so that a walk through its original-direction node leaves the bucket. */
export const DYING_LIST_ENDS_WALK: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: false, source: "one victim each time: the walk ends anyway" },
  { since: [4, 9, 0], value: true, source: "nf_ct_add_to_dying_list, 4.9 to 5.18; early drops of 5.10 measured" },
  { since: [5, 19, 0], value: false, source: "commit 1397af5bfd7d, 5.19" },
];

export const COLLECTOR_KILLS: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: false, source: "gc_worker, 4.9" },
  { since: [4, 12, 0], value: true, source: "nf_conntrack_max95, seen in 5.10 and el8; believed 4.12 (c6dd940b1f74)" },
];

/** Buckets and max by version: net/(ipv4/)netfilter/(ip|nf)_conntrack_core.c and nf_conntrack_expect.c. */
import { INT_MAX } from "../integers";
import type { Row } from "../lookup";

const GiB = 2 ** 30;

type Steps = readonly { readonly aboveBytes: number; readonly buckets: number }[];

/** Where the pages of RAM are counted. */
export const RAM_COUNTER: readonly Row<"physicalPages" | "memTotal">[] = [
  { since: [2, 4, 0], value: "physicalPages", source: "num_physpages, 2.4.0 to 2.6.31" },
  {
    since: [2, 6, 32],
    value: "memTotal",
    source: "totalram_pages; commit 4481374ce88b, seen in 2.6.35, absent in 2.6.31, believed 2.6.32",
  },
];

/** Pointers in the head of a bucket: list_head has two, hlist_head one. */
export const POINTERS_PER_BUCKET: readonly Row<1 | 2>[] = [
  { since: [2, 4, 0], value: 2, source: "struct list_head, 2.4.0 to 2.6.21" },
  { since: [2, 6, 23], value: 1, source: "struct hlist_head, 2.6.24; believed 2.6.23" },
];

/** Bucket counts above a limit of RAM (strictly above), largest limit first, for 64-bit kernels. */
export const STEPS_64: readonly Row<Steps>[] = [
  { since: [2, 4, 0], value: [], source: "2.4.0: no cap" },
  { since: [2, 4, 1], value: [{ aboveBytes: GiB, buckets: 8192 }], source: "2.4.20; believed 2.4.1" },
  { since: [2, 6, 23], value: [{ aboveBytes: GiB, buckets: 16384 }], source: "2.6.24; believed 2.6.23" },
  {
    since: [4, 0, 0],
    value: [
      { aboveBytes: 4 * GiB, buckets: 65536 },
      { aboveBytes: GiB, buckets: 16384 },
    ],
    source: "commit 88eab472ec21; absent in 3.18, seen in 4.4, believed 4.0",
  },
  {
    enterprise: "el7",
    value: [
      { aboveBytes: 4 * GiB, buckets: 65536 },
      { aboveBytes: GiB, buckets: 16384 },
    ],
    source: "3.10.0-1127.el7",
  },
  {
    since: [5, 15, 0],
    value: [
      { aboveBytes: 4 * GiB, buckets: 262144 },
      { aboveBytes: GiB, buckets: 65536 },
    ],
    source: "commit d532bcd0b269, 5.15; measured on 6.1 to 7.3",
  },
];

/** Rows that hold on 32-bit kernels instead of those of STEPS_64. */
export const STEPS_32: readonly Row<Steps>[] = [
  ...STEPS_64.filter((row) => !("since" in row && row.since[0] >= 5)),
  {
    since: [5, 15, 0],
    value: [{ aboveBytes: GiB, buckets: 65536 }],
    source: "commit d532bcd0b269, 5.15: 262144 only where BITS_PER_LONG >= 64; measured on i386 6.1",
  },
];

export const MINIMUM_BUCKETS: readonly Row<number>[] = [
  { since: [2, 4, 0], value: 0, source: "2.4.0: no minimum" },
  { since: [2, 4, 1], value: 16, source: "2.4.20; believed 2.4.1" },
  { since: [2, 6, 23], value: 32, source: "2.6.24; believed 2.6.23" },
  { since: [5, 15, 0], value: 1024, source: "commit d532bcd0b269, 5.15" },
];

/** Entries allowed for each bucket that the kernel chose itself. */
export const MAX_PER_BUCKET: readonly Row<number>[] = [
  { since: [2, 4, 0], value: 8, source: "2.4.0 to 2.6.21" },
  { since: [2, 6, 23], value: 4, source: "2.6.24; believed 2.6.23" },
  { since: [5, 15, 0], value: 1, source: "commit d532bcd0b269, 5.15" },
];

/** Entries allowed for each bucket that was asked for, in every era. */
export const MAX_PER_GIVEN_BUCKET = 8;

export const ROUNDS_TO_PAGE: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: false, source: "2.4.0 to 2.6.21" },
  { since: [2, 6, 23], value: true, source: "nf_ct_alloc_hashtable, 2.6.24; believed 2.6.23" },
];

/** Whether max is computed after the bucket count was rounded. */
export const MAX_FROM_ROUNDED: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: true, source: "2.6.24: the table is allocated first" },
  { since: [2, 6, 28], value: false, source: "2.6.29 to 4.4; believed from 2.6.28 (08f6547d2642)" },
  { since: [4, 7, 0], value: true, source: "4.9; believed 4.7 (56d52d4892d0)" },
];

const intMaxBackport = "b541ba7d1f5a (CVE-2025-21648) in the stable releases of January and February 2025";

/** Maximum size of the whole table in bytes that is not refused at once. */
export const MAXIMUM_TABLE_BYTES: readonly Row<number>[] = [
  { since: [2, 4, 0], value: 2 ** 32 - 1, source: "nf_ct_alloc_hashtable: hash > UINT_MAX / bucket is refused" },
  { stable: [5, 10, 234], value: INT_MAX, source: `${intMaxBackport}, believed 5.10.234` },
  { stable: [5, 15, 177], value: INT_MAX, source: `${intMaxBackport}, believed 5.15.177` },
  { stable: [6, 1, 125], value: INT_MAX, source: `${intMaxBackport}, believed 6.1.125` },
  { stable: [6, 6, 72], value: INT_MAX, source: `${intMaxBackport}, believed 6.6.72` },
  { stable: [6, 12, 10], value: INT_MAX, source: `${intMaxBackport}, believed 6.12.10` },
  { since: [6, 13, 0], value: INT_MAX, source: "commit b541ba7d1f5a, CVE-2025-21648: INT_MAX / bucket" },
];

export const ACCEPTS_HASHSIZE: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: false, source: "2.4.0 has no hashsize parameter" },
  { since: [2, 4, 1], value: true, source: "2.4.20; believed 2.4.1" },
];

export const RESIZABLE: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: false, source: "2.4, 2.6.9: read at load only" },
  { since: [2, 6, 15], value: true, source: "module parameter hashsize, mode 0600, 2.6.15; boundary 2.6.10 to 2.6.15" },
];

export const SAME_SIZE_REALLOCATES: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: true, source: "2.6.15 to 4.4 compare nothing" },
  { since: [4, 9, 0], value: false, source: "nf_conntrack_hash_resize, 5.10 and later" },
  { enterprise: "el7", value: true, source: "3.10.0-1127.el7" },
];

/** Buckets for each list of expectations, and expectations for each list; none before expectations had a table. */
export const EXPECTATIONS: readonly Row<{ readonly bucketsPerList: number; readonly maxPerList: number }>[] = [
  {
    since: [2, 6, 23],
    value: { bucketsPerList: 256, maxPerList: 4 },
    source: "nf_conntrack_expect.c: hash = buckets / 256, max = 4 x hash; measured on 5.10 to 7.3; believed 2.6.23",
  },
];

/** Whether every network namespace has a hash table of its own. */
export const TABLE_PER_NAMESPACE: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: false, source: "no network namespaces for conntrack before 2.6.28" },
  { since: [2, 6, 28], value: true, source: "struct netns_ct, hash; seen 2.6.35 to 4.4" },
  { since: [4, 7, 0], value: false, source: "commit 56d52d4892d0; seen in 4.9, believed 4.7" },
  { enterprise: "el7", value: true, source: "3.10.0-1127.el7" },
];

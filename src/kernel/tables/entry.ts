/** Bytes of one entry: struct nf_conn (struct ip_conntrack) as the slab allocator lays it out. */
import type { Row } from "../lookup";

export interface EntryLayout {
  /** The object with the free pointer that SLUB puts behind it, before alignment. */
  readonly bytes: number;
  /** `cacheLine`: SLAB_HWCACHE_ALIGN; `word`: only to the size of a pointer. */
  readonly alignment: "cacheLine" | "word";
  /** True where the size was measured on or computed for this kernel. */
  readonly measured: boolean;
}

export const LAYOUT_64: readonly Row<EntryLayout>[] = [
  {
    since: [2, 4, 0],
    value: { bytes: 384, alignment: "cacheLine", measured: false },
    source: "nearest known: i386's 304 with wider pointers",
  },
  {
    since: [2, 6, 15],
    value: { bytes: 304, alignment: "word", measured: true },
    source: "computed for 2.6.35 with TIMER_STATS; slabinfo: 13 objects in 4 KiB (johnleach.co.uk 2009)",
  },
  {
    since: [3, 0, 0],
    value: { bytes: 312, alignment: "word", measured: true },
    source: "computed for 3.18 with TIMER_STATS",
  },
  {
    since: [4, 7, 0],
    value: { bytes: 264, alignment: "cacheLine", measured: true },
    source:
      "256 and the free pointer behind it, on cache lines: 320 measured on 5.10; alignment seen in 4.9, believed 4.7",
  },
  {
    since: [5, 19, 0],
    value: { bytes: 256, alignment: "cacheLine", measured: true },
    source:
      "248 (BTF of 6.18) and the free pointer; 256 measured on 6.1 to 7.3; the member cpu left with 1397af5bfd7d, 5.19",
  },
];

export const LAYOUT_32: readonly Row<EntryLayout>[] = [
  {
    since: [2, 4, 0],
    value: { bytes: 304, alignment: "word", measured: true },
    source: "boot line of RHEL 3 on i386: 304 bytes per conntrack",
  },
  {
    since: [4, 7, 0],
    value: { bytes: 256, alignment: "cacheLine", measured: true },
    source: "256 measured on i386 5.10 and 6.1",
  },
];

/** Bytes of the separate block of extensions. */
export const EXTENSION_BYTES: readonly Row<number>[] = [
  { since: [2, 4, 0], value: 0, source: "no extensions before 2.6.23" },
  { since: [2, 6, 23], value: 128, source: "NF_CT_EXT_PREALLOC, 5.10 and 7.x; older kernels allocate as needed" },
];

/** Whether an untouched kernel gives every entry a block of extensions. */
export const EXTENSION_BY_DEFAULT: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: false, source: "no event cache as an extension" },
  { since: [2, 6, 31], value: true, source: "nf_conntrack_events=1 is the default; believed 2.6.31 (a0891aa6a635)" },
  { since: [5, 19, 0], value: false, source: "nf_conntrack_events=2, seen in 6.1, believed 5.19 (90d1daa45849)" },
];

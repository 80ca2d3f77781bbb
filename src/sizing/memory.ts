/**
 * How much memory a table costs and how much of the host it may take. Neither the table nor its entries can ever
 * be swapped: both are kernel memory.
 */
import type { KernelRules } from "../kernel/rules";
import { KiB } from "../text/units";

/** What a person knows of a host. */
export interface HostMemory {
  /** RAM of the host in MiB, nominal or measured. */
  readonly memoryMiB: number;
  /** LowTotal of /proc/meminfo in KiB, on 32-bit hosts. */
  readonly lowTotalKiB?: number;
}

/**
 * Part of the declared RAM that sizing does not count on: firmware, the kernel's image and its page tables take
 * 2 to 5 % of common machines. A host whose MemTotal falls below the rest contradicts its declaration, so what is
 * sized on the rest fits on every host that is accepted.
 */
export const reserveShare = 0.1;

/** The rest: what sizing counts on, and what a host has at least where its declaration is true. */
export const countedShare = 1 - reserveShare;

/** Part of RAM that table and entries together may take unless `memoryShare` says otherwise. */
export const defaultMemoryShare = 1 / 32;

/** Most that `memoryShare` may say: the other half is for what the host is there for. */
export const maximumMemoryShare = 0.5;

/** Most low memory that a 32-bit kernel can map directly (arch/x86: 896 MiB); entries live only there. */
const lowMemoryLimitKiB = 896 * KiB;

/** Declared RAM in KiB, as the kernel would count it at the most. */
export const declaredKiB = ({ memoryMiB }: HostMemory): number => Math.floor(memoryMiB * KiB);

/** RAM in KiB that sizing counts on, after the reserve. */
export const usableKiB = (host: HostMemory): number => Math.floor(declaredKiB(host) * countedShare);

/** Memory in bytes in which entries may live: all usable RAM, or low memory on 32 bits. */
export const entryMemoryBytes = (host: HostMemory, rules: KernelRules): number => {
  const usable = usableKiB(host);
  if (rules.architecture.bits === 64) return usable * KiB;
  return Math.min(usable, host.lowTotalKiB ?? lowMemoryLimitKiB, lowMemoryLimitKiB) * KiB;
};

/** Bytes of one entry with the extension that accounting, events, NAT helpers or timestamps add. */
export const plannedEntryBytes = (rules: KernelRules): number => rules.entry.objectBytes + rules.entry.extensionBytes;

/** Bytes of the bucket array, times the namespaces where each has an array of its own. */
export const tableBytes = (rules: KernelRules, buckets: number, networkNamespaces: number): number =>
  buckets * rules.tableSize.bucketBytes * (rules.tablePerNamespace ? networkNamespaces : 1);

/** What the kernel holds when the table is full. */
export interface TableMemory {
  readonly tableBytes: number;
  readonly entryBytes: number;
  /** Table and max entries; kernel memory, which is never swapped. */
  readonly fullBytes: number;
  /** `fullBytes` as a part of the declared RAM, 0 to 1. */
  readonly shareOfRam: number;
}

/** Memory of a full table of `max` entries over `buckets` buckets. */
export const tableMemory = (
  rules: KernelRules,
  host: HostMemory,
  size: { readonly max: number; readonly buckets: number },
  networkNamespaces: number,
): TableMemory => {
  const table = tableBytes(rules, size.buckets, networkNamespaces);
  const entryBytes = plannedEntryBytes(rules);
  const fullBytes = table + size.max * entryBytes;
  return { tableBytes: table, entryBytes, fullBytes, shareOfRam: fullBytes / (declaredKiB(host) * KiB) };
};

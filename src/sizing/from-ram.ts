/**
 * The size of the table from RAM alone: the classic rule between a floor and a ceiling, inside the memory share.
 */
import type { KernelRules } from "../kernel/rules";
import { maximumRoundedBuckets, roundBuckets } from "../kernel/table-size";
import { KiB } from "../text/units";
import { entryMemoryBytes, plannedEntryBytes, tableBytes, usableKiB, type HostMemory } from "./memory";
import { kubeProxyMax } from "./kube-proxy";
import { roleFloor, roles, type Role } from "./roles";

/** Which rule decided `max`. */
export const Binding = {
  ClassicRule: "classicRule",
  KernelDefault: "kernelDefault",
  RoleFloor: "roleFloor",
  RoleCeiling: "roleCeiling",
  MemoryShare: "memoryShare",
  Override: "override",
  Traffic: "traffic",
} as const;
export type Binding = (typeof Binding)[keyof typeof Binding];

/** What sizing needs to know; all in the units of the names. */
export interface SizingRequest {
  readonly rules: KernelRules;
  readonly memory: HostMemory;
  readonly role: Role;
  readonly cores: number;
  /** Part of the memory in which entries may live, 0 to 1, that table and entries may take. */
  readonly memoryShare: number;
  readonly networkNamespaces: number;
  /** `max` that this kernel takes by itself. */
  readonly kernelDefaultMax: number;
}

const bytesPerClassicEntry = 16384;
const bitsOfClassicRule = 32;

/**
 * The classic rule: one entry for each 16 KiB of RAM per 32 bits of pointer width.
 * Source: H. Eychenne, "Netfilter conntrack performance tweaking" v0.8, section "Default values".
 */
const classicMax = (rules: KernelRules, memory: HostMemory): number =>
  Math.floor((usableKiB(memory) * KiB) / bytesPerClassicEntry / (rules.architecture.bits / bitsOfClassicRule));

/**
 * Buckets for `max` entries by the custom of the kernel's era (one for each 8, 4 or 1 entries), rounded as that
 * kernel rounds. On a Kubernetes node of a kernel that refuses long chains they also carry what kube-proxy may set.
 */
export const bucketsFor = (
  rules: KernelRules,
  max: number,
  host: { readonly role: Role; readonly cores: number },
): number => {
  const carried =
    rules.chainLimit !== undefined && host.role === "kubernetesNode" ? Math.max(max, kubeProxyMax(host.cores)) : max;
  return roundBuckets(rules, Math.min(Math.ceil(carried / rules.tableSize.maxPerBucket), maximumRoundedBuckets(rules)));
};

/** Bytes that table and entries may take together. */
export const budgetBytes = (request: SizingRequest): number =>
  Math.floor(entryMemoryBytes(request.memory, request.rules) * request.memoryShare);

/** The share that would just hold `bytes`, rounded up to a number that is easy to write. */
export const shareToHold = (sizing: SizingRequest, bytes: number): number => {
  const memoryBytes = budgetBytes({ ...sizing, memoryShare: 1 });
  return Math.ceil((bytes / memoryBytes) * 1000) / 1000;
};

/** Bytes of a full table of `max` entries with the buckets of its era. */
export const fullBytesFor = (request: SizingRequest, max: number): number =>
  tableBytes(request.rules, bucketsFor(request.rules, max, request), request.networkNamespaces) +
  max * plannedEntryBytes(request.rules);

/** The largest `max` whose full table stays within the budget (0 where none does). */
export const maximumMaxWithin = (request: SizingRequest): number => {
  const budget = budgetBytes(request);
  let fits = 0;
  let tooMany = Math.floor(budget / plannedEntryBytes(request.rules)) + 1;
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (fullBytesFor(request, middle) <= budget) fits = middle;
    else tooMany = middle;
  }
  return fits;
};

/** The rule and its number below which no plan goes: what the kernel takes by itself, or the floor of the role. */
export const floorOf = ({
  role,
  cores,
  kernelDefaultMax,
}: SizingRequest): { readonly floor: number; readonly floorBinding: Binding } => {
  const ofRole = roleFloor(role, cores);
  return ofRole > kernelDefaultMax
    ? { floor: ofRole, floorBinding: Binding.RoleFloor }
    : { floor: kernelDefaultMax, floorBinding: Binding.KernelDefault };
};

/** The floor that does not fit into the memory share. */
export interface FloorTooHigh {
  readonly floor: number;
  readonly floorBinding: Binding;
  /** Entries that do fit. */
  readonly affordable: number;
}

/** A size with the rule that decided it. */
type SizedMax = { readonly max: number; readonly binding: Binding } | FloorTooHigh;

/** `max` from RAM: `clamp(classic, floor, ceiling)` inside the memory share. */
export const maxFromRam = (request: SizingRequest): SizedMax => {
  const { ceilingEntries } = roles[request.role];
  const { floor, floorBinding } = floorOf(request);
  const affordable = maximumMaxWithin(request);
  if (floor > affordable) return { floor, floorBinding, affordable };

  const classic = classicMax(request.rules, request.memory);
  if (classic <= floor) return { max: floor, binding: floorBinding };
  const [ceiling, ceilingBinding] =
    affordable < ceilingEntries ? [affordable, Binding.MemoryShare] : [ceilingEntries, Binding.RoleCeiling];
  if (classic <= ceiling) return { max: classic, binding: Binding.ClassicRule };
  return ceiling > floor ? { max: ceiling, binding: ceilingBinding } : { max: floor, binding: floorBinding };
};

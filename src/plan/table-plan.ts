/** `max` and `buckets`: from the model or by hand, checked against the kernel, the role and the memory share. */
import type { Problem } from "../validation/problems";
import { invalid, valid, type Checked } from "../validation/validation";
import {
  Binding,
  bucketsFor,
  budgetBytes,
  floorOf,
  fullBytesFor,
  type FloorTooHigh,
  maximumMaxWithin,
  maxFromRam,
  shareToHold,
  type SizingRequest,
} from "../sizing/from-ram";
import { plannedEntryBytes, reserveShare, tableBytes, usableKiB } from "../sizing/memory";
import { kubeProxyMax } from "../sizing/kube-proxy";
import { roleFloor, roles } from "../sizing/roles";
import { checkBuckets, roundBuckets } from "../kernel/table-size";
import type { Decision, PlanContext } from "./context";
import { KiB } from "../text/units";
import { formatDecimal, formatMiB, formatPercent } from "../text/format";

interface TableValues {
  readonly max: number;
  readonly buckets: number;
  readonly binding: Binding;
}

const shareSource = "the memory share of this package: 1/32 of RAM unless memoryShare says otherwise";

/** What the memory share is a share of, in words. */
export const memoryKind = (sizing: SizingRequest): string =>
  sizing.rules.architecture.bits === 32 ? "low memory" : "RAM";

const overBudget = (sizing: SizingRequest, path: string, value: number, bytes: number, others: string): Problem => ({
  path,
  value,
  limit:
    `a full table would hold ${formatMiB(bytes)}, more than the ${formatMiB(budgetBytes(sizing))} ` +
    `that are ${formatPercent(sizing.memoryShare)} of the usable ${memoryKind(sizing)}`,
  source: shareSource,
  remedy: `${others}, or raise memoryShare to ${shareToHold(sizing, bytes)}, or ${
    sizing.rules.architecture.bits === 32 ? "run a 64-bit kernel" : "give the host more RAM"
  }.`,
});

const bindingReason = (context: PlanContext, binding: Binding): string => {
  const { sizing, request, kernelDefault } = context;
  const ceiling = roles[sizing.role].ceilingEntries;
  switch (binding) {
    case Binding.ClassicRule:
      return (
        `One entry for each ${(16 * sizing.rules.architecture.bits) / 32} KiB of the ` +
        `${Math.floor(usableKiB(sizing.memory) / KiB)} MiB that remain of RAM after a reserve of ${formatPercent(reserveShare)}.`
      );
    case Binding.KernelDefault:
      return `The kernel alone takes ${kernelDefault.max}; the plan never goes below that.`;
    case Binding.RoleFloor:
      return `The role ${sizing.role} needs at least this many with ${sizing.cores} cores (${roles[sizing.role].floorSource ?? "role"}).`;
    case Binding.RoleCeiling:
      return `The role ${sizing.role} gets at most ${ceiling} from RAM alone; declare traffic or settings.max for more.`;
    case Binding.MemoryShare:
      return `As many as fit into ${formatPercent(sizing.memoryShare)} of the usable ${memoryKind(sizing)}, ${formatMiB(budgetBytes(sizing))}.`;
    case Binding.Override:
      return `Set by hand to ${request.settings?.max ?? 0}; the kernel alone takes ${kernelDefault.max}.`;
    case Binding.Traffic:
      return "The smallest table that carries the declared traffic in the simulation.";
  }
};

const kernelBounds = (context: PlanContext, max: number): Problem[] => {
  const { minimumMax, maximumMax, zeroMaxIsUnlimited } = context.rules.fullTable;
  if (max >= Math.max(1, minimumMax) && max <= maximumMax) return [];
  const zero =
    max === 0 && zeroMaxIsUnlimited ? "0 means no limit on this kernel, so memory would be the limit; it " : "";
  return [
    {
      path: "settings.max",
      value: max,
      limit: `${zero}must lie between ${Math.max(1, minimumMax)} and ${maximumMax}`,
      source: `nf_conntrack_max of ${context.rules.era}`,
      remedy: "Write a number inside these bounds.",
    },
  ];
};

const overriddenMax = (context: PlanContext, max: number): Problem[] => {
  const { sizing, request, kernelDefault } = context;
  const problems = kernelBounds(context, max);
  if (problems.length > 0) return problems;
  const bytes =
    request.settings?.buckets === undefined ? fullBytesFor(sizing, max) : max * plannedEntryBytes(sizing.rules);
  const affordable = maximumMaxWithin(sizing);
  if (bytes > budgetBytes(sizing))
    problems.push(overBudget(sizing, "settings.max", max, bytes, `Lower it to ${affordable} or less`));
  if (max < roleFloor(sizing.role, sizing.cores))
    problems.push({
      path: "settings.max",
      value: max,
      limit: `the role ${sizing.role} needs at least ${roleFloor(sizing.role, sizing.cores)} with ${sizing.cores} cores`,
      source: roles[sizing.role].floorSource ?? "role",
      remedy: "Raise it, or choose another role.",
    });
  if (max < kernelDefault.max && request.allowShrink !== true)
    problems.push({
      path: "settings.max",
      value: max,
      limit: `is below the ${kernelDefault.max} that this kernel takes by itself`,
      source:
        context.rules.tableSize.ramCounter === "memTotal"
          ? "the kernel's own size from MemTotal"
          : "the kernel's own size from RAM",
      remedy: `Write at least ${kernelDefault.max}, or allowShrink: true if a smaller table is meant.`,
    });
  return problems;
};

const overriddenBuckets = (context: PlanContext, max: number, buckets: number): Problem[] => {
  const { rules, sizing } = context;
  const refused = checkBuckets(rules, buckets, "settings.buckets");
  if (refused.length > 0) return [...refused];
  if (buckets === 0)
    return [
      {
        path: "settings.buckets",
        value: buckets,
        limit: "must be at least 1: written to a live table, 0 is refused",
        source: "nf_conntrack_core.c, nf_conntrack_set_hashsize: EINVAL",
        remedy: "Leave it out for the model's own number.",
      },
    ];
  const rounded = roundBuckets(rules, buckets);
  const bytes = tableBytes(rules, rounded, sizing.networkNamespaces) + max * plannedEntryBytes(rules);
  return bytes > budgetBytes(sizing)
    ? [overBudget(sizing, "settings.buckets", buckets, bytes, "Write fewer buckets or a smaller max")]
    : [];
};

/**
 * Nodes of a chain when the table is full: each entry is linked twice.
 * Source: net/netfilter/nf_conntrack_core.c, __nf_conntrack_hash_insert.
 */
export const nodesPerBucket = (max: number, buckets: number): number => (2 * max) / buckets;

const bucketWarnings = (context: PlanContext, max: number, buckets: number): string[] => {
  const nodes = nodesPerBucket(max, buckets);
  const warnings: string[] = [];
  if (nodes > context.rules.safeNodesPerBucket) {
    const { chainLimit, era } = context.rules;
    const harm =
      chainLimit === undefined
        ? "every lookup walks them"
        : `${era} refuses new connections in chains of ${chainLimit.base + 2} nodes and more, without counting a drop`;
    warnings.push(
      `${buckets} buckets hold ${formatDecimal(nodes, 1)} nodes each when ${max} entries exist; ${harm}. ` +
        `Write settings.buckets of at least ${bucketsFor(context.rules, max, context.sizing)}.`,
    );
  }
  const { role, cores } = context.sizing;
  if (role === "kubernetesNode" && context.rules.chainLimit !== undefined && buckets < kubeProxyMax(cores))
    warnings.push(
      `kube-proxy may raise max to ${kubeProxyMax(cores)} on ${cores} cores, more than the ${buckets} buckets carry.`,
    );
  return warnings;
};

const bucketReason = (context: PlanContext, asked: number | undefined, max: number, buckets: number): string => {
  const { rules } = context;
  const perBucket = rules.tableSize.maxPerBucket;
  if (asked !== undefined)
    return buckets === asked
      ? `Set by hand to ${asked}.`
      : `Set by hand to ${asked}, which this kernel rounds up to ${buckets}, whole pages of ${rules.pageSizeBytes} bytes.`;
  const why =
    rules.chainLimit === undefined
      ? `One for ${perBucket === 1 ? "each entry" : `each ${perBucket} entries`}, as this kernel takes by itself`
      : "One for each entry, because this kernel refuses new connections in long chains";
  return `${why}; rounded up to whole pages, entries per list: ${formatDecimal(max / buckets, 2)}.`;
};

const floorTooHigh = (sizing: SizingRequest, { affordable, floor, floorBinding }: FloorTooHigh): Problem => {
  const who = floorBinding === Binding.RoleFloor ? `the role ${sizing.role} needs` : "this kernel takes by itself";
  return overBudget(
    sizing,
    "facts.memoryMiB",
    sizing.memory.memoryMiB,
    fullBytesFor(sizing, floor),
    `It holds at most ${affordable} entries, but ${who} ${floor}: write settings.max by hand` +
      (floorBinding === Binding.KernelDefault ? " with allowShrink: true" : " under another role"),
  );
};

const decideMax = (context: PlanContext, forTraffic: number | undefined): Checked<Omit<TableValues, "buckets">> => {
  const { request, sizing } = context;
  const asked = request.settings?.max;
  if (asked !== undefined) {
    const problems = overriddenMax(context, asked);
    return problems.length > 0 ? invalid(problems) : valid({ max: asked, binding: Binding.Override });
  }
  if (forTraffic !== undefined) {
    const { floor, floorBinding } = floorOf(sizing);
    return valid({ max: forTraffic, binding: forTraffic > floor ? Binding.Traffic : floorBinding });
  }
  const sized = maxFromRam(sizing);
  return "max" in sized ? valid(sized) : invalid([floorTooHigh(sizing, sized)]);
};

const decideBuckets = (context: PlanContext, max: number): Checked<number> => {
  const { request, rules, sizing } = context;
  const asked = request.settings?.buckets;
  if (asked === undefined) return valid(bucketsFor(rules, max, sizing));
  const problems = overriddenBuckets(context, max, asked);
  return problems.length > 0 ? invalid(problems) : valid(roundBuckets(rules, asked));
};

/**
 * Decides `max` and `buckets`.
 * @param forTraffic max that the declared traffic needs, where there is any
 */
export const planTable = (context: PlanContext, forTraffic?: number): Checked<Decision<TableValues>> => {
  const decided = decideMax(context, forTraffic);
  if (!decided.ok) return decided;
  const { max, binding } = decided.value;
  const decidedBuckets = decideBuckets(context, max);
  if (!decidedBuckets.ok) return decidedBuckets;
  const buckets = decidedBuckets.value;
  return valid({
    values: { max, buckets, binding },
    reasons: {
      max: bindingReason(context, binding),
      buckets: bucketReason(context, context.request.settings?.buckets, max, buckets),
    },
    warnings: bucketWarnings(context, max, buckets),
  });
};

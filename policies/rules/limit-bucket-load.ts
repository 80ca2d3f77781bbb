import * as z from "zod";
import { nodesPerBucket } from "../../src/plan/table-plan";
import { roundBuckets } from "../../src/kernel/table-size";
import { formatDecimal } from "../../src/text/format";
import { kernelOf } from "../subjects/host-kernel";
import { hostRule, Level, Severity } from "../rule";

const source = "net/netfilter/nf_conntrack_core.c, chain limit of 5.15 and later, measured on kernels";

export const limitBucketLoad = hostRule({
  name: "limit-bucket-load",
  sentence: "A full table holds no more nodes in a bucket than the kernel's era handles without refusing connections.",
  severity: Severity.Critical,
  level: Level.Mandatory,
  remedy: "Raise settings.buckets to one for each entry on Linux 5.15 and later.",
  source,
  configuration: z.strictObject({
    maximumNodesPerBucket: z
      .number()
      .gt(0)
      .optional()
      .describe("A tighter bound than the era's own; each entry is two nodes"),
  }),
  judge: ({ inputs }, { maximumNodesPerBucket = Infinity }) => {
    const { settings } = inputs;
    const rules = kernelOf(inputs);
    if (settings === undefined || rules === undefined) return [];
    const { max, buckets } = settings;
    const nodes = nodesPerBucket(max, buckets);
    const limit = Math.min(rules.safeNodesPerBucket, maximumNodesPerBucket);
    if (nodes <= limit) return [];
    const enough = roundBuckets(rules, Math.ceil(nodesPerBucket(max, limit)));
    return [
      {
        path: "settings.buckets",
        value: buckets,
        limit:
          `puts ${formatDecimal(nodes, 1)} nodes into each bucket when ${max} entries exist, ` +
          `more than the ${formatDecimal(limit, 2)} that ${rules.release.text} bears`,
        source,
        remedy: `Write settings.buckets of at least ${enough}, or settings.max of at most ${Math.floor((buckets * limit) / 2)}.`,
      },
    ];
  },
});

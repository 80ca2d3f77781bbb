import * as z from "zod";
import { formatMiB, formatPercent } from "../../src/text/format";
import { defaultMemoryShare } from "../../src/sizing/memory";
import { hostRule, Level, Severity } from "../rule";

const source = "table and entries are kernel memory, which is never swapped";

/** Entries that fit beside the bucket array. */
const affordableMax = (
  memory: { readonly tableBytes: number; readonly entryBytes: number },
  limitBytes: number,
): number => Math.max(0, Math.floor((limitBytes - memory.tableBytes) / memory.entryBytes));

export const limitMemoryShare = hostRule({
  name: "limit-memory-share",
  sentence: "A full table takes at most a set part of the host's RAM.",
  severity: Severity.High,
  level: Level.Mandatory,
  remedy: "Lower settings.max, or give the host more RAM.",
  source,
  configuration: z.strictObject({
    maximumShare: z.number().gt(0).max(1).default(defaultMemoryShare).describe("Part of the declared RAM, 0 to 1"),
  }),
  judge: ({ inputs: { memory } }, { maximumShare }) => {
    if (memory === undefined || memory.shareOfRam <= maximumShare) return [];
    const { fullBytes, shareOfRam } = memory;
    const limitBytes = (fullBytes / shareOfRam) * maximumShare;
    const max = affordableMax(memory, limitBytes);
    return [
      {
        path: "memory.shareOfRam",
        value: `${formatPercent(shareOfRam)} (${formatMiB(fullBytes)})`,
        limit: `is more than the ${formatPercent(maximumShare)} of RAM (${formatMiB(limitBytes)}) that a full table may take`,
        source,
        remedy:
          max === 0
            ? "Write fewer settings.buckets: the empty table alone is larger."
            : `Write settings.max of at most ${max} with these buckets, or give the host more RAM.`,
      },
    ];
  },
});

import { roundBuckets } from "../../src/kernel/table-size";
import { untouchedTable } from "../subjects/host-kernel";
import { hostRule, Level, nothingToConfigure, Severity } from "../rule";

const source = "net/netfilter/nf_conntrack_core.c, nf_conntrack_init_start: max follows the buckets, never the reverse";

export const setHashsize = hostRule({
  name: "set-hashsize",
  sentence: "A raised max comes with a raised hash size; the kernel never adds buckets by itself.",
  severity: Severity.High,
  level: Level.Mandatory,
  remedy: "Leave settings.buckets out for the model's number, or raise it with max.",
  source,
  configuration: nothingToConfigure,
  judge: ({ inputs }) => {
    const untouched = untouchedTable(inputs);
    if (inputs.settings === undefined || untouched === undefined) return [];
    const { max, buckets } = inputs.settings;
    const { maxPerBucket } = untouched.rules.tableSize;
    const leftAlone = buckets <= untouched.buckets && buckets * maxPerBucket < max;
    return max > untouched.max && leftAlone
      ? [
          {
            path: "settings.buckets",
            value: buckets,
            limit:
              `is no more than the ${untouched.buckets} buckets of the untouched kernel, ` +
              `though max is raised from ${untouched.max} to ${max}`,
            source,
            remedy: `Write settings.buckets of at least ${roundBuckets(untouched.rules, Math.ceil(max / maxPerBucket))}.`,
          },
        ]
      : [];
  },
});

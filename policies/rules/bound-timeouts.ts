import { kernelOf } from "../subjects/host-kernel";
import { hostRule, Level, nothingToConfigure, Severity } from "../rule";
import type { Violation } from "../violation";

export const boundTimeouts = hostRule({
  name: "bound-timeouts",
  sentence: "Every timeout exists on the host's kernel and lies within the bounds that the kernel accepts.",
  severity: Severity.High,
  level: Level.Mandatory,
  remedy: "Write seconds inside the kernel's bounds, by the name that the kernel has.",
  source: "kernel/sysctl.c, proc_dointvec_jiffies",
  configuration: nothingToConfigure,
  judge: ({ inputs }) => {
    const rules = kernelOf(inputs);
    if (rules === undefined) return [];
    return Object.entries(inputs.settings?.timeouts ?? {}).flatMap(([sysctl, seconds]): Violation[] => {
      const path = `settings.timeouts.${sysctl}`;
      const rule = rules.timeouts[sysctl];
      if (rule?.path === undefined)
        return [
          {
            path,
            limit: `is no timeout that can be set on ${rules.release.text}`,
            source: rules.era,
            remedy: "Remove it; `pulumi-conntrack timeouts` prints the names that this kernel has.",
          },
        ];
      const { minimumSeconds, maximumSeconds, source } = rule;
      return seconds >= minimumSeconds && seconds <= maximumSeconds
        ? []
        : [
            {
              path,
              value: seconds,
              limit: `lies outside the ${minimumSeconds} to ${maximumSeconds} seconds that every kernel of this era keeps as written`,
              source,
              remedy: `Write seconds from ${minimumSeconds} to ${maximumSeconds}; the kernel's own are ${rule.defaultSeconds}.`,
            },
          ];
    });
  },
});

/** The timeouts and flags of one kernel. */
import { INT_MAX } from "./integers";
import type { Problem } from "../validation/problems";
import { lookup, lookupRow } from "./lookup";
import { sysctlFolder, sysctlName } from "./paths";
import type { KernelRelease } from "./release";
import type { FlagRule, KernelRules, TimeoutRule } from "./rules";
import type { Timeouts } from "./settings";
import { FLAGS } from "./tables/flags";
import { TIMEOUTS, TIMEOUTS_HAVE_FILES } from "./tables/timeouts";

/** The highest HZ that Linux is built with; what this accepts every kernel accepts. */
export const MAXIMUM_HZ = 1000;

/**
 * Timeouts by sysctl name (`nf_conntrack_tcp_timeout_established`, legacy `ip_conntrack_...`).
 * @param hz ticks per second where known; the bounds are those of 1000 otherwise, which every kernel accepts
 */
export const timeoutRules = (release: KernelRelease, hz = MAXIMUM_HZ): Readonly<Record<string, TimeoutRule>> => {
  const haveFiles = lookup(TIMEOUTS_HAVE_FILES, release);
  const rules: Record<string, TimeoutRule> = {};
  for (const [name, rows] of Object.entries(TIMEOUTS)) {
    const row = lookupRow(rows, release);
    if (row === undefined || row.value === "absent") continue;
    const key = sysctlName(release, name);
    rules[key] = {
      defaultSeconds: row.value,
      minimumSeconds: 1,
      maximumSeconds: Math.floor(INT_MAX / hz),
      path: haveFiles ? `${sysctlFolder(release)}/${key}` : undefined,
      source: row.source,
    };
  }
  return rules;
};

/** Why a timeout without a file cannot be set on this kernel. */
export const problemOfConstant = (
  { release }: KernelRules,
  { defaultSeconds }: TimeoutRule,
): Pick<Problem, "limit" | "source" | "remedy"> => ({
  limit: `cannot be set on ${release.text}, where it is a constant of ${defaultSeconds} seconds`,
  source: "net/ipv4/netfilter/ip_conntrack_standalone.c, files for timeouts since 2.4.23",
  remedy: "Remove it.",
});

/** Flags by sysctl name, with the values that the kernel accepts. */
export const flagRules = (release: KernelRelease): Readonly<Record<string, FlagRule>> => {
  const rules: Record<string, FlagRule> = {};
  for (const [name, rows] of Object.entries(FLAGS)) {
    const row = lookupRow(rows, release);
    if (row === undefined || row.value === "absent") continue;
    const key = sysctlName(release, name);
    rules[key] = { ...row.value, path: `${sysctlFolder(release)}/${key}`, source: row.source };
  }
  return rules;
};

/**
 * What a kernel prints for every file whose name contains `timeout`: the answer of the `timeouts` command.
 * Kernels whose timeouts are constants (before 2.4.23) have no such file and get an empty record.
 */
export const timeoutTable = (rules: KernelRules): Timeouts =>
  Object.fromEntries(
    Object.entries(rules.timeouts)
      .filter(([, rule]) => rule.path !== undefined)
      .map(([key, rule]): [string, number] => [key, rule.defaultSeconds])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

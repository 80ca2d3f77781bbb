/** Timeouts: those of the role and those set by hand, checked against the kernel's bounds and the role's floors. */
import type { KernelRules } from "../kernel/rules";
import type { Settings, Timeouts } from "../kernel/settings";
import { problemOfConstant } from "../kernel/timeouts";
import type { Problem } from "../validation/problems";
import { invalid, valid, type Checked } from "../validation/validation";
import { roles, type RoleTimeout } from "../sizing/roles";
import type { Decision, PlanContext } from "./context";
import { formatSeconds } from "../text/format";

/** Only what the plan sets, in the order of the names. */
type TimeoutValues = Pick<Settings, "timeouts">;

/**
 * Seconds after which the last entry that was idle at the change has gone: a timeout acts only at an entry's next
 * packet, so an idle one keeps the deadline of the kernel's default. 0 where nothing is shortened.
 */
export const settleSeconds = (rules: KernelRules, timeouts: Timeouts): number =>
  Math.max(
    0,
    ...Object.entries(timeouts).flatMap(([sysctl, seconds]) => {
      const kernelDefault = rules.timeouts[sysctl]?.defaultSeconds ?? 0;
      return seconds < kernelDefault ? [kernelDefault] : [];
    }),
  );

/** Name of a timeout without its module's prefix: the key of the role tables. */
export const shortTimeoutName = (sysctl: string): string => sysctl.replace(/^(nf|ip)_conntrack_/, "");

const roleOf = (context: PlanContext, sysctl: string): RoleTimeout =>
  roles[context.sizing.role].timeouts[shortTimeoutName(sysctl)] ?? {};

/** True where the kernel has a file for the timeout; before 2.4.23 timeouts are constants. */
export const canBeSet = ({ timeouts }: KernelRules, sysctl: string): boolean =>
  Object.hasOwn(timeouts, sysctl) && timeouts[sysctl]?.path !== undefined;

const similar = ({ rules }: PlanContext, sysctl: string): string => {
  const wanted = shortTimeoutName(sysctl);
  const names = Object.keys(rules.timeouts).filter((name) => canBeSet(rules, name));
  const exact = names.find((name) => shortTimeoutName(name) === wanted);
  if (exact !== undefined) return `Write ${exact}.`;
  return names.length === 0 ? "Remove it." : `Write one of ${names.join(", ")}.`;
};

const problemsOf = (context: PlanContext, sysctl: string, seconds: number): Problem[] => {
  const path = `settings.timeouts.${sysctl}`;
  const rule = Object.hasOwn(context.rules.timeouts, sysctl) ? context.rules.timeouts[sysctl] : undefined;
  if (rule === undefined)
    return [
      {
        path,
        value: seconds,
        limit: `is no timeout of ${context.rules.release.text}`,
        source: context.rules.era,
        remedy: similar(context, sysctl),
      },
    ];
  if (rule.path === undefined) return [{ path, value: seconds, ...problemOfConstant(context.rules, rule) }];
  if (seconds < rule.minimumSeconds || seconds > rule.maximumSeconds)
    return [
      {
        path,
        value: seconds,
        limit: `must lie between ${rule.minimumSeconds} and ${rule.maximumSeconds} seconds`,
        source: rule.source,
        remedy: `Write seconds inside these bounds; the kernel's default is ${rule.defaultSeconds}.`,
      },
    ];
  const { floor } = roleOf(context, sysctl);
  return floor !== undefined && seconds < floor.seconds
    ? [
        {
          path,
          value: seconds,
          limit: `the role ${context.sizing.role} needs at least ${floor.seconds} seconds`,
          source: floor.source,
          remedy: `Raise it to ${floor.seconds} or more.`,
        },
      ]
    : [];
};

/** What is unwise in a timeout that the plan sets, by hand or shortened for the declared load. */
export const timeoutWarnings = (context: PlanContext, sysctl: string, seconds: number): string[] => {
  const { advised } = roleOf(context, sysctl);
  const kernelDefault = context.rules.timeouts[sysctl]?.defaultSeconds ?? 0;
  const warnings: string[] = [];
  if (advised !== undefined && seconds < advised.seconds)
    warnings.push(
      `${sysctl} = ${seconds}: the role ${context.sizing.role} should keep ${advised.seconds} seconds (${advised.source}).`,
    );
  if (shortTimeoutName(sysctl) === "tcp_timeout_established" && seconds > kernelDefault)
    warnings.push(
      `${sysctl} = ${seconds}: longer than the kernel's ${formatSeconds(kernelDefault)}; entries of vanished peers stay as long.`,
    );
  return warnings;
};

const reasonOf = (context: PlanContext, sysctl: string, seconds: number, byHand: boolean): string => {
  const kernelDefault = context.rules.timeouts[sysctl]?.defaultSeconds ?? 0;
  const instead = `instead of the kernel's ${formatSeconds(kernelDefault)}`;
  if (byHand) return `Set by hand to ${formatSeconds(seconds)} ${instead}.`;
  const source = roleOf(context, sysctl).set?.source ?? "role";
  return `${formatSeconds(seconds)} ${instead} for the role ${context.sizing.role} (${source}).`;
};

const constantWarning = ({ rules, sizing }: PlanContext, sysctl: string, seconds: number): string =>
  `${sysctl} stays at ${formatSeconds(rules.timeouts[sysctl]?.defaultSeconds ?? 0)}, a constant of ${rules.release.text}; ` +
  `the role ${sizing.role} would set ${formatSeconds(seconds)}.`;

/** Decides every timeout that the plan sets; those of the role that cannot be set on this kernel are left out. */
export const planTimeouts = (context: PlanContext): Checked<Decision<TimeoutValues>> => {
  const byHand = context.request.settings?.timeouts ?? {};
  const problems = Object.entries(byHand).flatMap(([sysctl, seconds]) => problemsOf(context, sysctl, seconds));
  if (problems.length > 0) return invalid(problems);
  const ofRole = Object.keys(context.rules.timeouts).flatMap((sysctl) => {
    const set = roleOf(context, sysctl).set;
    return set === undefined ? [] : [[sysctl, set.seconds] as const];
  });
  const settable = ofRole.filter(([sysctl]) => canBeSet(context.rules, sysctl));
  const constant = ofRole.filter(([sysctl]) => !canBeSet(context.rules, sysctl));
  const merged = { ...Object.fromEntries(settable), ...byHand };
  const entries = Object.entries(merged).sort(([left], [right]) => (left < right ? -1 : 1));
  return valid({
    values: { timeouts: Object.fromEntries(entries) },
    reasons: Object.fromEntries(
      entries.map(([sysctl, seconds]) => [sysctl, reasonOf(context, sysctl, seconds, sysctl in byHand)]),
    ),
    warnings: [
      ...constant.map(([sysctl, seconds]) => constantWarning(context, sysctl, seconds)),
      ...Object.entries(byHand).flatMap(([sysctl, seconds]) => timeoutWarnings(context, sysctl, seconds)),
    ],
  });
};

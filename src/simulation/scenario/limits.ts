/** What the kernel of a scenario, and the simulation's clock, say of its values. */
import { INT_MAX } from "../../kernel/integers";
import type { KernelRules, TimeoutRule } from "../../kernel/rules";
import type { Timeouts } from "../../kernel/settings";
import { checkBuckets, roundBuckets } from "../../kernel/table-size";
import { problemOfConstant } from "../../kernel/timeouts";
import type { Problem } from "../../validation/problems";
import { joinPath } from "../../validation/validation";
import { MAXIMUM_CLASSES, MAXIMUM_STAGES } from "./capacity";
import { compileClass } from "./patterns";
import { CONTRACT, type Scenario, type ScenarioSettings, type TrafficClass } from "./scenario";

/** Maximum moment in ticks: the kernel's clock and our deadlines are 32-bit. */
const MAXIMUM_TICK = INT_MAX;

const problemOfTimeout = (
  rules: KernelRules,
  rule: TimeoutRule | undefined,
  value: number,
): Omit<Problem, "path" | "value"> | undefined => {
  if (rule === undefined)
    return {
      limit: `does not exist in ${rules.release.text}`,
      source: rules.era,
      remedy: "Remove it, or write the name as the kernel's sysctl has it.",
    };
  if (rule.path === undefined) return problemOfConstant(rules, rule);
  if (Number.isInteger(value) && value >= rule.minimumSeconds && value <= rule.maximumSeconds) return undefined;
  return {
    limit: `must be whole seconds from ${rule.minimumSeconds} to ${rule.maximumSeconds}`,
    source: rule.source,
    remedy: "Write a number in these bounds.",
  };
};

const problemsOfTimeouts = (rules: KernelRules, timeouts: Timeouts, path: string): Problem[] =>
  Object.entries(timeouts).flatMap(([key, value]): Problem[] => {
    const rule = Object.hasOwn(rules.timeouts, key) ? rules.timeouts[key] : undefined;
    const problem = problemOfTimeout(rules, rule, value);
    return problem === undefined ? [] : [{ path: joinPath(path, "timeouts", key), value, ...problem }];
  });

/** What the kernel says of a max: undefined where it takes it. */
export const limitOfMax = ({ fullTable }: KernelRules, max: number): string | undefined =>
  max >= fullTable.minimumMax && max <= fullTable.maximumMax
    ? undefined
    : `must be from ${fullTable.minimumMax} to ${fullTable.maximumMax}`;

const problemsOfMax = (rules: KernelRules, max: number): Problem[] => {
  const limit = limitOfMax(rules, max);
  if (limit === undefined) return [];
  return [
    {
      path: "settings.max",
      value: max,
      limit,
      source: `${rules.release.text}: net/netfilter/nf_conntrack_standalone.c`,
      remedy: "Write a max that this kernel accepts.",
    },
  ];
};

const problemsOfValues = (rules: KernelRules, settings: Partial<ScenarioSettings>, path: string): Problem[] => [
  ...(settings.buckets === undefined ? [] : checkBuckets(rules, settings.buckets, joinPath(path, "buckets"))),
  ...problemsOfTimeouts(rules, settings.timeouts ?? {}, path),
];

/** A change of the table's size where it is read once, when the module is loaded. */
const problemsOfResize = (rules: KernelRules, from: number, to: number | undefined, path: string): Problem[] => {
  if (rules.tableSize.resizable || to === undefined || roundBuckets(rules, to) === roundBuckets(rules, from)) return [];
  return [
    {
      path: joinPath(path, "buckets"),
      value: to,
      limit: `must stay at ${from}: ${rules.release.text} cannot change it while the table lives`,
      source: "net/ipv4/netfilter/ip_conntrack_core.c: hashsize is read at load only, before 2.6.15",
      remedy: "Remove it, or write it into the settings at the start.",
    },
  ];
};

/** What the kernel says of the settings, at the start and later. */
export const problemsOfSettings = ({ settings, events = [] }: Scenario, rules: KernelRules): Problem[] => [
  ...problemsOfValues(rules, settings, "settings"),
  ...problemsOfMax(rules, settings.max),
  ...events.flatMap(({ settings: written }, i) => {
    const path = joinPath("", "events", i, "settings");
    return [
      ...problemsOfValues(rules, written, path),
      ...problemsOfResize(rules, settings.buckets, written.buckets, path),
    ];
  }),
];

/** A flow counts its stages: the opening, each repetition, the closing. */
const problemsOfStages = (traffic: TrafficClass, durationSeconds: number, hz: number, path: string): Problem[] => {
  const { lifeSeconds = durationSeconds } = traffic;
  const { repetitions } = compileClass({ ...traffic, lifeSeconds }, hz);
  const maximum = MAXIMUM_STAGES - 2;
  if (repetitions <= maximum) return [];
  return [
    {
      path: joinPath(path, "intervalSeconds"),
      value: traffic.intervalSeconds,
      limit: `makes ${repetitions} exchanges in a life of ${lifeSeconds} seconds, and a flow counts at most ${maximum}`,
      source: CONTRACT,
      remedy: "Write a longer interval, or a shorter life.",
    },
  ];
};

/** What the simulation says of the length of the run and of its flows. */
export const problemsOfRun = ({ durationSeconds, traffic, preload = [] }: Scenario, hz: number): Problem[] => {
  const maximum = Math.floor(MAXIMUM_TICK / hz);
  const classes = traffic.length + preload.length;
  const problems = traffic.flatMap((each, i) =>
    problemsOfStages(each, durationSeconds, hz, joinPath("", "traffic", i)),
  );
  if (durationSeconds > maximum)
    problems.push({
      path: "durationSeconds",
      value: durationSeconds,
      limit: `must be at most ${maximum} seconds at HZ = ${hz}`,
      source: "the kernel's 32-bit clock of ticks",
      remedy: "Simulate a shorter time.",
    });
  if (classes > MAXIMUM_CLASSES)
    problems.push({
      path: "traffic",
      value: classes,
      limit: `must be at most ${MAXIMUM_CLASSES} classes, preload counted`,
      source: CONTRACT,
      remedy: "Join classes of the same kind.",
    });
  return problems;
};

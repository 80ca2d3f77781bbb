/** The simulation's one entrance: a scenario in, what the kernel would have done out. */
import { DEFAULT_HZ, kernelRules } from "../kernel/kernel-rules";
import type { KernelRules } from "../kernel/rules";
import { checkBuckets, roundBuckets } from "../kernel/table-size";
import { type Problem, ProblemsError } from "../problems";
import { joinPath } from "../validation";
import { createTrace, note, type RefusedWrite, resultOf, type SimulationResult } from "./result";
import { firstCapacity, type Job } from "./create-model";
import { runJob } from "./run";
import { parseScenario, type Scenario, type ScenarioSettings, type SettingsEvent } from "./scenario";
import { GREATEST_CLASSES } from "./status";
import { GREATEST_RECORDS } from "./table";
import { thinningOf } from "./thinning";

export interface SimulationOptions {
  /** The kernel's rules where they are known already; resolved from the scenario otherwise. */
  readonly rules?: KernelRules;
  /** Told the share of the run that is done, 0 to 1, at most a hundred times. */
  readonly onProgress?: (share: number) => void;
}

/** Greatest moment in ticks: the kernel's clock and our deadlines are 32-bit. */
const GREATEST_TICK = 2 ** 31 - 1;

const problemsOfTimeouts = (rules: KernelRules, timeouts: Readonly<Record<string, number>>, path: string): Problem[] =>
  Object.entries(timeouts).flatMap(([key, value]): Problem[] => {
    const rule = rules.timeouts[key];
    const at = joinPath(path, "timeouts", key);
    if (rule === undefined) {
      return [
        {
          path: at,
          value,
          limit: `does not exist in ${rules.release.text}`,
          source: rules.era,
          remedy: "Remove it, or write the name as the kernel's sysctl has it.",
        },
      ];
    }
    if (Number.isInteger(value) && value >= rule.minimumSeconds && value <= rule.maximumSeconds) return [];
    return [
      {
        path: at,
        value,
        limit: `must be whole seconds from ${rule.minimumSeconds} to ${rule.maximumSeconds}`,
        source: rule.source,
        remedy: "Write a number in these bounds.",
      },
    ];
  });

/** What the kernel says of a max: undefined where it takes it. */
const limitOfMax = ({ fullTable }: KernelRules, max: number): string | undefined =>
  max >= fullTable.smallestMax && max <= fullTable.greatestMax
    ? undefined
    : `must be from ${fullTable.smallestMax} to ${fullTable.greatestMax}`;

const problemsOfSettings = (rules: KernelRules, settings: Partial<ScenarioSettings>, path: string): Problem[] => [
  ...(settings.buckets === undefined ? [] : checkBuckets(rules, settings.buckets, joinPath(path, "buckets"))),
  ...problemsOfTimeouts(rules, settings.timeouts ?? {}, path),
];

const problemsOf = (scenario: Scenario, rules: KernelRules, hz: number): Problem[] => {
  const problems = problemsOfSettings(rules, scenario.settings, "settings");
  const limit = limitOfMax(rules, scenario.settings.max);
  if (limit !== undefined) {
    problems.push({
      path: "settings.max",
      value: scenario.settings.max,
      limit,
      source: `${rules.release.text}: net/netfilter/nf_conntrack_standalone.c`,
      remedy: "Write a max that this kernel accepts.",
    });
  }
  (scenario.events ?? []).forEach(({ settings }, i) => {
    problems.push(...problemsOfSettings(rules, settings, joinPath("", "events", i, "settings")));
  });
  const greatest = Math.floor(GREATEST_TICK / hz);
  if (scenario.durationSeconds > greatest) {
    problems.push({
      path: "durationSeconds",
      value: scenario.durationSeconds,
      limit: `must be at most ${greatest} seconds at HZ = ${hz}`,
      source: "the kernel's 32-bit clock of ticks",
      remedy: "Simulate a shorter time.",
    });
  }
  const classes = scenario.traffic.length + (scenario.preload ?? []).length;
  if (classes > GREATEST_CLASSES) {
    problems.push({
      path: "traffic",
      value: classes,
      limit: `must be at most ${GREATEST_CLASSES} classes, preload counted`,
      source: "the contract of scenarios, docs/simulation.md",
      remedy: "Join classes of the same kind.",
    });
  }
  return problems;
};

/** More entries than the table of the simulation can number. */
const problemsOfSize = (job: Job): Problem[] => {
  const entries = firstCapacity(job);
  if (entries <= GREATEST_RECORDS) return [];
  return [
    {
      path: "thinning",
      value: job.scenario.thinning ?? 1,
      limit: `leaves ${entries} entries, and the simulation holds at most ${GREATEST_RECORDS}`,
      source: "the numbers of entries have 25 bits, docs/simulation.md",
      remedy: `Write at least ${Math.ceil((job.thinning * entries) / GREATEST_RECORDS)}.`,
    },
  ];
};

const refuse = (problems: readonly Problem[]): void => {
  if (problems.length > 0) throw new ProblemsError("The scenario cannot be run.", problems);
};

interface Writes {
  readonly accepted: readonly SettingsEvent[];
  readonly refused: readonly RefusedWrite[];
}

/** Writes of max that the kernel refuses change nothing, as on a host; the rest takes effect, buckets rounded. */
const sortWrites = (scenario: Scenario, rules: KernelRules): Writes => {
  const refused: RefusedWrite[] = [];
  const accepted = (scenario.events ?? []).map(({ t, settings }): SettingsEvent => {
    const { max, buckets, ...rest } = settings;
    const limit = max === undefined ? undefined : limitOfMax(rules, max);
    if (max !== undefined && limit !== undefined) refused.push({ t, key: "max", value: max, limit });
    return {
      t,
      settings: {
        ...rest,
        ...(max === undefined || limit !== undefined ? {} : { max }),
        ...(buckets === undefined ? {} : { buckets: roundBuckets(rules, buckets) }),
      },
    };
  });
  return { accepted, refused };
};

/** A scenario that is ready to run, and the writes in it that its kernel refuses. */
export interface Prepared {
  readonly job: Job;
  readonly refused: readonly RefusedWrite[];
}

/**
 * The scenario with the values that the kernel makes of them.
 * @throws ProblemsError with every value that the kernel refuses
 */
export const prepare = (given: Scenario, rules: KernelRules): Prepared => {
  const hz = given.hz ?? DEFAULT_HZ;
  refuse(problemsOf(given, rules, hz));
  const { accepted, refused } = sortWrites(given, rules);
  const settings = { ...given.settings, buckets: roundBuckets(rules, given.settings.buckets) };
  const scenario: Scenario = { ...given, settings, events: accepted };
  const job: Job = { scenario, rules, hz, thinning: thinningOf(scenario) };
  refuse(problemsOfSize(job));
  return { job, refused };
};

/**
 * Runs a scenario: what this kernel would do with this load under these settings, second by second.
 * The same scenario gives the same result to the bit, on every machine.
 * @param scenario the contract of docs/simulation.md; unknown values are checked as well
 * @throws ProblemsError with every mistake: of form, and of values that the kernel refuses
 */
export const simulate = (scenario: Scenario, options: SimulationOptions = {}): SimulationResult => {
  const parsed = parseScenario(scenario);
  const { job, refused } = prepare(parsed, options.rules ?? kernelRules(parsed));
  const trace = createTrace();
  const { durationSeconds } = parsed;
  const step = Math.max(Math.ceil(durationSeconds / 100), 1);
  const model = runJob(job, (second, state) => {
    note(trace, second, state);
    if (second % step === 0 || second === durationSeconds) options.onProgress?.(second / durationSeconds);
  });
  return resultOf(job.scenario, model, trace, refused);
};

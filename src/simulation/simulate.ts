/** The simulation's one entrance: a scenario in, what the kernel would have done out. */
import { DEFAULT_HZ, kernelRules } from "../kernel/kernel-rules";
import type { KernelRules } from "../kernel/rules";
import { roundBuckets } from "../kernel/table-size";
import { type Problem, ProblemsError } from "../validation/problems";
import { createTrace, note, type RefusedWrite, resultOf, type SimulationResult } from "./report/result";
import type { Job } from "./engine/create-model";
import { type Observer, runJob } from "./engine/run";
import { limitOfMax, problemsOfRun, problemsOfSettings } from "./scenario/limits";
import { parseScenario, type Scenario, type SettingsEvent } from "./scenario/scenario";
import type { Model } from "./engine/model";
import { problemOfTooManyFlows, problemsOfSize } from "./engine/size-limits";
import { isTooManyFlows } from "./engine/table";
import { thinningOf } from "./engine/thinning";

export interface SimulationOptions {
  /** The kernel's rules where they are known already; resolved from the scenario otherwise. */
  readonly rules?: KernelRules;
  /** Told the share of the run that is done, 0 to 1, at most a hundred times. */
  readonly onProgress?: (share: number) => void;
}

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
  refuse([...problemsOfSettings(given, rules), ...problemsOfRun(given, hz)]);
  const { accepted, refused } = sortWrites(given, rules);
  const settings = { ...given.settings, buckets: roundBuckets(rules, given.settings.buckets) };
  const scenario: Scenario = { ...given, settings, events: accepted };
  const job: Job = { scenario, rules, hz, thinning: thinningOf(scenario) };
  refuse(problemsOfSize(job));
  return { job, refused };
};

/** Runs a job; that its flows outgrow the table shows only on the way. */
const runWithin = (job: Job, observe: Observer): Model => {
  try {
    return runJob(job, observe);
  } catch (error) {
    if (!isTooManyFlows(error)) throw error;
    throw new ProblemsError("The scenario cannot be run to its end.", [problemOfTooManyFlows(job)]);
  }
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
  const trace = createTrace(job.scenario);
  const { durationSeconds } = parsed;
  const step = Math.max(Math.ceil(durationSeconds / 100), 1);
  const model = runWithin(job, (second, state) => {
    note(trace, second, state);
    if (second % step === 0 || second === durationSeconds) options.onProgress?.(second / durationSeconds);
  });
  return resultOf(job.scenario, model, trace, refused);
};

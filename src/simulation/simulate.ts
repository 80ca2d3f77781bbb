/** The simulation's one entrance: a scenario in, what the kernel would have done out. */
import { DEFAULT_HZ, tryKernelRules } from "../kernel/kernel-rules";
import type { KernelRules } from "../kernel/rules";
import { roundBuckets } from "../kernel/table-size";
import { type Checked, invalid, valid, valueOrThrow } from "../validation/validation";
import { createTrace, note, type RefusedWrite, resultOf, type SimulationResult } from "./report/result";
import type { Job } from "./engine/create-model";
import { type Observer, runJob } from "./engine/run";
import { limitOfMax, problemsOfRun, problemsOfSettings } from "./scenario/limits";
import { checkScenario, type Scenario, type SettingsEvent } from "./scenario/scenario";
import type { Model } from "./engine/model";
import { problemOfTooManyFlows, problemsOfSize } from "./engine/size-limits";
import { isTooManyFlows } from "./engine/table";
import { thinningOf } from "./engine/thinning";

export interface SimulationOptions {
  /** The kernel's rules where they are known already; resolved from the scenario otherwise. */
  readonly rules?: KernelRules;
  /** Called with the share of the run that is done, 0 to 1, at most a hundred times. */
  readonly onProgress?: (share: number) => void;
}

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
interface Prepared {
  readonly job: Job;
  readonly refused: readonly RefusedWrite[];
}

/** The scenario with the values that the kernel makes of them, or every value that the kernel refuses. */
export const prepare = (given: Scenario, rules: KernelRules): Checked<Prepared> => {
  const hz = given.hz ?? DEFAULT_HZ;
  const problems = [...problemsOfSettings(given, rules), ...problemsOfRun(given, hz)];
  if (problems.length > 0) return invalid(problems);
  const { accepted, refused } = sortWrites(given, rules);
  const settings = { ...given.settings, buckets: roundBuckets(rules, given.settings.buckets) };
  const scenario: Scenario = { ...given, settings, events: accepted };
  const job: Job = { scenario, rules, hz, thinning: thinningOf(scenario) };
  const ofSize = problemsOfSize(job);
  return ofSize.length > 0 ? invalid(ofSize) : valid({ job, refused });
};

/** Runs a job; that its flows outgrow the table shows only on the way. */
const runWithin = (job: Job, observe: Observer): Checked<Model> => {
  try {
    return valid(runJob(job, observe));
  } catch (error) {
    if (!isTooManyFlows(error)) throw error;
    return invalid([problemOfTooManyFlows(job)]);
  }
};

/** As `simulate`, with every mistake instead of an error. */
export const trySimulate = (scenario: Scenario, options: SimulationOptions = {}): Checked<SimulationResult> => {
  const checked = checkScenario(scenario);
  if (!checked.ok) return checked;
  const rules = options.rules === undefined ? tryKernelRules(checked.value) : valid(options.rules);
  if (!rules.ok) return rules;
  const prepared = prepare(checked.value, rules.value);
  if (!prepared.ok) return prepared;
  const { job, refused } = prepared.value;
  const trace = createTrace(job.scenario);
  const { durationSeconds } = job.scenario;
  const step = Math.max(Math.ceil(durationSeconds / 100), 1);
  const model = runWithin(job, (second, state) => {
    note(trace, second, state);
    if (second % step === 0 || second === durationSeconds) options.onProgress?.(second / durationSeconds);
  });
  return model.ok ? valid(resultOf(job.scenario, model.value, trace, refused)) : model;
};

/**
 * Runs a scenario: what this kernel would do with this load under these settings, second by second.
 * The same scenario gives the same result to the bit, on every machine.
 * @param scenario the contract of docs/simulation.md; unknown values are checked as well
 * @throws ProblemsError with every mistake: of form, and of values that the kernel refuses
 */
export const simulate = (scenario: Scenario, options: SimulationOptions = {}): SimulationResult =>
  valueOrThrow(trySimulate(scenario, options), "The scenario cannot be run.");

/** One run for each distinct kernel, settings and load, however many hosts share them. */
import type { KernelRules } from "../kernel/rules";
import type { Checked } from "../validation/validation";
import type { SimulationResult } from "./report/result";
import type { Scenario } from "./scenario/scenario";
import { hashOf } from "./scenario/settings-hash";
import { trySimulate, type SimulationOptions } from "./simulate";

/** Results to remember; one holds a point for each second of its run. */
const MAXIMUM_SIZE = 256;

const results = new Map<string, Checked<SimulationResult>>();

/** What decides a run: how the kernel behaves, whatever its release is called. */
const questionOf = (scenario: Scenario, { release: _release, ...behaviour }: KernelRules): object => {
  const { kernel: _kernel, unameVersion: _unameVersion, arch: _arch, ...rest } = scenario;
  return { ...rest, behaviour };
};

/**
 * As `trySimulate`, but the same question in one process is answered from memory.
 * @param options `rules` belong to the question; progress is reported only for a real run
 */
export const simulateOnce = (scenario: Scenario, options: SimulationOptions = {}): Checked<SimulationResult> => {
  const { rules } = options;
  const key = hashOf(rules === undefined ? scenario : questionOf(scenario, rules));
  const known = results.get(key);
  if (known !== undefined) return known;
  const result = trySimulate(scenario, options);
  const oldest = results.keys().next();
  if (results.size >= MAXIMUM_SIZE && oldest.done !== true) results.delete(oldest.value);
  results.set(key, result);
  return result;
};

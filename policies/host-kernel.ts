/** The kernel behind a host's facts, for rules that compare with what it does by itself. */
import { kernelRules } from "../src/kernel/kernel-rules";
import type { KernelRules } from "../src/kernel/rules";
import { defaultTable } from "../src/kernel/table-size";
import { shortTimeoutName } from "../src/plan/timeout-plan";
import { ProblemsError } from "../src/problems";
import { declaredKiB } from "../src/sizing/memory";
import type { HostInputs } from "./subjects";

/** Many hosts run few kernels, and every rule asks again. */
const known = new Map<string, KernelRules | undefined>();

/** The kernel's rules; undefined where the facts are missing or wrong, which `require-facts` reports. */
export const kernelOf = ({ facts }: HostInputs): KernelRules | undefined => {
  if (facts === undefined) return undefined;
  const { kernel, arch, unameVersion, pageSizeBytes } = facts;
  const key = JSON.stringify([kernel, arch, unameVersion, pageSizeBytes]);
  if (!known.has(key)) {
    try {
      known.set(key, kernelRules({ kernel, arch, unameVersion, pageSizeBytes }));
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      known.set(key, undefined);
    }
  }
  return known.get(key);
};

/** `max` and `buckets` that the host would have with nobody touching them. */
export const untouchedTable = (
  inputs: HostInputs,
): { readonly rules: KernelRules; readonly max: number; readonly buckets: number } | undefined => {
  const rules = kernelOf(inputs);
  if (rules === undefined || inputs.facts === undefined) return undefined;
  const { max, buckets } = defaultTable(rules, { memTotalKiB: declaredKiB({ memoryMiB: inputs.facts.memoryMiB }) });
  return { rules, max, buckets };
};

/** A timeout that will be in force: as the plan sets it, else the kernel's own. */
export interface EffectiveTimeout {
  /** Sysctl name in this kernel. */
  readonly sysctl: string;
  readonly seconds: number;
  readonly planned: boolean;
}

/** The timeout with this sysctl name, with or without its module's prefix; undefined where the kernel has none. */
export const effectiveTimeout = (inputs: HostInputs, name: string): EffectiveTimeout | undefined => {
  const rules = kernelOf(inputs);
  const wanted = shortTimeoutName(name);
  const sysctl = Object.keys(rules?.timeouts ?? {}).find((candidate) => shortTimeoutName(candidate) === wanted);
  const rule = sysctl === undefined ? undefined : rules?.timeouts[sysctl];
  if (sysctl === undefined || rule === undefined || inputs.settings === undefined) return undefined;
  const planned = inputs.settings.timeouts[sysctl];
  return { sysctl, seconds: planned ?? rule.defaultSeconds, planned: planned !== undefined };
};

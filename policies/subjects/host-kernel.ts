/** The kernel behind a host's facts, for rules that compare with what it does by itself. */
import { tryKernelRules, type KernelRequest } from "../../src/kernel/kernel-rules";
import type { KernelRules } from "../../src/kernel/rules";
import { defaultTable } from "../../src/kernel/table-size";
import type { HostFacts } from "../../src/plan/request";
import { canBeSet, shortTimeoutName } from "../../src/plan/timeout-plan";
import { declaredKiB } from "../../src/sizing/memory";
import type { Checked } from "../../src/validation/validation";
import type { HostInputs } from "./subjects";

/** Many hosts run few kernels, and every rule asks again. */
const resolved = new Map<string, Checked<KernelRules>>();

/** The kernel's rules, or what is wrong with the facts that name it, by the names of the facts. */
export const readKernel = ({ kernel, arch, unameVersion, pageSizeBytes }: HostFacts): Checked<KernelRules> => {
  const request: KernelRequest = { kernel, arch, unameVersion, pageSizeBytes };
  const key = JSON.stringify(Object.values(request));
  const known = resolved.get(key) ?? tryKernelRules(request);
  resolved.set(key, known);
  return known;
};

/** The kernel's rules; undefined where the facts are missing or wrong, which `require-inputs` reports. */
export const kernelOf = ({ facts }: HostInputs): KernelRules | undefined => {
  if (facts === undefined) return undefined;
  const read = readKernel(facts);
  return read.ok ? read.value : undefined;
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

/** Every timeout in force that can be set on this kernel; constants of a kernel before 2.4.23 are nobody's choice. */
export const effectiveTimeouts = (inputs: HostInputs): readonly EffectiveTimeout[] => {
  const rules = kernelOf(inputs);
  const { settings } = inputs;
  if (rules === undefined || settings === undefined) return [];
  return Object.entries(rules.timeouts)
    .filter(([sysctl]) => canBeSet(rules, sysctl))
    .map(([sysctl, { defaultSeconds }]) => {
      const planned = settings.timeouts[sysctl];
      return { sysctl, seconds: planned ?? defaultSeconds, planned: planned !== undefined };
    });
};

/**
 * The timeout with this sysctl name, with or without its module's prefix; undefined where the kernel has none that can
 * be set.
 */
export const effectiveTimeout = (inputs: HostInputs, name: string): EffectiveTimeout | undefined => {
  const wanted = shortTimeoutName(name);
  return effectiveTimeouts(inputs).find(({ sysctl }) => shortTimeoutName(sysctl) === wanted);
};

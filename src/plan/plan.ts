/** The complete, validated decision for one host: every setting, why, and what it costs. */
import { kernelRules } from "../kernel/kernel-rules";
import type { KernelRules } from "../kernel/rules";
import type { Settings, Timeouts } from "../kernel/settings";
import { defaultTable } from "../kernel/table-size";
import { ProblemsError, type Problem } from "../validation/problems";
import type { Binding } from "../sizing/from-ram";
import { declaredKiB, defaultMemoryShare, tableMemory, type TableMemory } from "../sizing/memory";
import { Role } from "../sizing/roles";
import { check, isValid, type Checked } from "../validation/validation";
import type { PlanContext } from "./context";
import { kernelProblems, trafficContradictions } from "./contradictions";
import { planRequestSchema, type PlanRequest } from "./request";
import { planTable } from "./table-plan";
import { planTimeouts, settleSeconds, timeoutWarnings } from "./timeout-plan";
import { judgePlan, planTraffic, shorteningReason, type PlanVerdict } from "./traffic-plan";

export interface Plan {
  readonly settings: Settings;
  /** What the kernel would take by itself on this host. */
  readonly kernelDefault: { readonly max: number; readonly buckets: number };
  /** One sentence for `max`, `buckets` and each timeout. */
  readonly reasons: Readonly<Record<string, string>>;
  /** Kernel memory of the full table; it can never be swapped. */
  readonly memory: TableMemory;
  /** Which rule decided `max`. */
  readonly binding: Binding;
  /** max / buckets; a chain holds twice as many nodes, because each entry is linked in both directions. */
  readonly entriesPerList: number;
  /** Seconds until entries that are idle at the change have left by their old deadline; 0 where none is shortened. */
  readonly settleSeconds: number;
  /** What the simulation says of exactly these settings under the declared traffic. */
  readonly verdict: PlanVerdict;
  readonly warnings: readonly string[];
}

/** A plan together with the kernel that it was made for. */
export interface PlanForKernel {
  readonly plan: Plan;
  readonly rules: KernelRules;
}

const contextOf = (request: PlanRequest): PlanContext => {
  const { facts } = request;
  const rules = kernelRules(facts);
  const kernelDefault = defaultTable(rules, { memTotalKiB: declaredKiB(facts) });
  return {
    request,
    rules,
    kernelDefault,
    sizing: {
      rules,
      memory: facts,
      role: request.role ?? Role.Host,
      cores: facts.cores ?? 1,
      memoryShare: request.memoryShare ?? defaultMemoryShare,
      networkNamespaces: facts.networkNamespaces ?? 1,
      kernelDefaultMax: kernelDefault.max,
    },
  };
};

const sorted = (timeouts: Timeouts): Timeouts =>
  Object.fromEntries(Object.entries(timeouts).sort(([left], [right]) => (left < right ? -1 : 1)));

/**
 * Plans one host and collects every mistake instead of throwing.
 * @param request what `PlanRequest` describes, from any source
 * @param base path of the request in a larger document, for the problems' paths
 */
export const tryPlan = (request: unknown, base = ""): Checked<PlanForKernel> => {
  const problemsAt = (problems: readonly Problem[]): Problem[] =>
    problems.map((problem) => ({ ...problem, path: base === "" ? problem.path : `${base}.${problem.path}` }));
  const checked = check(planRequestSchema, request, base);
  const ofKernel = problemsAt(kernelProblems(request));
  const ofTraffic = trafficContradictions(request);
  if (!isValid(checked) || ofKernel.length > 0)
    return { problems: [...checked.problems, ...ofKernel, ...problemsAt(ofTraffic)] };

  const context = contextOf(checked.value);
  const { traffic, settings: asked } = checked.value;

  const timeouts = planTimeouts(context);
  const fitted =
    traffic === undefined || asked?.max !== undefined || timeouts.problems.length + ofTraffic.length > 0
      ? undefined
      : planTraffic(context, traffic, timeouts.values.timeouts);
  if (Array.isArray(fitted)) return { problems: problemsAt(fitted) };
  const table = planTable(context, fitted?.max);
  const found = [...table.problems, ...timeouts.problems, ...ofTraffic];
  if (found.length > 0) return { problems: problemsAt(found) };

  const { max, buckets, binding } = table.values;
  const shortened = fitted?.shortened ?? {};
  const settings: Settings = { max, buckets, timeouts: sorted({ ...timeouts.values.timeouts, ...shortened }) };
  const judged = judgePlan(context, traffic, settings);
  if (judged.problems.length > 0) return { problems: problemsAt(judged.problems) };

  const { kernelDefault, sizing } = context;
  // What is known of a verified kernel is no warning; `defaults` prints it.
  const { verified, notes } = context.rules.release;
  const plan: Plan = {
    settings,
    kernelDefault: { max: kernelDefault.max, buckets: kernelDefault.buckets },
    reasons: {
      ...table.reasons,
      ...timeouts.reasons,
      ...Object.fromEntries(
        Object.entries(shortened).map(([sysctl, seconds]) => [sysctl, shorteningReason(sysctl, seconds)]),
      ),
    },
    memory: tableMemory(context.rules, sizing.memory, { max, buckets }, sizing.networkNamespaces),
    binding,
    entriesPerList: max / buckets,
    settleSeconds: settleSeconds(context.rules, settings.timeouts),
    verdict: judged.verdict,
    warnings: [
      ...(verified ? [] : notes),
      ...table.warnings,
      ...timeouts.warnings,
      ...Object.entries(shortened).flatMap(([sysctl, seconds]) => timeoutWarnings(context, sysctl, seconds)),
      ...judged.warnings,
    ],
  };
  return { value: { plan, rules: context.rules }, problems: [] };
};

/**
 * Plans one host.
 * @throws ProblemsError with every mistake of the request, each with path, value, limit, source and remedy
 */
export const plan = (request: PlanRequest): Plan => {
  const planned = tryPlan(request);
  if (!isValid(planned)) throw new ProblemsError("This host cannot be planned.", planned.problems);
  return planned.value.plan;
};

/** The complete, validated decision for one host: every setting, why, and what it costs. */
import { tryKernelRules } from "../kernel/kernel-rules";
import type { KernelRules } from "../kernel/rules";
import type { Settings, Timeouts } from "../kernel/settings";
import { tryDefaultTable } from "../kernel/table-size";
import type { Problem } from "../validation/problems";
import type { Binding } from "../sizing/from-ram";
import { declaredKiB, defaultMemoryShare, tableMemory, type TableMemory } from "../sizing/memory";
import { Role } from "../sizing/roles";
import { check, invalid, problemsIn, valid, valueOrThrow, type Checked } from "../validation/validation";
import type { PlanContext } from "./context";
import { kernelProblems, trafficContradictions } from "./contradictions";
import { resolveRequest } from "./declared-facts";
import { planRequestSchema, type DeclaredRequest, type PlanRequest } from "./request";
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

/** A plan together with the kernel that it was made for, and the request that it answers. */
export interface PlanForKernel {
  readonly request: PlanRequest;
  readonly plan: Plan;
  readonly rules: KernelRules;
}

const contextOf = (request: PlanRequest): Checked<PlanContext> => {
  const { facts } = request;
  const rules = tryKernelRules(facts);
  if (!rules.ok) return rules;
  const kernelDefault = tryDefaultTable(rules.value, { memTotalKiB: declaredKiB(facts) });
  if (!kernelDefault.ok) return kernelDefault;
  return valid({
    request,
    rules: rules.value,
    kernelDefault: kernelDefault.value,
    sizing: {
      rules: rules.value,
      memory: facts,
      role: request.role ?? Role.Host,
      cores: facts.cores ?? 1,
      memoryShare: request.memoryShare ?? defaultMemoryShare,
      networkNamespaces: facts.networkNamespaces ?? 1,
      kernelDefaultMax: kernelDefault.value.max,
    },
  });
};

const sorted = (timeouts: Timeouts): Timeouts =>
  Object.fromEntries(Object.entries(timeouts).sort(([left], [right]) => (left < right ? -1 : 1)));

/** The plan of a request whose form is right; paths of problems count from the request. */
const planContext = (context: PlanContext, contradictions: readonly Problem[]): Checked<Plan> => {
  const { traffic, settings: asked } = context.request;

  const timeouts = planTimeouts(context);
  const fitted =
    traffic === undefined || asked?.max !== undefined || !timeouts.ok || contradictions.length > 0
      ? valid(undefined)
      : planTraffic(context, traffic, timeouts.value.values.timeouts);
  if (!fitted.ok) return fitted;
  const table = planTable(context, fitted.value?.max);
  if (!table.ok || !timeouts.ok || contradictions.length > 0)
    return invalid([...problemsIn(table), ...problemsIn(timeouts), ...contradictions]);

  const { max, buckets, binding } = table.value.values;
  const shortened = fitted.value?.shortened ?? {};
  const settings: Settings = {
    max,
    buckets,
    timeouts: sorted({ ...timeouts.value.values.timeouts, ...shortened }),
  };
  const judged = judgePlan(context, traffic, settings);
  if (!judged.ok) return judged;

  const { kernelDefault, sizing } = context;
  // What is known of a verified kernel is no warning; `defaults` prints it.
  const { verified, notes } = context.rules.release;
  return valid({
    settings,
    kernelDefault: { max: kernelDefault.max, buckets: kernelDefault.buckets },
    reasons: {
      ...table.value.reasons,
      ...timeouts.value.reasons,
      ...Object.fromEntries(
        Object.entries(shortened).map(([sysctl, seconds]) => [sysctl, shorteningReason(sysctl, seconds)]),
      ),
    },
    memory: tableMemory(context.rules, sizing.memory, { max, buckets }, sizing.networkNamespaces),
    binding,
    entriesPerList: max / buckets,
    settleSeconds: settleSeconds(context.rules, settings.timeouts),
    verdict: judged.value.verdict,
    warnings: [
      ...(verified ? [] : notes),
      ...table.value.warnings,
      ...timeouts.value.warnings,
      ...Object.entries(shortened).flatMap(([sysctl, seconds]) => timeoutWarnings(context, sysctl, seconds)),
      ...judged.value.warnings,
    ],
  });
};

/**
 * Plans one host and collects every mistake instead of throwing.
 * @param request what `DeclaredRequest` describes, from any source
 * @param base path of the request in a larger document, for the problems' paths
 */
export const tryPlan = (request: unknown, base = ""): Checked<PlanForKernel> => {
  const pathBelow = (path: string): string => (base === "" ? path : `${base}.${path}`);
  const below = (problems: readonly Problem[]): Problem[] =>
    problems.map((problem) => ({ ...problem, path: pathBelow(problem.path) }));
  const resolved = resolveRequest(request);
  const checked = check(planRequestSchema, resolved.request, base);
  const open = new Set(resolved.open.map(pathBelow));
  const ofForm = problemsIn(checked).filter(({ path, value }) => value !== undefined || !open.has(path));
  const ofKernel = kernelProblems(resolved.request);
  const contradictions = trafficContradictions(request);
  if (!checked.ok || ofKernel.length > 0 || resolved.problems.length > 0)
    return invalid([...ofForm, ...below([...resolved.problems, ...ofKernel, ...contradictions])]);

  const context = contextOf(checked.value);
  if (!context.ok) return invalid(below(context.problems));
  const planned = planContext(context.value, contradictions);
  return planned.ok
    ? valid({ plan: planned.value, rules: context.value.rules, request: checked.value })
    : invalid(below(planned.problems));
};

/**
 * Plans one host.
 * @throws ProblemsError with every mistake of the request, each with path, value, limit, source and remedy
 */
export const plan = (request: DeclaredRequest): Plan =>
  valueOrThrow(tryPlan(request), "This host cannot be planned.").plan;

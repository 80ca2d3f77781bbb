/** From the facts that a person declares to those that a plan is made from: an instance type stands for its numbers. */
import * as z from "zod";
import { readArchitecture } from "../kernel/architecture";
import { instanceFacts, type InstanceFacts } from "../sizing/instance-types/instance-facts";
import { isFields, type Fields } from "../validation/fields";
import type { Problem } from "../validation/problems";
import { check, joinPath, problemsIn } from "../validation/validation";

/** Facts without their instance type. */
interface ResolvedFacts {
  readonly facts: unknown;
  /** What is wrong with the type; paths count from the facts. */
  readonly problems: readonly Problem[];
  /** Facts that a wrong type leaves open: nobody asks for them beside its problem. */
  readonly open: readonly string[];
}

const asTheyAre = (facts: unknown): ResolvedFacts => ({ facts, problems: [], open: [] });

const withoutType = (facts: Fields, problems: readonly Problem[]): ResolvedFacts => ({
  facts,
  problems,
  open: ["memoryMiB", "arch"],
});

/** Of a declared machine that is none, its own check speaks. */
const contradictions = (instanceType: string, known: InstanceFacts, { arch }: Fields): readonly Problem[] => {
  if (typeof arch !== "string") return [];
  const declared = readArchitecture(arch);
  if (!declared.ok || declared.value.machine === known.arch) return [];
  return [
    {
      path: "arch",
      value: arch,
      limit: `contradicts instanceType: ${instanceType} is ${known.arch}`,
      source: "the table of instance types, docs/arguments.md",
      remedy: "Remove arch, or correct instanceType.",
    },
  ];
};

/**
 * Facts in which RAM, machine and cores stand for the instance type; what is declared beside it wins. Facts without an
 * instance type are returned as they are, right or wrong.
 */
export const resolveFacts = (declared: unknown): ResolvedFacts => {
  if (!isFields(declared) || !Object.hasOwn(declared, "instanceType")) return asTheyAre(declared);
  const { instanceType, ...facts } = declared;
  if (instanceType === undefined) return asTheyAre(facts);
  if (typeof instanceType !== "string")
    return withoutType(facts, problemsIn(check(z.string(), instanceType, "instanceType")));
  const known = instanceFacts(instanceType);
  if (!known.ok) return withoutType(facts, known.problems);
  const said = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  return { facts: { ...known.value, ...said }, problems: contradictions(instanceType, known.value, facts), open: [] };
};

/** A request with its facts resolved; paths count from the request. */
export const resolveRequest = (request: unknown) => {
  if (!isFields(request)) return { request, problems: [], open: [] };
  const { facts, problems, open } = resolveFacts(request.facts);
  return {
    request: { ...request, facts },
    problems: problems.map((problem): Problem => ({ ...problem, path: joinPath("facts", problem.path) })),
    open: open.map((fact) => joinPath("facts", fact)),
  };
};

import * as z from "zod";
import type { Problem } from "../../src/validation/problems";
import { Role } from "../../src/sizing/roles";
import { check, problemsIn } from "../../src/validation/validation";
import { readKernel } from "../subjects/host-kernel";
import { hostRule, Level, nothingToConfigure, Severity } from "../rule";
import { memoryShape, settingsShape, type HostInputs } from "../subjects/subjects";
import type { Violation } from "../violation";

const source = "policies see only what the component passes to the engine";
const remedy =
  "Unset PULUMI_NODEJS_SKIP_COMPONENT_INPUTS, correct the arguments that the component refuses, and update the stack.";

/** What every rule must find; facts that only some hosts need are those of `require-facts`. */
const needed = z.object({
  connection: z.object({}),
  facts: z.object({ memoryMiB: z.number().gt(0), arch: z.string(), kernel: z.string() }),
  role: z.enum(Role).optional(),
  settings: z.object(settingsShape),
  memory: z.object(memoryShape),
});

/** What stays unknown without an input. */
const unjudged: Readonly<Record<string, string>> = {
  connection: "neither its host key nor its login can be judged",
  facts: "nothing that depends on the kernel or on RAM can be judged",
  settings: "neither table nor timeouts can be judged",
  memory: "the table's share of RAM cannot be judged",
};

const unusable = (problem: Problem): Violation => ({
  ...problem,
  value: typeof problem.value === "string" ? problem.value : JSON.stringify(problem.value),
  limit: `no rule can judge by: it ${problem.limit}`,
});

const violationOf = (problem: Problem): Violation => {
  const [input = ""] = problem.path.split(".");
  const so = unjudged[input] ?? "nothing that depends on it can be judged";
  return problem.value === undefined
    ? { path: problem.path, limit: `is missing, so that ${so}`, source, remedy }
    : { ...unusable(problem), source, remedy };
};

const kernelViolations = ({ facts }: HostInputs): readonly Violation[] =>
  facts === undefined
    ? []
    : problemsIn(readKernel(facts)).map((problem) => unusable({ ...problem, path: `facts.${problem.path}` }));

export const requireInputs = hostRule({
  name: "require-inputs",
  sentence: "Connection, facts, settings and memory are there to be judged, and the kernel is one that rules know.",
  severity: Severity.High,
  level: Level.Mandatory,
  remedy,
  source,
  configuration: nothingToConfigure,
  judge: ({ inputs }) => {
    // A connection in another form may be a URL with a password: not shown.
    const wanted = inputs.unread === true ? needed.pick({ connection: true }) : needed;
    const problems = problemsIn(check(wanted, inputs, "", (path) => path === "connection"));
    const unread = problems.some(({ path }) => /^facts\b/.test(path));
    return [...problems.map(violationOf), ...(unread || inputs.unread === true ? [] : kernelViolations(inputs))];
  },
});

/** The form of a tuned host's inputs in an exported stack; what is missing as a whole is reported by rules. */
import * as z from "zod";
import { connectionSchema, endpointSchema } from "../../src/delivery/ssh/connection";
import { hostFactsSchema } from "../../src/plan/request";
import type { Problem } from "../../src/validation/problems";
import { Role } from "../../src/sizing/roles";
import { check, problemsIn } from "../../src/validation/validation";
import { memoryShape, settingsShape } from "../subjects/subjects";

/** Other versions of the component may pass more. */
const hostInputsSchema = z.looseObject({
  connection: z
    .looseObject({ ...connectionSchema.shape, bastion: z.looseObject(endpointSchema.shape).optional() })
    .optional(),
  facts: z.looseObject(hostFactsSchema.shape).optional(),
  role: z.enum(Role).optional(),
  settings: z.looseObject(settingsShape).optional(),
  memory: z.looseObject(memoryShape).optional(),
  verdict: z.looseObject({ outcome: z.string(), settingsHash: z.string() }).optional(),
  allowShrink: z.boolean().optional(),
});

const described = ({ value, ...problem }: Problem): Problem => ({
  ...problem,
  // A connection in a form that nobody expects may hold a password anywhere.
  ...(value === undefined || /^connection\b/.test(problem.path) ? {} : { value }),
  source: "what ConntrackTuning passes to the engine",
  remedy: "Export the stack again; where it says the same, run `pulumi up` before.",
});

/** What is wrong with decoded inputs; a symbol stands for a value that is encrypted, and may be anything. */
export const stackInputProblems = (inputs: unknown): readonly Problem[] =>
  problemsIn(check(hostInputsSchema, inputs))
    .filter(({ value }) => typeof value !== "symbol")
    .map(described);

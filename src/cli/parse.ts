import type * as z from "zod";
import { ProblemsError, type Problem } from "../validation/problems";
import { readableFields } from "../validation/readable";
import { check, problemsIn } from "../validation/validation";

/**
 * A request as its schema describes it.
 * @param problemsOf what else is wrong with those fields that can be read
 * @throws ProblemsError with every mistake
 */
export const parse = <Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  request: unknown,
  problemsOf: (fields: Partial<z.output<z.ZodObject<Shape>>>) => readonly Problem[],
): z.output<z.ZodObject<Shape>> => {
  const checked = check(schema, request);
  const problems = [...problemsIn(checked), ...problemsOf(readableFields(schema, request))];
  if (!checked.ok || problems.length > 0) throw new ProblemsError("This request cannot be answered.", problems);
  return checked.value;
};

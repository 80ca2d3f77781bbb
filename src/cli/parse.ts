import type * as z from "zod";
import { ProblemsError } from "../problems";
import { check, isValid } from "../validation";

/**
 * A request as its schema describes it.
 * @throws ProblemsError with every mistake
 */
export const parse = <S extends z.ZodType>(schema: S, request: unknown): z.output<S> => {
  const checked = check(schema, request);
  if (!isValid(checked)) throw new ProblemsError("This request cannot be answered.", checked.problems);
  return checked.value;
};

/**
 * The parts of an unchecked value that are right by themselves, whatever is wrong with the others: a check that looks
 * at some fields says its word in the same answer in which the schema names the rest.
 */
import * as z from "zod";

/** Those fields of an object that its schema takes one by one. */
export const readableFields = <Shape extends z.ZodRawShape>(
  { shape }: z.ZodObject<Shape>,
  value: unknown,
): Partial<z.output<z.ZodObject<Shape>>> => {
  const given = z.record(z.string(), z.unknown()).safeParse(value);
  if (!given.success) return {};
  const read = Object.entries(shape).map(([key, field]) => [key, z.safeParse(field, given.data[key]).data] as const);
  return Object.fromEntries(read.filter(([, data]) => data !== undefined)) as Partial<z.output<z.ZodObject<Shape>>>;
};

/** Those items of a list that their schema takes, each with its index. */
export const readableItems = <T>(schema: z.ZodType<T>, list: unknown): (readonly [index: number, item: T])[] =>
  Array.isArray(list)
    ? list.flatMap((item: unknown, index) => {
        const read = schema.safeParse(item);
        return read.success ? [[index, read.data] as const] : [];
      })
    : [];

/**
 * The border where unknown values become typed ones: a zod schema in, every mistake out as a `Problem`.
 */
import type * as z from "zod";
import { ProblemsError, type Problem } from "./problems";

/** The result of every check: the value, or all that is wrong with it. */
export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

export const valid = <T>(value: T): Checked<T> => ({ ok: true, value });

export const invalid = (problems: readonly Problem[]): Checked<never> => ({ ok: false, problems });

/** What is wrong; empty for a value that is right. */
export const problemsIn = (checked: Checked<unknown>): readonly Problem[] => (checked.ok ? [] : checked.problems);

/**
 * The value, for public functions, which throw.
 * @param summary one sentence that says what could not be done
 * @throws ProblemsError with all that is wrong
 */
export const valueOrThrow = <T>(checked: Checked<T>, summary: string): T => {
  if (!checked.ok) throw new ProblemsError(summary, checked.problems);
  return checked.value;
};

/**
 * Path in the form that Pulumi prints: `hosts.web1.traffic[0].newPerSecond`; names that are no identifiers
 * stand in brackets, `hosts["10.0.0.1"].facts`.
 */
export const joinPath = (base: string, ...parts: readonly PropertyKey[]): string =>
  parts.reduce<string>((path, part) => {
    if (typeof part === "number") return `${path}[${part}]`;
    const name = String(part);
    if (!/^[A-Za-z_][\w-]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
    return path === "" ? name : `${path}.${name}`;
  }, base);

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, part) => {
    if (typeof value !== "object" || value === null) return undefined;
    return (value as Record<PropertyKey, unknown>)[part];
  }, root);

/** Scalars may be shown; of anything else only the kind is, because it may be large or hold a secret. */
const showable = (value: unknown): unknown =>
  typeof value === "object" && value !== null ? (Array.isArray(value) ? "a list" : "an object") : value;

const withArticle = (noun: string): string => `${/^[aeio]/.test(noun) ? "an" : "a"} ${noun}`;

/** Who sets the limits of arguments, where no kernel and no standard does. */
export const argumentsContract = "the contract of the arguments, docs/arguments.md";

const problemOf = (issue: z.core.$ZodIssue, root: unknown, base: string): Problem[] => {
  const path = joinPath(base, ...issue.path);
  const given = valueAt(root, issue.path);
  const value = showable(given);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: joinPath(path, key),
        limit: "is not an argument here",
        source: argumentsContract,
        remedy: "Remove it, or correct its spelling.",
      }));
    case "invalid_type":
      return [
        {
          path,
          ...(given === undefined ? {} : { value }),
          limit:
            given === undefined
              ? `is missing; ${withArticle(issue.expected)} is required`
              : `must be ${withArticle(issue.expected)}`,
          source: argumentsContract,
          remedy: `Write ${withArticle(issue.expected)}${typeof given === "string" && issue.expected !== "string" ? ", without quotes" : ""}.`,
        },
      ];
    case "invalid_value":
      return [
        {
          path,
          value,
          limit: `must be one of ${issue.values.map(String).join(", ")}`,
          source: argumentsContract,
          remedy: "Write one of these words.",
        },
      ];
    case "too_small":
      return [
        {
          path,
          value,
          limit: `must be ${issue.inclusive === false ? "greater than" : "at least"} ${issue.minimum}`,
          source: argumentsContract,
          remedy: "Write a greater value.",
        },
      ];
    case "too_big":
      return [
        {
          path,
          value,
          limit: `must be at most ${issue.maximum}`,
          source: argumentsContract,
          remedy: "Write a smaller value.",
        },
      ];
    case "custom":
      return [
        {
          path,
          ...(value === given ? { value } : {}),
          limit: issue.message,
          source: argumentsContract,
          remedy: "Correct the value.",
          ...(issue.params as Partial<Pick<Problem, "remedy">> | undefined),
        },
      ];
    default:
      return [{ path, value, limit: issue.message, source: argumentsContract, remedy: "Correct the value." }];
  }
};

/**
 * Checks `value` against `schema` and reports every mistake, each with its path below `base`.
 * Values of `secretPaths` never appear in a problem, whatever is wrong with them.
 */
export const check = <S extends z.ZodType>(
  schema: S,
  value: unknown,
  base = "",
  isSecret: (path: string) => boolean = () => false,
): Checked<z.output<S>> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return valid(parsed.data);
  const problems = parsed.error.issues.flatMap((issue) => problemOf(issue, value, base));
  return invalid(problems.map((problem) => (isSecret(problem.path) ? { ...problem, value: undefined } : problem)));
};

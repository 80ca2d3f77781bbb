/**
 * Values that are there now are checked now; values that come late (Outputs, Promises) are checked when they come.
 */
import * as pulumi from "@pulumi/pulumi";
import { isFields } from "../validation/fields";
import type { Problem } from "../validation/problems";
import { joinPath, problemsIn, type Checked } from "../validation/validation";

const isLate = (value: unknown): value is pulumi.Output<unknown> | Promise<unknown> =>
  pulumi.Output.isInstance(value) || value instanceof Promise;

/** Stands for a late value. No schema takes it, so whatever depends on it is not decided: not by a default either. */
const notYet = Symbol("late");

/** The value with its late leaves, whose paths are collected in `late`, marked. */
const withLateMarked = (value: unknown, path: string, late: Set<string>): unknown => {
  if (isLate(value)) {
    late.add(path);
    return notYet;
  }
  if (Array.isArray(value)) return value.map((item, index) => withLateMarked(item, joinPath(path, index), late));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withLateMarked(item, joinPath(path, key), late)]),
  );
};

/**
 * What a check makes of an input: `now` where the input is plain, `later` where any part of it is late. `problems` are
 * the mistakes that are certain now: all of a plain input, and those of form beside a late value.
 */
export type Ready<T> =
  | { readonly now: Checked<T>; readonly problems: readonly Problem[] }
  | { readonly later: pulumi.Output<Checked<T>>; readonly problems: readonly Problem[] };

/**
 * Checks an input as early as it can be.
 * @param make must not throw, because a rejected Output hangs the program for half a minute; must look at a value only
 * after its schema has taken it
 * @param base path of the input, as `make` writes it into its problems
 */
export const whenReady = <T>(input: unknown, base: string, make: (value: unknown) => Checked<T>): Ready<T> => {
  const late = new Set<string>();
  const now = make(withLateMarked(input, base, late));
  if (late.size === 0) return { now, problems: problemsIn(now) };
  return {
    later: pulumi.output(input as object).apply<Checked<T>>((value) => make(value)),
    problems: problemsIn(now).filter(({ path }) => !late.has(path)),
  };
};

/** The result as an Output, whenever it is there; never a secret, because no problem or plan holds one. */
export const asOutput = <T>(ready: Ready<T>): pulumi.Output<Checked<T>> =>
  "now" in ready ? pulumi.output(undefined).apply<Checked<T>>(() => ready.now) : ready.later;

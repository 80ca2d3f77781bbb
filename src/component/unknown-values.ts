/**
 * Values that are known now are checked now; unknown ones (Outputs, Promises) are checked as soon as they are known.
 */
import * as pulumi from "@pulumi/pulumi";
import { isFields } from "../validation/fields";
import type { Problem } from "../validation/problems";
import { joinPath, problemsIn, type Checked } from "../validation/validation";

/** True for an Output and for a Promise. */
export const isUnknown = (value: unknown): value is pulumi.Output<unknown> | Promise<unknown> =>
  pulumi.Output.isInstance(value) || value instanceof Promise;

/** Stands for an unknown value. No schema takes it, so whatever depends on it stays undecided, defaults included. */
const unknownMark = Symbol("unknown");

/** The value with `unknownMark` in place of each unknown part, whose path is added to `unknownPaths`. */
const withUnknownMarked = (value: unknown, path: string, unknownPaths: Set<string>): unknown => {
  if (isUnknown(value)) {
    unknownPaths.add(path);
    return unknownMark;
  }
  if (Array.isArray(value))
    return value.map((item, index) => withUnknownMarked(item, joinPath(path, index), unknownPaths));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withUnknownMarked(item, joinPath(path, key), unknownPaths)]),
  );
};

/**
 * The result of checking an input: `now` where all of it is known, `later` where any part is unknown. `problems` are the
 * mistakes that are certain now: all of a known input, and those of form beside an unknown value.
 */
type Ready<T> =
  | { readonly now: Checked<T>; readonly problems: readonly Problem[] }
  | { readonly later: pulumi.Output<Checked<T>>; readonly problems: readonly Problem[] };

/**
 * Checks an input as early as possible.
 * @param make must not throw, because a rejected Output hangs the program for half a minute; must look at a value only
 * after its schema has taken it
 * @param base path of the input, as `make` writes it into its problems
 */
export const whenReady = <T>(input: unknown, base: string, make: (value: unknown) => Checked<T>): Ready<T> => {
  const unknownPaths = new Set<string>();
  const now = make(withUnknownMarked(input, base, unknownPaths));
  if (unknownPaths.size === 0) return { now, problems: problemsIn(now) };
  return {
    later: pulumi.output(input as object).apply<Checked<T>>((value) => make(value)),
    problems: problemsIn(now).filter(({ path }) => !unknownPaths.has(path)),
  };
};

/** The result as an Output, whenever it is there; never a secret, because no problem or plan holds one. */
export const asOutput = <T>(ready: Ready<T>): pulumi.Output<Checked<T>> =>
  "now" in ready ? pulumi.output(undefined).apply<Checked<T>>(() => ready.now) : ready.later;

/**
 * A value in an Output, inside of a function: at every step the SDK walks through all that an Output gives, which for a
 * fleet of a thousand hosts takes longer than the work itself.
 */
export const sealed = <T>(value: T): pulumi.Output<() => T> => pulumi.output(() => value);

/** As `asOutput`, sealed. */
export const asSealedOutput = <T>(ready: Ready<T>): pulumi.Output<() => Checked<T>> =>
  "now" in ready ? sealed(ready.now) : ready.later.apply((checked) => sealed(checked));

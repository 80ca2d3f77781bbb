/** In which files of a host each key of its plan persists. */
import type { KernelRules } from "../kernel/rules";
import type { Settings } from "../kernel/settings";
import { ModuleState, Slot, type TargetFile } from "../target/files";
import { carries, hasSlot } from "../target/persistence";

/** A file of a host, and what has to be said of it there. */
export interface Place {
  readonly path: string;
  /** `hashsize`, where the file calls the key so; `if rules use it`, where the file is not written on every host. */
  readonly notes: readonly string[];
}

const { Module, ModuleInUse, NotLoaded, Builtin } = ModuleState;

/** When a file is written; a preview does not know how the module is there. */
const conditions: readonly (readonly [states: readonly ModuleState[], note: string])[] = [
  [[Module, ModuleInUse, NotLoaded], "unless built in"],
  [[ModuleInUse], "if rules use it"],
  [[Builtin], "where built in"],
];

const conditionOf = ({ states, part }: TargetFile): readonly string[] => [
  ...conditions.flatMap(([when, note]) => (when.join() === states.join() ? [note] : [])),
  ...(part === "block" ? ["if it exists"] : []),
];

export const placeOf = (file: TargetFile, name: readonly string[] = []): Place => ({
  path: file.path,
  notes: [...name, ...conditionOf(file)],
});

/** The files that hold each key: `max`, `buckets`, the timeouts. Files that hold no value are in none of them. */
export const placesByKey = (
  files: readonly TargetFile[],
  rules: KernelRules,
  { timeouts }: Settings,
): Readonly<Record<string, readonly Place[]>> => {
  const holding = (key: string) => files.filter((file) => carries([file], key, rules));
  const assigned = holding("max").map((file) => placeOf(file));
  const sized = holding("buckets").map((file) => placeOf(file, hasSlot(file, Slot.Buckets) ? ["hashsize"] : []));
  return {
    max: assigned,
    ...Object.fromEntries(Object.keys(timeouts).map((key) => [key, assigned])),
    buckets: sized,
  };
};

/** Files that hold no value, but make the others work. */
export const otherPlaces = (files: readonly TargetFile[]): readonly Place[] =>
  files.filter((file) => !hasSlot(file, ...Object.values(Slot))).map((file) => placeOf(file));

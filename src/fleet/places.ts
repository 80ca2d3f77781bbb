/** In which files of a host each key of its plan persists. */
import type { KernelRules } from "../kernel/rules";
import type { Settings } from "../kernel/settings";
import { ModuleState, Slot, type Line, type TargetFile } from "../target/files";

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

const holds = ({ lines }: TargetFile, ...slots: readonly Slot[]): boolean =>
  lines.some((line: Line) => line.some((part) => slots.some((slot) => slot === part)));

/** The files that hold each key: `max`, `buckets`, the timeouts. Files that hold no value are in none of them. */
export const placesByKey = (
  files: readonly TargetFile[],
  { paths }: KernelRules,
  { timeouts }: Settings,
): Readonly<Record<string, readonly Place[]>> => {
  const assigned = files
    .filter((file) => holds(file, Slot.Assignments, Slot.AssignmentLines))
    .map((file) => placeOf(file));
  const sized = files.filter((file) => holds(file, Slot.Buckets)).map((file) => placeOf(file, ["hashsize"]));
  return {
    max: assigned,
    ...Object.fromEntries(Object.keys(timeouts).map((key) => [key, assigned])),
    buckets: [...(paths.bucketsWritable ? assigned : []), ...sized],
  };
};

/** Files that hold no value, but make the others work. */
export const otherPlaces = (files: readonly TargetFile[]): readonly Place[] =>
  files.filter((file) => !holds(file, ...Object.values(Slot))).map((file) => placeOf(file));

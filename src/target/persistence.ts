/** Which file carries which setting through a boot, for a way in which the module is there. */
import type { KernelRules } from "../kernel/rules";
import { Slot, type ModuleState, type TargetFile } from "./files";

/** What a host has one of: mostly one file, else as many as may hold the same lines, of which it has one. */
export type FilePlace = readonly TargetFile[];

/** Before modprobe.d there was one file of others for all modules; a host has one of these ways. */
const isOfModprobe = ({ path, part }: TargetFile): boolean => part === "block" || path.startsWith("/etc/modprobe.d/");

/** The files for one state of the module, in the order in which they are written. */
export const filePlaces = (files: readonly TargetFile[], state: ModuleState): readonly FilePlace[] => {
  const written = files.filter(({ states }) => states.includes(state));
  const hasChoice = written.some(({ part }) => part === "block");
  const choice = hasChoice ? written.filter(isOfModprobe) : [];
  const alone = written.filter((file) => !choice.includes(file));
  return [...alone.map((file) => [file]), ...(choice.length > 0 ? [choice] : [])];
};

/** True where a value of one of these kinds stands in the file. */
export const hasSlot = (file: TargetFile, ...slots: readonly Slot[]): boolean =>
  file.lines.some((line) => line.some((part) => typeof part !== "string" && slots.includes(part)));

/**
 * True where the file holds the setting.
 * @param key `max`, `buckets`, or the sysctl name of a timeout
 */
export const carries = ([file]: FilePlace, key: string, { paths }: Pick<KernelRules, "paths">): boolean => {
  if (file === undefined) return false;
  const inAssignments = hasSlot(file, Slot.Assignments, Slot.AssignmentLines);
  return key === "buckets" ? hasSlot(file, Slot.Buckets) || (inAssignments && paths.bucketsWritable) : inAssignments;
};

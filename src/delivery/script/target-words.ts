/**
 * A target state as words of the host script's command line. They hold only characters that no shell can misread; a
 * byte of a file that is none of them is written as `=` and three octal digits.
 */
import { encodeBytes } from "./encode";
import { Slot, type Line, type TargetFile } from "../../target/files";
import { sortedTimeouts } from "../../target/live-values";
import type { TargetState } from "../../target/target";

/** A word of the command line, `key=value`. */
export type Word = readonly [key: string, value: string | number];

const slotCodes = new Map<Slot, string>([
  [Slot.Buckets, "=b"],
  [Slot.Assignments, "=s"],
  [Slot.AssignmentLines, "=l"],
]);

const encodeText = (text: string): string => encodeBytes(text, /[A-Za-z0-9_.:/-]/, { radix: 8, digits: 3 });

const encodeLine = (line: Line): string =>
  line.map((part) => (typeof part === "string" ? encodeText(part) : (slotCodes.get(part) ?? ""))).join("");

const statesWord = ({ states }: TargetFile): string => states.join(":");

/** `for=STATE:STATE` says for which states of the module the files behind it are. */
const fileWords = (files: readonly TargetFile[]): readonly Word[] =>
  files.flatMap((file, index): Word[] => {
    const before = files[index - 1];
    const states = statesWord(file);
    return [
      ...(before !== undefined && statesWord(before) === states ? [] : [["for", states] as const]),
      [file.part, file.path],
      ...file.lines.map((line): Word => ["line", encodeLine(line)]),
    ];
  });

const flag = (key: string, on: boolean): readonly Word[] => (on ? [[key, 1]] : []);

/** What the host shall hold: facts of its kernel, values in the order in which they grow, files. */
export const targetWords = ({ module, loadModule, guards: { era }, settings, files }: TargetState): readonly Word[] => [
  ["module", module],
  ...flag("writable", era.bucketsWritable),
  ["hashsize", era.bucketsTaken],
  ["chainLimit", era.chainLimit ? 1 : 0],
  ...flag("loadModule", loadModule),
  ["buckets", settings.buckets],
  ["max", settings.max],
  ...sortedTimeouts(settings.timeouts),
  ...fileWords(files),
];

/** What must be true before anything is written. */
export const guardWords = ({ guards }: TargetState): readonly Word[] => [
  ...flag("allowShrink", !guards.keepsMax),
  ...(guards.adopt === undefined ? [] : [["adopt", guards.adopt] as const]),
  ["minRamKiB", guards.minimumRamKiB],
  ["minLowKiB", guards.minimumLowKiB],
  ["tableKiB", guards.tableKiB],
];

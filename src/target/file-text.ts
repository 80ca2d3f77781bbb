/** The exact text of a file of the target. */
import type { KernelRules } from "../kernel/rules";
import type { Settings } from "../kernel/settings";
import { Slot, type Line, type TargetFile } from "./files";
import { sortedTimeouts } from "./live-values";

const sysctlKey = (path: string): string => path.replace(/^\/proc\/sys\//, "").replaceAll("/", ".");

/** Every setting as `sysctl` takes it, `net.netfilter.nf_conntrack_max=262144`, in the order in which values grow. */
export const assignments = ({ paths, timeouts: rules }: KernelRules, settings: Settings): readonly string[] => {
  const { max, buckets, timeouts } = settings;
  const values: readonly (readonly [path: string | undefined, value: number])[] = [
    ...(paths.bucketsWritable ? [[paths.buckets, buckets] as const] : []),
    [paths.max[0], max],
    ...sortedTimeouts(timeouts).map(([name, seconds]) => [rules[name]?.path, seconds] as const),
  ];
  return values.flatMap(([path, value]) => (path === undefined ? [] : [`${sysctlKey(path)}=${value}`]));
};

/** @returns what the file holds (of a block, our lines with their marks), with a line feed at its end */
export const fileText = (file: TargetFile, rules: KernelRules, settings: Settings): string => {
  const words = assignments(rules, settings);
  const lineText = (line: Line): string =>
    line
      .map((part) => {
        if (typeof part === "string") return part;
        if (part === Slot.Buckets) return String(settings.buckets);
        return words.join(part === Slot.Assignments ? " " : "\n");
      })
      .join("");
  return file.lines.map((line) => `${lineText(line)}\n`).join("");
};

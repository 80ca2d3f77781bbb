import type { KernelValues } from "../vm/kernel-values";

/** A table of the values that differ, one line each. */
export const compareValues = (left: KernelValues, right: KernelValues, titles: readonly [string, string]): string => {
  const rows = [...left].flatMap(([name, value]) => {
    const other = right.get(name) ?? "none";
    return other === value ? [] : [[name, value, other]];
  });
  const lines = [["", ...titles], ...rows].map(
    ([name = "", one = "", two = ""]) => `  ${name.padEnd(46)}${one.padStart(10)}${two.padStart(10)}`,
  );
  return [...lines, `  ${left.size - rows.length} other values are the same`].join("\n");
};

/** What a machine's kernel says of itself. */
import type { Machine } from "../vm/machine";

/** Values by the name of their file under /proc/sys/net/netfilter, in order of name. */
export type Readings = ReadonlyMap<string, string>;

/** Reads max, buckets and all timeouts from the kernel, not through any code of ours. */
export const readKernel = async (machine: Machine): Promise<Readings> => {
  const { code, stdout, stderr } = await machine.exec(
    "cd /proc/sys/net/netfilter && grep . nf_conntrack_max nf_conntrack_buckets nf_conntrack_*timeout*",
  );
  if (code !== 0) throw new Error(`the host's values cannot be read: ${stderr}`);
  return new Map(
    stdout
      .trim()
      .split("\n")
      .map((line): [string, string] => {
        const separator = line.indexOf(":");
        return [line.slice(0, separator), line.slice(separator + 1)];
      }),
  );
};

/** A table of the values that differ, one line each. */
export const compareReadings = (left: Readings, right: Readings, titles: readonly [string, string]): string => {
  const rows = [...left].flatMap(([name, value]) => {
    const other = right.get(name) ?? "none";
    return other === value ? [] : [[name, value, other]];
  });
  const lines = [["", ...titles], ...rows].map(
    ([name = "", one = "", two = ""]) => `  ${name.padEnd(46)}${one.padStart(10)}${two.padStart(10)}`,
  );
  return [...lines, `  ${left.size - rows.length} other values are the same`].join("\n");
};

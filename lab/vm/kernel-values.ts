/** What a machine's kernel says of itself. */
import type { Machine } from "./machine";

/** Values by the name of their file under /proc/sys/net/netfilter, in order of name. */
export type KernelValues = ReadonlyMap<string, string>;

/** Reads max, buckets and all timeouts from the kernel, not through any code of ours. */
export const readKernel = async (machine: Machine): Promise<KernelValues> => {
  const { code, stdout, stderr } = await machine.exec(
    "cd /proc/sys/net/netfilter && grep . nf_conntrack_max nf_conntrack_buckets *timeout*",
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

/** The few modules of a kernel that a test machine needs, taken out of its package with what they depend on. */
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { runProgram } from "../run-program";

/** What the boot archive loads to reach the disk. ext4 asks for a checksum by name, so that comes before it. */
export const diskModules: readonly string[] = ["crc32c_generic", "virtio_pci", "virtio_blk", "ext4"];

/** Wanted modules by purpose; a kernel that has one built in, or lacks it, does without the file. */
export const wantedModules: readonly string[] = [
  ...diskModules,
  ...["virtio_net", "veth"],
  ...["nf_conntrack", "nf_conntrack_netlink", "nf_conntrack_ftp"],
  ...["nf_tables", "nft_ct", "nft_counter", "nft_chain_nat", "nft_masq"],
  ...["xt_conntrack", "ip_tables", "iptable_filter"],
];

const unpackers: Readonly<Record<string, string>> = { ".xz": "xz", ".zst": "zstd", ".gz": "gzip" };

/** `nf_conntrack` of `kernel/net/netfilter/nf-conntrack.ko.xz`, in the spelling that depmod compares. */
const moduleName = (path: string): string =>
  basename(path)
    .replace(/\.ko.*$/, "")
    .replaceAll("-", "_");

/** Lines `path: dependency dependency ...` of modules.dep. */
const parseDependencies = (text: string): Map<string, readonly string[]> =>
  new Map(
    text.split("\n").flatMap((line): [string, string[]][] => {
      const [path, dependencies = ""] = line.split(":");
      return path ? [[path, dependencies.split(" ").filter((name) => name !== "")]] : [];
    }),
  );

/**
 * Paths below `root`/lib/modules/`release` of the named modules and all they need, dependencies first, for a tree
 * that depmod has indexed. A module that this kernel has built in, or lacks, has no path.
 */
export const modulePaths = async (root: string, release: string, names: readonly string[]): Promise<string[]> => {
  const index = parseDependencies(await readFile(join(root, "lib/modules", release, "modules.dep"), "utf8"));
  const named = names.flatMap((name) => [...index.keys()].filter((path) => moduleName(path) === name));
  // modules.dep lists the whole closure of each module, what is needed first at the end of the line.
  return [...new Set(named.flatMap((path) => [...[...(index.get(path) ?? [])].reverse(), path]))];
};

/**
 * Copies the wanted modules of `from`/lib/modules/`release` below `into`, unpacked (the guest then needs neither the
 * programs nor the time for it), and indexes them there.
 */
export const copyWantedModules = async (from: string, release: string, into: string): Promise<void> => {
  await runProgram("depmod", ["-b", from, release]);
  const source = join(from, "lib/modules", release);
  const target = join(into, "lib/modules", release);
  for (const path of await modulePaths(from, release, wantedModules)) {
    const copy = join(target, path);
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(join(source, path), copy);
    const unpacker = unpackers[extname(path)];
    if (unpacker !== undefined) await runProgram(unpacker, ["-d", copy]);
  }
  for (const list of ["modules.builtin", "modules.builtin.modinfo", "modules.order"]) {
    if (existsSync(join(source, list))) await copyFile(join(source, list), join(target, list));
  }
  await runProgram("depmod", ["-b", into, release]);
};

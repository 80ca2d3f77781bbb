/** The few modules of a kernel that a test machine needs, taken out of its package with what they depend on. */
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { runProgram } from "../run-program";

/** Wanted modules by purpose; a kernel that has one built in, or lacks it, does without the file. */
export const wantedModules: readonly string[] = [
  ...["virtio_mmio", "virtio_pci", "virtio_net", "virtio_blk"],
  // ext4's checksums; loaded first, because libcrc32c asks for an implementation by name.
  ...["crc32c_generic", "ext4"],
  ...["nf_conntrack", "nf_conntrack_netlink", "nf_conntrack_ftp"],
  ...["nf_tables", "nft_ct", "nft_counter", "nft_chain_nat", "nft_masq"],
  ...["xt_conntrack", "ip_tables", "iptable_filter"],
  "veth",
];

const decompressors: Readonly<Record<string, string>> = { ".xz": "xz", ".zst": "zstd", ".gz": "gzip" };

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
 * Copies the wanted modules of `from`/lib/modules/`release` below `into`, unpacked (the guest then needs neither the
 * programs nor the time for it), and indexes them there.
 */
export const copyWantedModules = async (from: string, release: string, into: string): Promise<void> => {
  await runProgram("depmod", ["-b", from, release]);
  const source = join(from, "lib/modules", release);
  const target = join(into, "lib/modules", release);
  const dependencies = parseDependencies(await readFile(join(source, "modules.dep"), "utf8"));
  // modules.dep lists the whole closure of each module, so one step is enough.
  const paths = [...dependencies]
    .filter(([path]) => wantedModules.includes(moduleName(path)))
    .flatMap(([path, needed]) => [path, ...needed]);
  for (const path of new Set(paths)) {
    const suffix = /\.(xz|zst|gz)$/.exec(path)?.[0] ?? "";
    const copy = join(target, path.slice(0, path.length - suffix.length));
    await mkdir(dirname(copy), { recursive: true });
    const program = decompressors[suffix];
    if (program === undefined) await copyFile(join(source, path), copy);
    else await writeFile(copy, await runProgram(program, ["-dc", join(source, path)]));
  }
  for (const list of ["modules.builtin", "modules.builtin.modinfo", "modules.order"]) {
    if (existsSync(join(source, list))) await copyFile(join(source, list), join(target, list));
  }
  await runProgram("depmod", ["-b", into, release]);
};

/** The first root of a test machine: programs, modules, the guest's own files, and what this one machine alone has. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { FetchedKernel } from "./fetch-kernel";
import { guestPrograms } from "./guest-programs";
import type { GuestArchitecture } from "./kernels";
import { newcArchive } from "./newc";
import type { ArchiveEntry } from "./newc";

const guestFolder = join(__dirname, "guest");

/** Every file below a folder, with its permissions, by its path from there. */
const filesBelow = async (folder: string, prefix = ""): Promise<Map<string, ArchiveEntry>> => {
  const entries = new Map<string, ArchiveEntry>();
  for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    const { mode } = await stat(path);
    const content = await readFile(path);
    entries.set(prefix + relative(folder, path), { kind: "file", mode: mode & 0o777, content });
  }
  return entries;
};

/** Folders that programs expect and no file brings along. */
const emptyFolders: ReadonlyMap<string, ArchiveEntry> = new Map(
  ["dev", "proc", "sys", "run", "tmp", "persist", "var/lib", "var/log", "root"]
    .concat(["modprobe.d", "sysctl.d", "modules-load.d", "udev/rules.d"].map((name) => `etc/${name}`))
    .map((path) => [path, { kind: "folder", mode: path === "root" ? 0o700 : 0o755 }]),
);

/** The archive's bytes; `machineEntries` win over all others. */
export const bootArchive = async (
  kernel: FetchedKernel,
  architecture: GuestArchitecture,
  machineEntries: ReadonlyMap<string, ArchiveEntry>,
): Promise<Buffer> => {
  const modules = await filesBelow(join(kernel.root, "lib"), "usr/lib/");
  const own = new Map([...emptyFolders, ...modules, ...(await filesBelow(guestFolder)), ...machineEntries]);
  return Buffer.concat([await readFile(await guestPrograms(architecture)), newcArchive(own)]);
};

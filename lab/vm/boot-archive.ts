/** The boot archive of one machine: the modules that its disk needs, and the keys that it alone has. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { diskModules, modulePaths } from "./guest-modules";
import { guestPrograms } from "./guest-programs";
import type { FetchedKernel } from "./fetch-kernel";
import type { GuestArchitecture } from "./kernels";
import { newcArchive } from "./newc";
import type { ArchiveEntry } from "./newc";

const file = async (path: string, mode: number): Promise<ArchiveEntry> => ({
  kind: "file",
  mode,
  content: await readFile(path),
});

/** The archive's bytes; `machineEntries` are the files of this one machine, below machine/. */
export const bootArchive = async (
  kernel: FetchedKernel,
  architecture: GuestArchitecture,
  machineEntries: ReadonlyMap<string, ArchiveEntry>,
): Promise<Buffer> => {
  const entries = new Map(machineEntries);
  entries.set("init", await file(join(__dirname, "boot-init.sh"), 0o755));
  entries.set("busybox", await file(join(await guestPrograms(architecture), "usr/bin/busybox"), 0o755));
  const paths = await modulePaths(kernel.root, kernel.release, diskModules);
  for (const [index, path] of paths.entries()) {
    // The number keeps the order in which they have to be loaded.
    const name = `modules/${String(index).padStart(2, "0")}-${basename(path)}`;
    entries.set(name, await file(join(kernel.root, "lib/modules", kernel.release, path), 0o644));
  }
  return newcArchive(entries);
};

/** The disk of a test machine: a whole root file system, made once for each kernel and copied for each machine. */
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "../cache-folder";
import { runProgram } from "../run-program";
import { buildOnce } from "./build-once";
import type { FetchedKernel } from "./fetch-kernel";
import { guestPrograms, programsRecipe } from "./guest-programs";
import type { GuestArchitecture } from "./kernels";
import { recipeKey } from "./recipe-key";

const guestFolder = join(__dirname, "guest");

/** About 35 MiB are in use; the rest is for what tests write. */
const diskMiB = 64;

const emptyFolders = ["dev", "proc", "sys", "run", "tmp", "root", "var/lib", "var/log"].concat(
  ["modprobe.d", "sysctl.d", "modules-load.d", "udev/rules.d"].map((name) => `etc/${name}`),
);

/** Path and digest of each of the guest's own files. */
const guestFiles = async (): Promise<string[]> => {
  const files = await readdir(guestFolder, { recursive: true, withFileTypes: true });
  return Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => {
        const path = join(file.parentPath, file.name);
        return `${file.name} ${createHash("sha256")
          .update(await readFile(path))
          .digest("hex")}`;
      }),
  );
};

const diskName = "disk.img";

const build = async (kernel: FetchedKernel, architecture: GuestArchitecture, into: string): Promise<void> => {
  const stage = join(into, "stage");
  const copy = (from: string, to: string): Promise<void> => cp(from, to, { recursive: true, verbatimSymlinks: true });
  await copy(await guestPrograms(architecture), stage);
  await copy(join(kernel.root, "lib/modules"), join(stage, "usr/lib/modules"));
  await copy(guestFolder, stage);
  for (const folder of emptyFolders) await mkdir(join(stage, folder), { recursive: true });
  const disk = join(into, diskName);
  await writeFile(disk, "");
  await truncate(disk, diskMiB * 1024 * 1024);
  await runProgram("mkfs.ext4", ["-q", "-F", "-d", stage, disk]);
  await rm(stage, { recursive: true });
};

/** Path of the disk image to copy. */
export const baseDisk = async (kernel: FetchedKernel, architecture: GuestArchitecture): Promise<string> => {
  const key = recipeKey([kernel.key, programsRecipe, emptyFolders, diskMiB, await guestFiles()]);
  const folder = cacheFolder("vm", `disk-${kernel.id}-${key}`);
  return join(await buildOnce(folder, (into) => build(kernel, architecture, into)), diskName);
};

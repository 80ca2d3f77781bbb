/**
 * The programs of a test machine: Debian's own binaries of the guest's architecture, so that what reads modprobe.d,
 * sysctl.d, modules-load.d, udev rules and nftables.conf is what reads them on a real host.
 */
import { existsSync } from "node:fs";
import { chmod, copyFile, lstat, mkdir, readFile, readlink, rm, symlink } from "node:fs/promises";
import { basename, dirname, join, posix } from "node:path";
import { cacheFolder } from "../cache-folder";
import { buildOnce } from "./build-once";
import { openPrivateApt, unpackDownloads } from "./debian-packages";
import { emulations } from "./kernels";
import type { GuestArchitecture } from "./kernels";
import { recipeKey } from "./recipe-key";

/** All guests run the programs of this suite, whatever their kernel. */
const suite = "bookworm";

/** Folder of the cache entry with the finished tree. */
const rootFolder = "root";

/** Stands in a path for Debian's folder of the architecture's libraries. */
const libraries = "LIBRARIES";

/** Program, or library that a program loads by its own means, and package. Paths are those of a merged /usr. */
const programs: readonly { readonly path: string; readonly package: string }[] = [
  { path: "usr/bin/busybox", package: "busybox-static" },
  { path: "usr/bin/dash", package: "dash" },
  { path: "usr/bin/bash", package: "bash" },
  { path: "usr/bin/kmod", package: "kmod" },
  { path: "usr/sbin/sysctl", package: "procps" },
  { path: "usr/sbin/nft", package: "nftables" },
  { path: "usr/sbin/dropbear", package: "dropbear-bin" },
  { path: "usr/bin/udevadm", package: "udev" },
  { path: "usr/lib/systemd/systemd-modules-load", package: "systemd" },
  { path: "usr/lib/systemd/systemd-sysctl", package: "systemd" },
  { path: "usr/bin/sudo", package: "sudo" },
  { path: "usr/libexec/sudo/libsudo_util.so.0", package: "sudo" },
  { path: "usr/libexec/sudo/sudoers.so", package: "sudo" },
  { path: `usr/lib/${libraries}/security/pam_unix.so`, package: "libpam-modules" },
  { path: `usr/lib/${libraries}/security/pam_permit.so`, package: "libpam-modules" },
];

/** Keeps apt from choosing the package that merges /usr with a Perl program. */
const standIns: readonly string[] = ["usr-is-merged"];

const links: Readonly<Record<string, string>> = {
  bin: "usr/bin",
  sbin: "usr/sbin",
  lib: "usr/lib",
  lib64: "usr/lib64",
  "usr/bin/sh": "dash",
  ...Object.fromEntries(["modprobe", "insmod", "rmmod", "depmod"].map((name) => [`usr/sbin/${name}`, "../bin/kmod"])),
  "usr/bin/lsmod": "kmod",
  "usr/lib/systemd/systemd-udevd": "../../bin/udevadm",
};

/** Packages that `apt-get install` would fetch, with the programs' dependencies, as name=version. */
const closure = (simulation: string): string[] =>
  [...simulation.matchAll(/^Inst (\S+) \((\S+) /gm)].map(([, name = "", version = ""]) => `${name}=${version}`);

/** A file of the unpacked tree, at its place of a merged /usr or at its old one, with symbolic links followed. */
const resolveIn = async (tree: string, path: string): Promise<string | undefined> => {
  for (const candidate of [path, path.replace(/^usr\//, ""), `usr/${path}`]) {
    const full = join(tree, candidate);
    if (!existsSync(dirname(full))) continue;
    const status = await lstat(full).catch(() => undefined);
    if (status === undefined) continue;
    if (!status.isSymbolicLink()) return full;
    const target = await readlink(full);
    const next = target.startsWith("/") ? target.slice(1) : posix.join(dirname(candidate), target);
    return resolveIn(tree, next);
  }
  return undefined;
};

/** Names of shared libraries and of the loader that stand in a program's text: what it may ask the loader for. */
const libraryName = /(?:\/[\w/.-]*)?(?:lib[\w.+-]+|ld-linux[\w.-]*)\.so(?:\.\d+)*(?=\0)/g;

/** Copies a program or library to `to`/`path`, and every library of the tree that its text names. */
const copyWithLibraries = async (
  tree: string,
  libraryFolder: string,
  source: string,
  to: string,
  path: string,
): Promise<void> => {
  const copy = join(to, path);
  if (existsSync(copy)) return;
  await mkdir(dirname(copy), { recursive: true });
  await copyFile(source, copy);
  await chmod(copy, 0o755);
  for (const [name] of (await readFile(source, "latin1")).matchAll(libraryName)) {
    const places = [libraryFolder, `${libraryFolder}/systemd`].map((folder) => `usr/lib/${folder}/${basename(name)}`);
    // The loader stands in a program's text with its path, which is the same in the guest.
    if (name.startsWith("/")) places.unshift(name.slice(1));
    for (const place of places) {
      const library = await resolveIn(tree, place);
      if (library === undefined) continue;
      const target = place.startsWith("usr/") ? `usr/lib/${libraryFolder}/${basename(name)}` : `usr/${place}`;
      await copyWithLibraries(tree, libraryFolder, library, to, target);
      break;
    }
  }
};

const build = async (architecture: GuestArchitecture, into: string): Promise<void> => {
  const tree = join(into, "tree");
  const aptFolder = join(into, "apt");
  const root = join(into, rootFolder);
  const { libraryFolder } = emulations[architecture];
  const apt = await openPrivateApt(aptFolder, suite, architecture);
  const wanted = [...programs.map((program) => program.package), ...standIns];
  await apt.get("download", ...closure(await apt.get("install", "--simulate", ...wanted)));
  await unpackDownloads(apt, tree);
  for (const { path: anyPath } of programs) {
    const path = anyPath.replace(libraries, libraryFolder);
    const source = await resolveIn(tree, path);
    if (source === undefined) throw new Error(`the packages of ${suite} ${architecture} have no ${path}`);
    await copyWithLibraries(tree, libraryFolder, source, root, path);
  }
  for (const [path, target] of Object.entries(links)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await symlink(target, join(root, path));
  }
  await rm(tree, { recursive: true });
  await rm(aptFolder, { recursive: true });
};

/** Changes with everything that decides what `guestPrograms` holds. */
export const programsRecipe = [suite, programs, standIns, links] as const;

/** A tree with all programs, their libraries and links, for one architecture; fetched once. */
export const guestPrograms = async (architecture: GuestArchitecture): Promise<string> => {
  const name = `programs-${architecture}-${recipeKey(programsRecipe)}`;
  return join(await buildOnce(cacheFolder("vm", name), (into) => build(architecture, into)), rootFolder);
};

/**
 * The programs of a test machine: Debian's own binaries of the guest's architecture, so that what reads modprobe.d,
 * sysctl.d, modules-load.d, udev rules and nftables.conf is what reads them on a real host.
 */
import { existsSync } from "node:fs";
import { lstat, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, posix } from "node:path";
import { cacheFolder } from "../cache-folder";
import { buildOnce } from "./build-once";
import { openPrivateApt, unpackDownloads } from "./debian-packages";
import { emulations } from "./kernels";
import type { GuestArchitecture } from "./kernels";
import { newcArchive } from "./newc";
import type { ArchiveEntry } from "./newc";
import { recipeKey } from "./recipe-key";

/** All guests run the programs of this suite, whatever their kernel. */
const suite = "bookworm";

const archiveName = "programs.cpio";

/** Program and package. Paths are those of a merged /usr. */
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

/** Adds a program or library to the archive, and every library of the tree that its text names. */
const addWithLibraries = async (
  tree: string,
  libraryFolder: string,
  source: string,
  path: string,
  entries: Map<string, ArchiveEntry>,
): Promise<void> => {
  if (entries.has(path)) return;
  const content = await readFile(source);
  entries.set(path, { kind: "file", mode: 0o755, content });
  for (const [name] of content.toString("latin1").matchAll(libraryName)) {
    const isLoader = name.includes("ld-linux");
    const places = isLoader && name.startsWith("/") ? [name.slice(1)] : [];
    const folders = [libraryFolder, `${libraryFolder}/systemd`].map((folder) => `usr/lib/${folder}/${basename(name)}`);
    for (const place of [...places, ...folders]) {
      const library = await resolveIn(tree, place);
      if (library === undefined) continue;
      const target = places.includes(place) ? `usr/${place}` : `usr/lib/${libraryFolder}/${basename(name)}`;
      await addWithLibraries(tree, libraryFolder, library, target, entries);
      break;
    }
  }
};

const build = async (architecture: GuestArchitecture, into: string): Promise<void> => {
  const tree = join(into, "tree");
  const aptFolder = join(into, "apt");
  const apt = await openPrivateApt(aptFolder, suite, architecture);
  const wanted = [...programs.map((program) => program.package), ...standIns];
  await apt.get("download", ...closure(await apt.get("install", "--simulate", ...wanted)));
  await unpackDownloads(apt, tree);
  const entries = new Map<string, ArchiveEntry>();
  for (const { path } of programs) {
    const source = await resolveIn(tree, path);
    if (source === undefined) throw new Error(`the packages of ${suite} ${architecture} have no ${path}`);
    await addWithLibraries(tree, emulations[architecture].libraryFolder, source, path, entries);
  }
  for (const [path, target] of Object.entries(links)) entries.set(path, { kind: "link", target });
  await writeFile(join(into, archiveName), newcArchive(entries));
  await rm(tree, { recursive: true });
  await rm(aptFolder, { recursive: true });
};

/** Path of an archive with all programs, their libraries and links, for one architecture. */
export const guestPrograms = async (architecture: GuestArchitecture): Promise<string> => {
  const key = recipeKey([suite, programs, standIns, links]);
  const name = `programs-${architecture}-${key}`;
  return join(await buildOnce(cacheFolder("vm", name), (into) => build(architecture, into)), archiveName);
};

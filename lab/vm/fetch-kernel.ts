/** A kernel of Debian, fetched once: its boot image, its release and the few modules that a test machine needs. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../cache-folder";
import { buildOnce } from "./build-once";
import { openPrivateApt, unpackDownloads } from "./debian-packages";
import type { PrivateApt } from "./debian-packages";
import { copyWantedModules, wantedModules } from "./guest-modules";
import { kernelSources } from "./kernels";
import type { KernelId } from "./kernels";
import { recipeKey } from "./recipe-key";

export interface FetchedKernel {
  readonly id: KernelId;
  /** Changes with everything that decides what was fetched. */
  readonly key: string;
  /** What `uname -r` prints. */
  readonly release: string;
  /** Path of the boot image. */
  readonly image: string;
  /** A tree with the wanted modules in lib/modules/RELEASE, indexed by depmod. */
  readonly root: string;
}

/** From 7.x on Debian splits the image package: linux-binary-* has the boot image, linux-modules-* the modules. */
const kernelPackage = /^linux-(image|binary|modules)-\d/;

/** Versions of a package that the lists offer, newest first. */
const offeredVersions = async (apt: PrivateApt, name: string): Promise<string[]> =>
  (await apt.cache("madison", name))
    .split("\n")
    .map((line) => line.split("|")[1]?.trim() ?? "")
    .filter((version, index, all) => version !== "" && all.indexOf(version) === index);

/** Names of the packages with the files of the kernel that this version of the meta package depends on. */
const kernelPackages = async (apt: PrivateApt, metaPackage: string, version: string): Promise<string[]> => {
  const record = await apt.cache("show", `${metaPackage}=${version}`);
  const first = /^Depends: .*?(linux-image-[^ ,]+)/m.exec(record)?.[1];
  if (first === undefined) throw new Error(`${metaPackage} ${version} names no kernel package`);
  const only = ["--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances"];
  const closure = await apt.cache("depends", "--recurse", ...only, first);
  return [...new Set(closure.split("\n").filter((line) => kernelPackage.test(line)))];
};

/** A mirror's index may list a version whose file is gone; then the version before it does as well. */
const downloadNewest = async (apt: PrivateApt, metaPackage: string): Promise<void> => {
  const failures: string[] = [];
  for (const version of await offeredVersions(apt, metaPackage)) {
    try {
      await apt.get("download", ...(await kernelPackages(apt, metaPackage, version)));
      return;
    } catch (error) {
      failures.push(`${version}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(`the mirror gave no ${metaPackage}:\n${failures.join("\n")}`);
};

const build = async (id: KernelId, into: string): Promise<void> => {
  const { suite, architecture, metaPackage } = kernelSources[id];
  const aptFolder = join(into, "apt");
  const apt = await openPrivateApt(aptFolder, suite, architecture);
  await downloadNewest(apt, metaPackage);
  const tree = join(into, "tree");
  await unpackDownloads(apt, tree);
  // A package of a merged-/usr suite keeps its modules under usr; depmod looks for them under lib.
  if (existsSync(join(tree, "usr/lib/modules"))) {
    await mkdir(join(tree, "lib"), { recursive: true });
    await rename(join(tree, "usr/lib/modules"), join(tree, "lib/modules"));
  }
  const [release] = await readdir(join(tree, "lib/modules"));
  if (release === undefined) throw new Error(`${metaPackage}: no modules in it`);
  const image = [`boot/vmlinuz-${release}`, `lib/modules/${release}/vmlinuz`]
    .map((path) => join(tree, path))
    .find((path) => existsSync(path));
  if (image === undefined) throw new Error(`${metaPackage}: no vmlinuz of ${release} in it`);
  await rename(image, join(into, "vmlinuz"));
  await copyWantedModules(tree, release, join(into, "root"));
  await rm(tree, { recursive: true });
  await rm(aptFolder, { recursive: true });
  await writeFile(join(into, "release"), release);
};

/** The kernel, from the cache or else from the machine's Debian mirror. */
export const fetchKernel = async (id: KernelId): Promise<FetchedKernel> => {
  const key = recipeKey([kernelSources[id], wantedModules]);
  const folder = await buildOnce(cacheFolder("vm", `kernel-${id}-${key}`), (into) => build(id, into));
  return {
    id,
    key,
    release: await readFile(join(folder, "release"), "utf8"),
    image: join(folder, "vmlinuz"),
    root: join(folder, "root"),
  };
};

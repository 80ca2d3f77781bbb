/** Builds a cached folder once for each machine, also when several processes ask for it at the same time. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Runs `work` while holding flock(1) on a file; the kernel lets the lock go if this process dies. */
const withLock = async <T>(lockFile: string, work: () => Promise<T>): Promise<T> => {
  const holder = spawn("flock", [lockFile, "sh", "-c", "echo held; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once("data", () => resolve());
      holder.once("error", reject);
      holder.once("exit", (code) => reject(new Error(`flock ${lockFile} ended with ${String(code)}`)));
    });
    return await work();
  } finally {
    holder.removeAllListeners("exit");
    holder.stdin.end();
  }
};

/**
 * The folder, built by `build` into an empty folder beside it if it is not there yet. A build that fails or is killed
 * leaves nothing that a later run would take for complete.
 */
export const buildOnce = async (folder: string, build: (into: string) => Promise<void>): Promise<string> => {
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  return withLock(join(dirname(folder), `.${basename(folder)}.lock`), async () => {
    if (existsSync(folder)) return folder;
    const into = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
    try {
      await build(into);
      await rename(into, folder);
    } finally {
      await rm(into, { recursive: true, force: true });
    }
    return folder;
  });
};

/** A running qemu. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";

export interface QemuProcess {
  readonly pid: number;
  /** Why it is not running any more, in qemu's own words; undefined while it runs. */
  readonly whyEnded: () => string | undefined;
  /** Ends it at once, as a power cut would. */
  readonly kill: () => Promise<void>;
}

/**
 * Bound to this process, however that ends: a shell beside qemu waits for the end of a pipe that this process holds,
 * and then kills qemu.
 */
const spawnBound = (program: string, args: readonly string[]): ChildProcess => {
  const script = 'exec 3<&0; (cat <&3; kill -9 $$) >/dev/null 2>&1 & exec "$@" </dev/null 3<&-';
  return spawn("sh", ["-c", script, "sh", program, ...args], { stdio: ["pipe", "ignore", "pipe"] });
};

const spawnFree = (program: string, args: readonly string[]): ChildProcess => {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  child.unref();
  return child;
};

/** Starts qemu; it dies with this process unless `outlivesProcess`. */
export const startQemu = (program: string, args: readonly string[], outlivesProcess: boolean): QemuProcess => {
  const child = (outlivesProcess ? spawnFree : spawnBound)(program, args);
  let says = "";
  child.stderr?.on("data", (text: Buffer) => (says += text.toString()));
  child.once("error", (error) => (says += error.message));
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  return {
    pid: child.pid ?? 0,
    whyEnded: () => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) return undefined;
      return `${program} ended (${String(child.exitCode ?? child.signalCode)}): ${says.trim()}`;
    },
    kill: async () => {
      child.kill("SIGKILL");
      child.stdin?.destroy();
      await ended;
    },
  };
};

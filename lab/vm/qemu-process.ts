/** A running qemu. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";

export interface QemuProcess {
  readonly pid: number;
  /** Why it is not running any more, in qemu's own words; undefined while it runs. */
  readonly whyEnded: () => string | undefined;
  /** Ends it at once, as a power cut would. */
  readonly kill: () => Promise<void>;
  /** Lets it live on when this process ends. */
  readonly keep: () => void;
}

const keepWord = "keep";

/**
 * Becomes qemu, with a watcher beside it that reads from a pipe which only we hold: however we end, the pipe ends too,
 * and the watcher kills qemu unless it was asked to keep it.
 */
const boundToUs = `exec 3<&0
(read -r word <&3; [ "$word" = ${keepWord} ] || kill -9 $$) >/dev/null 2>&1 &
exec "$@" </dev/null 3<&-`;

/** Starts qemu so that it dies with this process; what it says goes to `messagesFile`. */
export const startQemu = (program: string, args: readonly string[], messagesFile: string): QemuProcess => {
  const messages = openSync(messagesFile, "w");
  // A session of its own: neither Ctrl-C nor the end of a terminal reaches qemu by itself.
  const child = spawn("sh", ["-c", boundToUs, "sh", program, ...args], {
    stdio: ["pipe", messages, messages],
    detached: true,
  });
  closeSync(messages);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  // The watcher may be gone when the pipe is closed.
  child.stdin?.on("error", () => undefined);
  return {
    pid: child.pid ?? 0,
    whyEnded: () => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) return undefined;
      const says = readFileSync(messagesFile, "utf8").trim();
      return `${program} ended (${String(child.exitCode ?? child.signalCode)}): ${says}`;
    },
    kill: async () => {
      child.kill("SIGKILL");
      child.stdin?.destroy();
      await ended;
    },
    keep: () => {
      child.stdin?.end(`${keepWord}\n`);
      child.unref();
    },
  };
};

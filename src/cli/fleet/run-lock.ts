/**
 * One run at a time: a file that names the process at work. A process that is gone, killed too, locks nothing; no clock
 * is asked.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Problem } from "../../validation/problems";
import { invalid, valid, type Checked } from "../../validation/validation";
import { stateSource } from "./state-file";
import { errorCode, errorMessage } from "./system-error";

export interface RunLock {
  readonly release: () => void;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, by the kernel's own count: a number may be given to another process. */
  readonly started: string;
}

/** The 22nd field of /proc/PID/stat, behind the name, which may hold anything; empty where there is no /proc. */
const startOf = (pid: number): string => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
};

const isAlive = ({ pid, started }: Holder): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === "ESRCH") return false;
  }
  return startOf(pid) === started;
};

const textOf = ({ pid, host, started }: Holder): string => `${pid} ${started || "-"} ${host}\n`;

const holderIn = (text: string): Holder | undefined => {
  const [, pid, started = "", host = ""] = /^(\d{1,10}) (\d{1,20}|-) (\S{1,255})\n$/.exec(text) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), started: started === "-" ? "" : started, host };
};

/** The text of a file that may go away at any time. */
const textIn = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

const refuse = (path: string, limit: string, remedy: string): Checked<never> =>
  invalid([{ path: "--state", value: path, limit, source: stateSource, remedy } satisfies Problem]);

const attempts = 5;

/**
 * Locks a state file.
 * @param statePath the lock lies beside it
 */
export const lockRun = (statePath: string): Checked<RunLock> => {
  const path = `${statePath}.lock`;
  const me: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  const own = `${path}.${me.pid}`;
  const release = (): void => {
    if (textIn(path) === textOf(me)) rmSync(path, { force: true });
  };
  try {
    rmSync(own, { force: true });
    writeFileSync(own, textOf(me), { mode: 0o600, flag: "wx" });
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      try {
        // A link is there with its content or not at all.
        linkSync(own, path);
        return valid({ release });
      } catch (error) {
        if (errorCode(error) !== "EEXIST") throw error;
      }
      const text = textIn(path);
      if (text === undefined) continue;
      const holder = holderIn(text);
      if (holder === undefined)
        return refuse(
          statePath,
          `is locked by ${path}, which cannot be read`,
          "Remove that file, if no run is at work.",
        );
      if (holder.host !== me.host)
        return refuse(
          statePath,
          `is in use by process ${holder.pid} on ${holder.host}`,
          `Wait for it to end; if it is gone, remove ${path}.`,
        );
      if (isAlive(holder)) return refuse(statePath, `is in use by process ${holder.pid}`, "Wait for it to end.");
      const moved = `${own}.old`;
      try {
        renameSync(path, moved);
      } catch (error) {
        if (errorCode(error) === "ENOENT") continue;
        throw error;
      }
      // Another run may have moved the old one away and locked it before us.
      if (textIn(moved) !== text) linkSync(moved, path);
      rmSync(moved, { force: true });
    }
    return refuse(statePath, "is fought for by other runs", "Run it again.");
  } catch (error) {
    return refuse(
      statePath,
      `cannot be locked: ${errorMessage(error)}`,
      "Name a file in a folder that may be written.",
    );
  } finally {
    rmSync(own, { force: true });
  }
};

/**
 * Ends a run of the host script at every step that changes something: the connection (hang-up and closed pipes), the
 * shell (SIGKILL, its guardian lives), or the machine (everything at once, then a boot).
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { MadeUpHost, Shell } from "./made-up-host";

export type Ending = "connection" | "shell" | "machine";

/** Number of the step, `every` step, or 0 for none. */
export type Strike = number | "every";

/**
 * Programs by which the script changes anything that counts; a file is written beside its place and then moved. Live
 * values are written by `echo` of a single number while a transaction runs.
 */
const changers = ["mv", "rm", "ln", "modprobe"];

const strike: Readonly<Record<Ending, string>> = {
  connection: "kill -HUP 0",
  shell: "kill -9 $$",
  // The whole process group: shell, guardian and children.
  machine: "kill -9 0",
};

/** Shell functions that count the steps, note them in a file, and strike at one of them. */
const prelude = (steps: string, ending: Ending, at: Strike): string =>
  [
    `injected() { command echo "$*" >>${steps}; read -r injected_count <${steps}.count; injected_count=$((injected_count+1)); command echo $injected_count >${steps}.count; case ${at} in $injected_count | every) ${strike[ending]};; esac; }`,
    ...changers.map((name) => {
      const run = name === "modprobe" ? "injected_modprobe" : `command ${name}`;
      return `${name}() { injected ${name} "$@"; ${run} "$@"; }`;
    }),
    'echo() { case "$*" in "" | *[!0-9]*) ;; *) [ ! -e undo/values ] || injected "write $1";; esac; command echo "$@"; }',
    "",
  ].join("\n");

export interface Outcome {
  /** Exit status; undefined where a signal ended the shell. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** What was called at each step, paths without the root. */
  readonly steps: readonly string[];
}

/** True while a process of the group runs; one that is dead and waits to be reaped by a slow init does not count. */
const groupLives = (leader: number): boolean =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .some((name) => {
      try {
        const [state, , group] = readFileSync(`/proc/${name}/stat`, "utf8")
          .replace(/^.*\) /s, "")
          .split(" ");
        return Number(group) === leader && state !== "Z";
      } catch {
        return false;
      }
    });

const settled = async (leader: number): Promise<void> => {
  const deadline = Date.now() + 60_000;
  while (groupLives(leader)) {
    if (Date.now() > deadline) throw new Error("processes of the script are still there after a minute");
    await sleep(10);
  }
};

/** Runs the script, ends it at step `at`, and waits until no process of it is left. */
export const runWithEnding = async (
  host: MadeUpHost,
  script: string,
  command: string,
  { shell, ending, at }: { readonly shell: Shell; readonly ending: Ending; readonly at: Strike },
): Promise<Outcome> => {
  const steps = join(host.root, "..", "steps");
  writeFileSync(steps, "");
  writeFileSync(`${steps}.count`, "0\n");
  const call = host.call(script, command, { shell, prelude: prelude(steps, ending, at) });
  const child = spawn(call.program, call.words, { env: call.env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  if (ending === "connection") {
    child.stdout.destroy();
    child.stderr.destroy();
  } else {
    child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  }
  child.stdin.on("error", () => undefined);
  child.stdin.end(call.input);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? undefined));
  });
  await settled(child.pid ?? 0);
  const noted = readFileSync(steps, "utf8").split("\n").slice(0, -1);
  return { status, ...output, steps: noted.map((line) => line.replaceAll(host.root, "")) };
};

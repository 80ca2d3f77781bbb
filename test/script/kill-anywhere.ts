/**
 * Ends a run of the host script at every step that changes something: the connection (hang-up and closed pipes), the
 * shell (SIGKILL, its watchdog lives), shell and watchdog together, the same with a boot after it (the machine), or a
 * step that hangs until the run's own time limit.
 */
import { spawn } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SimulatedHost, Shell } from "./simulated-host";

export type Ending = "connection" | "shell" | "group" | "machine" | "hang";

/** Number of the step, `every` step, or 0 for none. */
export type Strike = number | "every";

/**
 * Programs by which the script changes anything that counts; a file is written beside its place and then moved. Live
 * values are written by `echo` of a single number while a transaction runs.
 */
const changers = ["mv", "cp", "rm", "ln", "modprobe"];

/** The whole process group: shell, watchdog and children. */
const killGroup = "kill -9 0";

const strike: Readonly<Record<Ending, string>> = {
  connection: "kill -HUP 0",
  shell: "kill -9 $$",
  group: killGroup,
  machine: killGroup,
  // A child that ends only with its shell, or when the watchdog kills it; then the step has failed.
  hang: "(while kill -0 $$; do command sleep 0.05; done) >/dev/null; return 143",
};

/**
 * Shell functions that count the steps, note them in a file, and strike at one of them.
 * @param steps the file, which is there, with `0` in the file of the same name with `.count` behind it
 * @param record the record of the host's transaction, which is there while live values are written
 */
export const strikeAt = (steps: string, record: string, struck: string, at: Strike): string =>
  [
    `injected() { command echo "$*" >>${steps}; read -r injected_count <${steps}.count; injected_count=$((injected_count+1)); command echo $injected_count >${steps}.count; case ${at} in $injected_count | every) ${struck};; esac; }`,
    ...changers.map((name) => {
      const run = name === "modprobe" ? "injected_modprobe" : `command ${name}`;
      return `${name}() { injected ${name} "$@" && ${run} "$@"; }`;
    }),
    `echo() { case "$*" in "" | *[!0-9]*) ;; *) [ ! -e ${record} ] || injected "write $1" || return;; esac; command echo "$@"; }`,
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

/** Waits until no process of the group is left. */
export const settled = async (leader: number): Promise<void> => {
  const deadline = Date.now() + 60_000;
  while (groupLives(leader)) {
    if (Date.now() > deadline) throw new Error("processes of the script are still there after a minute");
    await sleep(10);
  }
};

/** How a run is disturbed. */
export interface Disturbance {
  readonly shell: Shell;
  readonly ending: Ending;
  readonly at: Strike;
  /** Shell text before the script, for faults of the host. */
  readonly prelude?: string;
  /** Runs as a user to whom files can be denied. */
  readonly deniable?: boolean;
}

/** Runs the script, ends it at step `at`, and waits until no process of it is left. */
export const runWithEnding = async (
  host: SimulatedHost,
  script: string,
  command: string,
  { shell, ending, at, deniable, prelude: faults = "" }: Disturbance,
): Promise<Outcome> => {
  // A name of its own for each run, because two may run at once.
  const steps = join(host.root, "..", `steps-${nextNumber()}`);
  for (const [name, text] of Object.entries({ [steps]: "", [`${steps}.count`]: "0\n" })) {
    writeFileSync(name, text);
    chmodSync(name, 0o666);
  }
  const record = join(host.root, "var/lib/pulumi-conntrack/transaction/values");
  const call = host.call(script, command, {
    shell,
    deniable,
    prelude: strikeAt(steps, record, strike[ending], at) + faults,
  });
  const { program, words, input, ...how } = call;
  const child = spawn(program, words, { ...how, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  if (ending === "connection") {
    child.stdout.destroy();
    child.stderr.destroy();
  } else {
    child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  }
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? undefined));
  });
  await settled(child.pid ?? 0);
  const noted = readFileSync(steps, "utf8").split("\n").slice(0, -1);
  return { status, ...output, steps: noted.map((line) => line.replaceAll(host.root, "")) };
};

let runs = 0;
const nextNumber = (): number => ++runs;

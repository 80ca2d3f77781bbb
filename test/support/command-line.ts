/** Runs the command line in a test and listens to it. */
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { runCommandLine } from "../../src/cli/command-line";
import type { Terminal } from "../../src/cli/subcommand";

/** A run that may still be under way. */
export interface CommandRun {
  readonly out: string;
  readonly err: string;
  readonly code: Promise<number>;
  /** Presses Ctrl-C. */
  readonly interrupt: () => void;
}

export const startCommand = (words: readonly string[], terminal: Partial<Terminal> = {}): CommandRun => {
  const said = { out: "", err: "" };
  const acts: (() => void)[] = [];
  const code = runCommandLine(words, {
    out: (text) => (said.out += text),
    err: (text) => (said.err += text),
    stdin: Readable.from([""]),
    onInterrupt: (act) => acts.push(act),
    ...terminal,
  });
  return {
    get out() {
      return said.out;
    },
    get err() {
      return said.err;
    },
    code,
    interrupt: () => acts.splice(0).forEach((act) => act()),
  };
};

/** A run from beginning to end. */
export const runCommand = async (...words: readonly string[]) => {
  const run = startCommand(words);
  const code = await run.code;
  return { code, out: run.out, err: run.err, json: () => JSON.parse(run.out) as Record<string, unknown> };
};

const pollMs = 5;

/** Waits until it holds, far longer than it takes. */
export const until = async (holds: () => boolean): Promise<void> => {
  const deadline = Date.now() + 60_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error("this never came to hold");
    await pause(pollMs);
  }
};

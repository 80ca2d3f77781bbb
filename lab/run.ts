/** Running programs from the lab: output collected, lines handed on as they come. */
import { spawn } from "node:child_process";

/** Takes one line of progress for the person who watches. */
export type Say = (line: string) => void;

/** Writes a line of progress to standard output. */
export const sayAloud: Say = (line) => void process.stdout.write(`${line}\n`);

/** What a finished program left behind. */
export interface Finished {
  /** Exit code; 127 where the program could not be started, 128 + n after signal n. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a program. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Receives every complete line of both streams. */
  readonly onLine?: Say;
  /** Receives every complete line of standard error, instead of `onLine`. */
  readonly onErrorLine?: Say;
  /** Ends the program (SIGKILL) after this time; never by default. */
  readonly timeoutMs?: number;
}

/** Hands on complete lines of a stream, and the rest at its end. */
const lines = (onLine: Say): { take: (text: string) => void; end: () => void } => {
  let rest = "";
  return {
    take: (text) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      parts.forEach(onLine);
    },
    end: () => {
      if (rest !== "") onLine(rest);
    },
  };
};

/**
 * Runs a program to its end without standard input; never rejects. Node gives the child default signal handlers, so
 * that a `pulumi` started from a background job does not wait five seconds for plugins that ignore SIGINT.
 */
export const run = (command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> =>
  new Promise((resolve) => {
    const { onLine = () => undefined, onErrorLine = onLine, timeoutMs, ...spawnOptions } = options;
    const child = spawn(command, args, {
      ...spawnOptions,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      const forward = lines(stream === "stdout" ? onLine : onErrorLine);
      child[stream].setEncoding("utf8");
      child[stream].on("data", (text: string) => {
        output[stream] += text;
        forward.take(text);
      });
      child[stream].on("end", () => forward.end());
    }
    // Its own children may hold the streams open; after the time limit nobody waits for them.
    child.on("exit", () => {
      if (child.killed) for (const stream of [child.stdout, child.stderr]) stream.destroy();
    });
    child.on("error", (error) => resolve({ code: 127, stdout: output.stdout, stderr: error.message }));
    child.on("close", (code) => resolve({ code: code ?? 137, ...output }));
  });

#!/usr/bin/env node
import { createInterface } from "node:readline";
import { runCommandLine } from "./command-line";
import { ExitCode } from "./subcommand";

/** What is to be done at Ctrl-C by a command that ends by it only. */
const interruptActs: (() => void)[] = [];
let isInterrupted = false;
const interrupt = (): void => {
  isInterrupted = interruptActs.length > 0;
  interruptActs.splice(0).forEach((act) => act());
};

/** A reader that has seen enough (`| head`) closes the pipe: nothing more is read or written, and nothing has failed. */
const onWriteError = (error: NodeJS.ErrnoException): void => {
  if (error.code === "EPIPE") {
    process.stdin.destroy();
    interrupt();
    return;
  }
  process.stderr.write(`The output cannot be written: ${error.message}\n`);
  process.exit(ExitCode.Internal);
};
process.stdout.on("error", onWriteError);
process.stderr.on("error", onWriteError);

/** True for y and yes; Ctrl-C and an input that ends are a no. */
const confirm = (question: string): Promise<boolean> =>
  new Promise((resolve) => {
    let isAnswered = false;
    const reader = createInterface({ input: process.stdin, output: process.stderr });
    reader.on("SIGINT", () => reader.close());
    reader.on("close", () => {
      if (!isAnswered) process.stderr.write("\n");
      resolve(false);
    });
    reader.question(`${question} [y/N] `, (answer) => {
      isAnswered = true;
      resolve(/^y(es)?$/i.test(answer.trim()));
      reader.close();
    });
  });

void runCommandLine(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  stdin: process.stdin,
  isInteractive: process.stderr.isTTY,
  columns: process.stdout.columns,
  ...(process.stdin.isTTY ? { confirm } : {}),
  onInterrupt: (act) => {
    interruptActs.push(act);
    process.once("SIGINT", interrupt);
  },
}).then((code) => {
  process.exitCode = code;
  // Connections of the reading that was interrupted would keep the process for as long as their hosts take.
  if (isInterrupted) process.exit();
});

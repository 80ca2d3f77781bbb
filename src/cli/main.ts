#!/usr/bin/env node
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

void runCommandLine(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  stdin: process.stdin,
  isInteractive: process.stderr.isTTY,
  columns: process.stdout.columns,
  onInterrupt: (act) => {
    interruptActs.push(act);
    process.once("SIGINT", interrupt);
  },
}).then((code) => {
  process.exitCode = code;
  // Connections of the reading that was interrupted would keep the process for as long as their hosts take.
  if (isInterrupted) process.exit();
});

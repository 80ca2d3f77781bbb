#!/usr/bin/env node
import { runCommandLine } from "./command-line";

void runCommandLine(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  stdin: process.stdin,
  isInteractive: process.stderr.isTTY,
  columns: process.stdout.columns,
}).then((code) => {
  process.exitCode = code;
});

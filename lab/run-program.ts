import { execFile } from "node:child_process";
import type { ExecFileOptions } from "node:child_process";

/**
 * Runs a program to its end and gives its standard output.
 * @throws Error that shows the command and the end of what it printed, or that the program is missing
 */
export const runProgram = (program: string, args: readonly string[], options: ExecFileOptions = {}): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { maxBuffer: 256 * 1024 * 1024, ...options, encoding: "buffer" },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve(stdout);
          return;
        }
        const printed = `${stdout.toString()}${stderr.toString()}`.trim().split("\n").slice(-15).join("\n");
        reject(new Error(`${[program, ...args].join(" ")}: ${printed === "" ? error.message : printed}`));
      },
    );
  });

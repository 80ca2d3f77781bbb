/** Files that a command writes beside its answer. */
import { accessSync, constants, existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ProblemsError } from "../validation/problems";

const orProblem = (flag: string, file: string, act: () => void): void => {
  try {
    act();
  } catch (error) {
    throw new ProblemsError("The file cannot be written.", [
      {
        path: flag,
        value: file,
        limit: `cannot be written: ${error instanceof Error ? error.message : String(error)}`,
        source: "the command line",
        remedy: "Name a file in a folder that is there and may be written.",
      },
    ]);
  }
};

/**
 * Finds out before the work whether its result can be kept.
 * @throws ProblemsError that names the flag and its file
 */
export const expectWritable = (flag: string, file: string): void => {
  orProblem(flag, file, () => {
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK);
  });
};

/** @throws ProblemsError that names the flag and its file */
export const writeOutput = (flag: string, file: string, text: string): void => {
  orProblem(flag, file, () => {
    writeFileSync(file, text);
  });
};

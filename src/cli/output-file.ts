/** Files that a command writes beside its answer. */
import { accessSync, constants, existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ProblemsError, type Problem } from "../validation/problems";
import { commandLineSource } from "./number-flag";

const problemOf = (flag: string, file: string, act: () => void): readonly Problem[] => {
  try {
    act();
    return [];
  } catch (error) {
    const limit = `cannot be written: ${error instanceof Error ? error.message : String(error)}`;
    const remedy = "Name a file in a folder that is there and may be written.";
    return [{ path: flag, value: file, limit, source: commandLineSource, remedy }];
  }
};

const orThrow = (problems: readonly Problem[]): void => {
  if (problems.length > 0) throw new ProblemsError("The file cannot be written.", problems);
};

/** Finds out before the work whether its result can be kept; names the flag and its file where it cannot. */
export const writableProblems = (flag: string, file: string): readonly Problem[] =>
  problemOf(flag, file, () => accessSync(existsSync(file) ? file : dirname(file), constants.W_OK));

/**
 * The same for a command that has no other mistakes to report.
 * @throws ProblemsError
 */
export const expectWritable = (flag: string, file: string): void => orThrow(writableProblems(flag, file));

/** @throws ProblemsError that names the flag and its file */
export const writeOutput = (flag: string, file: string, text: string): void =>
  orThrow(problemOf(flag, file, () => writeFileSync(file, text)));

import fs from "node:fs";
import path from "node:path";

/** Full path of an executable on this process's PATH, or undefined. */
export const findOnPath = (program: string): string | undefined =>
  (process.env.PATH ?? "")
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, program))
    .find((file) => {
      try {
        fs.accessSync(file, fs.constants.X_OK);
        return fs.statSync(file).isFile();
      } catch {
        return false; // not there, or not executable
      }
    });

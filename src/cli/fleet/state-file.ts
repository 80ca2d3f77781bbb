/** The file in which a rollout keeps what it has done: read with care, and written whole or not at all. */
import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from "node:fs";
import { dirname } from "node:path";
import type { Problem } from "../../validation/problems";
import { invalid, valid, type Checked } from "../../validation/validation";
import { errorMessage } from "./system-error";

/** Only its owner reads and writes it. */
const ownersMode = 0o600;
const othersMayWrite = 0o022;

/** Far more than the hosts of one inventory take. */
const maximumBytes = 256 * 1024 * 1024;

/** What a rollout keeps lies beside the inventory, with this behind its name. */
export const stateEnding = ".rollout.json";

export const stateSource = "docs/rollout.md";

const cannot = (path: string, limit: string, remedy: string): Checked<never> =>
  invalid([{ path: "--state", value: path, limit, source: stateSource, remedy } satisfies Problem]);

/** The text of the file; undefined where there is none. */
export const readStateFile = (path: string): Checked<string | undefined> => {
  let found: Stats | undefined;
  try {
    found = lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return cannot(path, `cannot be read: ${errorMessage(error)}`, "Make it readable, or name another file.");
  }
  if (found === undefined) return valid(undefined);
  if (!found.isFile()) return cannot(path, "is no file of its own", "Name the file itself, not a link or a folder.");
  if ((found.mode & othersMayWrite) !== 0)
    return cannot(
      path,
      "may be written by others, and it decides what is done on hosts",
      `Look at what it holds, then run \`chmod 600\` on it.`,
    );
  if (found.size > maximumBytes)
    return cannot(path, `has ${found.size} bytes, more than any state of a rollout`, "Name the right file.");
  try {
    return valid(readFileSync(path, "utf8"));
  } catch (error) {
    return cannot(path, `cannot be read: ${errorMessage(error)}`, "Make it readable, or name another file.");
  }
};

const syncFolder = (folder: string): void => {
  const handle = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/**
 * Puts the text in the place of the old one: whoever reads it, also after a power cut, finds one of the two whole.
 * @throws Error of the file system
 */
export const writeStateFile = (path: string, text: string): void => {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  // Never through a link that somebody laid there.
  const handle = openSync(fresh, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, ownersMode);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(fresh, path);
  syncFolder(dirname(path));
};

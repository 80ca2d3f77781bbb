import { homedir } from "node:os";
import { join } from "node:path";

/** A folder for what is fetched or built once for each machine, outside the repository; it can be deleted at any time. */
export const cacheFolder = (...parts: readonly string[]): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-conntrack", ...parts);

/** This package, found from a file of its own. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The nearest folder above with a package.json: the same from sources and from dist/. */
export const packageFolder = (): string => {
  for (let folder = __dirname; ; folder = dirname(folder))
    if (existsSync(join(folder, "package.json")) || folder === dirname(folder)) return folder;
};

/** The version that package.json says. */
export const packageVersion = (): string => {
  const { version } = JSON.parse(readFileSync(join(packageFolder(), "package.json"), "utf8")) as {
    readonly version: string;
  };
  return version;
};

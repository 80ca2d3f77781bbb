/** The documents that people read, as text. docs/faults.md has a test of its own. */
import fs from "node:fs";
import path from "node:path";

export const root = path.resolve(__dirname, "../../..");

export const textOf = (file: string): string => fs.readFileSync(path.join(root, file), "utf8");

/** README, CONTRIBUTING and the folder docs, by path below the root. */
export const guides: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  ...fs
    .readdirSync(path.join(root, "docs"))
    .filter((name) => name !== "faults.md")
    .map((name) => `docs/${name}`),
];

/**
 * Makes src/delivery/script/host-script.sh, the text that hosts run, of its sources: `npx ts-node lab/ship-script.ts`.
 * What ships is the sources less their comment lines. Every change of it runs on every host, so that a text which was
 * released gets a new version in versions.json.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

const folder = path.resolve(__dirname, "../src/delivery/script");

/** The sources in the order in which they stand in the script. */
export const scriptSources: readonly string[] = [
  "surroundings",
  "words",
  "processes",
  "module",
  "files",
  "records",
  "lock",
  "transaction",
  "guards",
  "answer",
  "modes",
].map((name) => path.join(folder, "source", `${name}.sh`));

/** The sources less their comment lines. */
export const shippedText = (): string =>
  scriptSources
    .map((file) => fs.readFileSync(file, "utf8"))
    .join("\n")
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replace(/\n{2,}/g, "\n\n")
    .trimStart();

/** Where the text, and the list of its versions, stand. */
export const shippedFile = path.join(folder, "host-script.sh");
export const versionsFile = path.join(folder, "versions.json");

interface Version {
  readonly version: number;
  readonly release: string;
  readonly sha256: string;
}

if (require.main === module) {
  const text = shippedText();
  fs.writeFileSync(shippedFile, text);
  const versions = JSON.parse(fs.readFileSync(versionsFile, "utf8")) as Version[];
  const newest = versions.at(-1);
  const sha256 = createHash("sha256").update(text).digest("hex");
  const others = newest?.release === "unreleased" ? versions.slice(0, -1) : versions;
  const version = (others.at(-1)?.version ?? 0) + 1;
  const next = others.at(-1)?.sha256 === sha256 ? others : [...others, { version, release: "unreleased", sha256 }];
  fs.writeFileSync(versionsFile, `${JSON.stringify(next, null, 2)}\n`);
  process.stdout.write(`version ${version}, ${Buffer.byteLength(text)} bytes, SHA-256 ${sha256}\n`);
}

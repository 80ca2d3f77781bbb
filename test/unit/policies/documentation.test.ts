import fs from "node:fs";
import path from "node:path";
import { documentsWithTables, presetFiles, presetFolder } from "../../../lab/policy-docs";
import { rules } from "../../../policies/catalogue";

test("README.md and docs/policies.md hold the rules, their configuration and the presets as the code has them", () => {
  // `npx ts-node lab/policy-docs.ts` writes them anew.
  for (const [file, text] of Object.entries(documentsWithTables())) {
    const document = fs.readFileSync(file, "utf8");
    expect(document).toBe(text);
    for (const { name, sentence } of rules) expect(document).toContain(`| \`${name}\` | ${sentence} |`);
  }
});

const jsonFiles = (folder: string): string[] => fs.readdirSync(folder).filter((name) => name.endsWith(".json"));

test("policies/presets holds each preset as a configuration file, and nothing else", () => {
  const present = Object.fromEntries(
    jsonFiles(presetFolder).map((name) => [name, fs.readFileSync(path.join(presetFolder, name), "utf8")]),
  );
  expect(present).toEqual(presetFiles());
});

test("Every rule stands in a file of its own name, and every such file in the catalogue", () => {
  const files = fs
    .readdirSync(path.resolve(__dirname, "../../../policies/rules"))
    .map((name) => name.replace(".ts", ""));
  expect(files.sort()).toEqual(rules.map(({ name }) => name).sort());
});

test("The pack's version is the package's version", () => {
  const root = path.resolve(__dirname, "../../..");
  const versionIn = (file: string) =>
    (JSON.parse(fs.readFileSync(path.join(root, file), "utf8")) as { version: string }).version;
  const manifest = fs.readFileSync(path.join(root, "policies/PulumiPolicy.yaml"), "utf8");
  expect(versionIn("policies/package.json")).toBe(versionIn("package.json"));
  expect(manifest).toContain(`version: ${versionIn("package.json")}\n`);
});

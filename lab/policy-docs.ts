/** Writes what README.md, docs/policies.md and policies/presets/ say of the rules: `npx ts-node lab/policy-docs.ts`. */
import fs from "node:fs";
import path from "node:path";
import * as z from "zod";
import { rules } from "../policies/catalogue";
import { presets } from "../policies/presets/presets";
import { Place, reasonNotJudged, type Rule } from "../policies/rule";

const root = path.resolve(__dirname, "..");
export const presetFolder = path.join(root, "policies/presets");

interface SchemaProperty {
  readonly description?: string;
  readonly default?: unknown;
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;

const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(headings), row(headings.map(() => "---")), ...rows.map(row)].join("\n");

const places = (rule: Rule): string =>
  Object.values(Place)
    .filter((place) => reasonNotJudged(rule, place) === undefined)
    .join(", ");

const propertiesOf = (rule: Rule): readonly (readonly [string, SchemaProperty])[] =>
  Object.entries(
    (z.toJSONSchema(rule.configuration, { io: "input" }).properties ?? {}) as Record<string, SchemaProperty>,
  );

const ruleTable = (): string =>
  table(
    ["rule", "holds to", "level", "severity", "judged in", "source"],
    rules.map((rule) => [`\`${rule.name}\``, rule.sentence, rule.level, rule.severity, places(rule), rule.source]),
  );

const configurationTable = (): string =>
  table(
    ["rule", "key", "default", "meaning"],
    rules.flatMap((rule) =>
      propertiesOf(rule).map(([key, property]) => [
        `\`${rule.name}\``,
        `\`${key}\``,
        property.default === undefined ? "none" : `\`${JSON.stringify(property.default)}\``,
        property.description ?? "",
      ]),
    ),
  );

const presetTable = (): string =>
  table(
    ["preset", "what", "source"],
    presets.map(({ name, title, source }) => [`\`${name}\``, title, source]),
  );

const summaryTable = (): string =>
  table(
    ["rule", "holds to", "level"],
    rules.map((rule) => [`\`${rule.name}\``, rule.sentence, rule.level]),
  );

/** The documents with the tables that each must hold, between `<!-- name -->` and `<!-- end of name -->`. */
const documents: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  "docs/policies.md": { rules: ruleTable, configuration: configurationTable, presets: presetTable },
  "README.md": { rules: summaryTable },
};

const withTables = (name: string, tables: Readonly<Record<string, () => string>>): string =>
  Object.entries(tables).reduce(
    (text, [title, render]) => {
      const [begin, end] = [`<!-- ${title} -->\n`, `\n<!-- end of ${title} -->`];
      const [from, to] = [text.indexOf(begin), text.indexOf(end)];
      if (from < 0 || to < from) throw new Error(`${name} has no place for the table of ${title}.`);
      return `${text.slice(0, from)}${begin}\n${render()}\n${text.slice(to)}`;
    },
    fs.readFileSync(path.join(root, name), "utf8"),
  );

/** Each document by its path, with its tables written anew. */
export const documentsWithTables = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(documents).map(([name, tables]) => [path.join(root, name), withTables(name, tables)]),
  );

/** Each preset as a file for `--policy-pack-config`, by file name. */
export const presetFiles = (): Readonly<Record<string, string>> =>
  Object.fromEntries(presets.map((preset) => [`${preset.name}.json`, `${JSON.stringify(preset.rules, null, 2)}\n`]));

if (require.main === module) {
  for (const [file, text] of Object.entries(documentsWithTables())) fs.writeFileSync(file, text);
  fs.mkdirSync(presetFolder, { recursive: true });
  for (const [name, text] of Object.entries(presetFiles())) fs.writeFileSync(path.join(presetFolder, name), text);
}

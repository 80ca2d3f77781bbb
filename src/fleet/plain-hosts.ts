/**
 * The hosts of an inventory as most are written: names, objects below them, and values on one line. A parser of all of
 * YAML takes 0.25 s for a thousand hosts. Whatever is not certain here is left to it: every function answers undefined
 * then, and so are mistakes, which it names with line and column.
 */
import type { Fields } from "../validation/fields";

/** Words that YAML 1.2 does not read as text. */
const noText = /^(?:null|Null|NULL|true|True|TRUE|false|False|FALSE)$/;
const quoted = /^(?:"([^"\\]*)"|'([^']*)')$/;
const wholeNumber = /^(?:0|-?[1-9]\d{0,14})$/;
/** Begins with a letter, or with two numbers and dots, as an address or a version does; no text is a number then. */
const plainText = /^(?:[A-Za-z_]|\d+\.\d+\.\w)[\w./+=@-]*(?: [\w./+=@-]+)*$/;
const keyAndValue = /^( *)("[^"\\]*"|[A-Za-z_][\w.-]*|\d+\.\d+\.\w[\w.-]*):(?: +(\S.*))?$/;
/** Tabs, returns, and all that is not printed: an ordinary inventory has none of them. */
const unusual = /[^\n -~]/;

const scalarOf = (text: string): unknown => {
  if (text === "true" || text === "false") return text === "true";
  if (wholeNumber.test(text)) return Number(text);
  const [inQuotes, double, single] = quoted.exec(text) ?? [];
  if (inQuotes !== undefined) return double ?? single;
  return plainText.test(text) && !noText.test(text) ? text : undefined;
};

interface Level {
  readonly indent: number;
  readonly fields: Map<string, unknown>;
}

const objectOf = (fields: ReadonlyMap<string, unknown>): Fields =>
  Object.fromEntries([...fields].map(([key, value]) => [key, value instanceof Map ? objectOf(value) : value]));

/** Objects in objects, down to values on one line. */
const plainObject = (lines: readonly string[]): Fields | undefined => {
  const root = new Map<string, unknown>();
  const levels: Level[] = [];
  /** An object of which the first line is still to come. */
  let opened: Map<string, unknown> | undefined = root;
  for (const line of lines) {
    if (/^ *(?:#|$)/.test(line)) continue;
    const [matched, spaces = "", key = "", text] = keyAndValue.exec(line.trimEnd()) ?? [];
    if (matched === undefined || noText.test(key)) return undefined;
    const indent = spaces.length;
    if (opened !== undefined) {
      // A key without a value is null, which only the whole parser says.
      if (indent <= (levels.at(-1)?.indent ?? 0)) return undefined;
      levels.push({ indent, fields: opened });
      opened = undefined;
    }
    while ((levels.at(-1)?.indent ?? 0) > indent) levels.pop();
    const level = levels.at(-1);
    const name = key.startsWith('"') ? key.slice(1, -1) : key;
    if (level?.indent !== indent || level.fields.has(name)) return undefined;
    const value = text === undefined ? (opened = new Map<string, unknown>()) : scalarOf(text);
    if (value === undefined) return undefined;
    level.fields.set(name, value);
  }
  return opened === undefined ? objectOf(root) : undefined;
};

export interface SplitInventory {
  readonly hosts: Fields;
  /** The text without its hosts. */
  readonly rest: string;
  /** Keys that the rest has. */
  readonly restKeys: number;
}

/** Takes the hosts out of an inventory whose keys each begin a line; undefined where they are not plain. */
export const splitPlainHosts = (text: string): SplitInventory | undefined => {
  const lines = text.split("\n");
  const start = lines.indexOf("hosts:");
  if (start < 0) return undefined;
  const length = lines.slice(start + 1).findIndex((line) => /^[^ #]/.test(line));
  const end = length < 0 ? lines.length : start + 1 + length;
  const block = lines.slice(start + 1, end);
  if (block.some((line) => unusual.test(line))) return undefined;
  const hosts = plainObject(block);
  if (hosts === undefined) return undefined;
  const before = lines.slice(0, start);
  const after = lines.slice(end);
  // What stands before the first key may be one more level around all.
  if (before.find((line) => /^ *[^ #]/.test(line))?.startsWith(" ")) return undefined;
  const heads = [...before, ...after].filter((line) => /^[^ #]/.test(line));
  if (!heads.every((line) => /^[a-z]+:(?: |$)/.test(line))) return undefined;
  // To the byte as they were: a text that goes over several lines keeps the end of its last one.
  const rest = before.map((line) => `${line}\n`).join("") + after.join("\n");
  return { hosts, rest, restKeys: heads.length };
};

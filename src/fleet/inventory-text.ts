/**
 * The text of an inventory as a document. What the parser says of a mistake may quote the text, and an inventory may
 * hold secrets; so a mistake is reported in words of our own, with line and column.
 */
import { isScalar, LineCounter, parseDocument, visit, type Document, type ErrorCode } from "yaml";
import { isFields, type Fields } from "../validation/fields";
import { invalid, valid, type Checked } from "../validation/validation";
import { splitPlainHosts } from "./plain-hosts";

const mistakes: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: "has an alias with an anchor or a tag of its own",
  BAD_ALIAS: "has an anchor or an alias whose name cannot be read",
  BAD_COLLECTION_TYPE: "has a tag that does not fit its list or object",
  BAD_DIRECTIVE: "has a directive that nobody knows",
  BAD_DQ_ESCAPE: "has a backslash in double quotes before a character that it does not escape",
  BAD_INDENT: "is not indented rightly",
  BAD_PROP_ORDER: "has an anchor or a tag where none may stand",
  BAD_SCALAR_START: "has a text without quotes that begins with a reserved character",
  BLOCK_AS_IMPLICIT_KEY: "has a list or an object on the line of a key",
  BLOCK_IN_FLOW: "has a list or an object without brackets inside brackets",
  DUPLICATE_KEY: "has a key twice, and keys must be unique",
  IMPOSSIBLE: "is no YAML",
  KEY_OVER_1024_CHARS: "has a key of more than 1024 characters",
  MISSING_CHAR: "lacks a quote, a bracket, a comma, a colon or a space",
  MULTILINE_IMPLICIT_KEY: "has a key that goes over several lines",
  MULTIPLE_ANCHORS: "has a value with several anchors",
  MULTIPLE_DOCS: "holds several documents, and only one is read",
  MULTIPLE_TAGS: "has a value with several tags",
  NON_STRING_KEY: "has a key that is no text",
  RESOURCE_EXHAUSTION: "has more levels than anyone reads",
  TAB_AS_INDENT: "is indented with tabs instead of spaces",
  TAG_RESOLVE_FAILED: "has a tag that does not fit its value",
  UNEXPECTED_TOKEN: "has something that does not belong there",
};

/** Where the first alias stands that names no anchor before it. */
const offsetOfLooseAlias = (document: Document): number | undefined => {
  const anchors = new Set<string>();
  let offset: number | undefined;
  visit(document, {
    Value: (_key, { anchor }) => {
      if (anchor !== undefined) anchors.add(anchor);
    },
    Alias: (_key, { source, range }) => {
      if (anchors.has(source)) return undefined;
      offset = range?.[0];
      return visit.BREAK;
    },
  });
  return offset;
};

/**
 * Where the first key stands that its object has already. The parser would compare each key with all before it, which
 * takes minutes where an object holds a hundred thousand hosts.
 */
const offsetOfRepeatedKey = (document: Document): number | undefined => {
  const offsets: number[] = [];
  visit(document, {
    Map: (_key, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) offsets.push(key.range?.[0] ?? 0);
        seen.add(key.value);
      }
    },
  });
  return offsets.length === 0 ? undefined : offsets.reduce((first, offset) => Math.min(first, offset));
};

const parseYaml = (text: string, path: string): Checked<unknown> => {
  const lines = new LineCounter();
  const failed = (mistake: string, offset?: number): Checked<never> => {
    const { line, col } = lines.linePos(offset ?? 0);
    const place = offset === undefined ? "" : ` at line ${line}, column ${col}`;
    const remedy = "Correct the file at this place.";
    return invalid([{ path, limit: `${mistake}${place}`, source: "YAML 1.2", remedy }]);
  };
  // Its warnings would go to standard error as Node's own; whatever is wrong with a value is said by its path.
  const document = parseDocument(text, { merge: true, logLevel: "error", lineCounter: lines, uniqueKeys: false });
  const [error] = document.errors;
  if (error !== undefined) return failed(mistakes[error.code], error.pos[0]);
  const repeated = offsetOfRepeatedKey(document);
  if (repeated !== undefined) return failed(mistakes.DUPLICATE_KEY, repeated);
  try {
    const value = document.toJS() as unknown;
    // A document that holds itself has no end; nor has what is too deep for any reader.
    JSON.stringify(value);
    return valid(value);
  } catch {
    const offset = offsetOfLooseAlias(document);
    return offset === undefined
      ? failed("holds itself by an anchor, multiplies or nests without measure")
      : failed("names an anchor that is not there", offset);
  }
};

/** The document where its hosts are plain and nothing in it is wrong. */
const parsePlain = (text: string): Fields | undefined => {
  const split = splitPlainHosts(text);
  if (split === undefined) return undefined;
  const rest = split.restKeys === 0 ? valid({}) : parseYaml(split.rest, "");
  // Fewer keys than lines that begin one: such a line is within a text, and the hosts may be too.
  if (!rest.ok || !isFields(rest.value) || Object.keys(rest.value).length !== split.restKeys) return undefined;
  return Object.hasOwn(rest.value, "hosts") ? undefined : { ...rest.value, hosts: split.hosts };
};

/**
 * Parses an inventory file; a mistake in its YAML is a problem with line and column and without any text of the file.
 * Anchors may be used, but not so that a document holds itself or grows without measure.
 */
export const parseInventoryText = (text: string, path: string): Checked<unknown> => {
  const plain = parsePlain(text);
  return plain === undefined ? parseYaml(text, path) : valid(plain);
};

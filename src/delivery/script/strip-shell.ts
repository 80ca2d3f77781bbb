/**
 * Makes a shell script fit for shipping. Comments, indentation and empty lines go, and names that begin with an
 * underscore become short; nothing else changes.
 *
 * Our sources keep to these rules: only whole lines are comments; no line inside quotes begins with a blank or with
 * `#`; a word that begins with an underscore, and does not follow a brace, a dot or a question mark, is a name of a function or a variable.
 */
const ownName = /(?<![\w}.?])_[a-z]\w*/g;

const letters = Array.from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
const shortNames = [...letters, ...letters.map((letter) => `_${letter}`)];

/** Every name by frequency, the most frequent first; equal ones in the order of the source. */
const byFrequency = (names: readonly string[]): string[] => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one).map(([name]) => name);
};

/** Functions and variables are different worlds, so both get the shortest names. */
const shortenNames = (text: string): string => {
  const functions = new Set([...text.matchAll(/^(_\w+)\(\)/gm)].map(([, name]) => name));
  const names = byFrequency(text.match(ownName) ?? []);
  const taken = new Set([...text.matchAll(/\$\{?(\w+)|(\w+)(?==)/g)].map(([, read, set]) => read ?? set));
  const free = shortNames.filter((name) => !taken.has(name));
  const short = new Map<string, string>();
  for (const kind of [names.filter((name) => functions.has(name)), names.filter((name) => !functions.has(name))])
    kind.forEach((name, index) => short.set(name, free[index] ?? name));
  return text.replace(ownName, (name) => short.get(name) ?? name);
};

/** Blanks around `&&`, `||`, `|`, `;` and `;;` go where no quote is open, and those before `<` and `>`. */
const tightenOperators = (line: string): string => {
  let quote = "";
  let tight = "";
  for (let index = 0; index < line.length; index++) {
    const character = line.charAt(index);
    if (character === "\\" && quote !== "'") {
      tight += line.slice(index, ++index + 1);
      continue;
    }
    if (quote === "" && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = "";
    const operator = quote === "" ? /^(?: (&&|\|\|?) | ?(;;?)(?: |$)| ([<>]))/.exec(line.slice(index)) : null;
    if (operator === null) tight += character;
    else {
      tight += operator[1] ?? operator[2] ?? operator[3] ?? "";
      index += operator[0].length - 1;
    }
  }
  return tight;
};

/** `name() {`, which needs no blank. */
const functionHead = /^(\w+\(\)) \{$/;

/** `PATTERN) ` of a case, at the start of a line or behind `in`: it needs no blank either. */
const casePattern = /((?:^| in )[^\s()]+\)) /;

/** The last `;;` before `esac`, which may be left out. */
const lastSemicolons = /\n?;;(?=\nesac)|;(?=;esac)/g;

/** @param source one script, or several that belong together, one after the other */
export const stripShell = (source: string): string =>
  shortenNames(
    source
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => `${tightenOperators(line).replace(functionHead, "$1{").replace(casePattern, "$1")}\n`)
      .join("")
      .replace(lastSemicolons, ""),
  );

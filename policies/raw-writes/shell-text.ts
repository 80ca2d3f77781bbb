/**
 * Cuts the text of a script or a settings file into the commands that it holds, as far as text alone tells. Every step
 * looks at a letter a bounded number of times: a command may hold a megabyte.
 */

/** Values of variables by name. */
export type Variables = Readonly<Record<string, string>>;

/** Values so long name no setting; they are left where they stand. */
const longestValue = 200;
/** By how much values may lengthen a text: `A=$B$B` and its like would fill the memory. */
const roomForValues = 100_000;

const word = String.raw`[\w.*/:{}$-]{1,${longestValue}}`;
const plainWord = new RegExp(`^${word}$`);
const loop = new RegExp(String.raw`\bfor (\w+) in ["']?(${word})`, "g");
const assignmentOrVariable = new RegExp(
  String.raw`(?<![^\s;&|({"'])(?<assigned>\w+)=(?<quote>["']?)(?<value>${word})\k<quote>(?![^\s;&|)"'])` +
    String.raw`|\$(?:\{(?<braced>\w+)(?::?-(?<otherwise>[^\s{}]{0,${longestValue}}))?\}|(?<bare>\w+))`,
  "g",
);

type Groups = Partial<Record<string, string>>;

/** `replace` with the named groups alone. */
const replaceBy = (text: string, pattern: RegExp, by: (groups: Groups, whole: string) => string): string =>
  text.replace(pattern, (whole: string, ...rest: unknown[]) => by(rest.at(-1) as Groups, whole));

/** `KEY=net.netfilter.nf_conntrack_max; sysctl -w $KEY=1` reads like `sysctl -w net.netfilter...=1`. */
const withVariables = (text: string, given: Variables): string => {
  const values = new Map(Object.entries(given).filter(([, value]) => plainWord.test(value)));
  let room = roomForValues;
  const resolve = (part: string): string =>
    replaceBy(part, assignmentOrVariable, ({ assigned, quote = "", value = "", braced, otherwise, bare }, whole) => {
      if (assigned !== undefined) {
        const resolved = resolve(value);
        if (resolved.length <= longestValue) values.set(assigned, resolved);
        return `${assigned}=${quote}${resolved}${quote}`;
      }
      const known = values.get(braced ?? bare ?? "") ?? otherwise ?? whole;
      room -= known.length;
      return room < 0 ? whole : known;
    });
  const script = text.replace(loop, "$1=$2; $&");
  // The second time, a function knows what is assigned only below it.
  resolve(script);
  room = roomForValues;
  return resolve(script);
};

/** Whoever nests deeper is judged as if the innermost commands stood outside. */
const deepestSubstitution = 5;

/** What backticks, `$(...)` and `<(...)` hold, as texts of their own; a value takes their place. */
const cutSubstitutions = (text: string): readonly string[] => {
  const inner: string[] = [];
  // Without a space it is a string of JavaScript.
  let outer = text.replace(/`([^`]*)`/g, (whole, held: string) => (held.includes(" ") ? `$(${held})` : whole));
  for (let depth = 0; depth < deepestSubstitution; depth += 1) {
    outer = replaceBy(outer, /\$\(\([^()]*\)\)|[$<>]\((?<command>[^()]+)\)/g, ({ command }) => {
      if (command !== undefined) inner.push(command);
      return "$_";
    });
  }
  return [...inner, outer];
};

const quoted = String.raw`'[^'\n]*'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"`;
// An escaped quotation mark opens nothing.
const skipped = String.raw`(?<quoted>${quoted})|\\[^]`;
const operator = String.raw`(?<operator>&&|\|\||[;\n]+|(?<![<>])&(?!>)|(?<!>)\|&?)`;
const quotation = new RegExp(skipped, "g");
const lexeme = new RegExp(String.raw`${skipped}|(?<comment>(?<![^\s;&|(])#[^\n]*)|${operator}`, "g");
const lexemeOfString = new RegExp(`${skipped}|${operator}`, "g");
const cut = "\0";

/** Cuts where one command ends and the next begins, also at pipes; never within quotes. */
const cutAtOperators = (text: string, lexemes: RegExp): readonly string[] =>
  replaceBy(text, lexemes, ({ comment, operator }, whole) => {
    if (comment !== undefined) return "";
    return operator === undefined ? whole : cut;
  }).split(cut);

/** Words before a command: of the shell's grammar, options, assignments, and commands that run another. */
const beforeCommand =
  /^(?:if|elif|while|until|then|do|else|time|sudo|doas|env|command|exec|nice|nohup|xargs|-.+|\w+=.*|.*\)|)$/;
const readers = /^(?:[efz]?grep|rg|z?cat|tac|less|more|head|tail|wc|cut|tr|test|\[{1,2}|[gm]?awk|diff|cmp|ls|stat|jq)$/;
/** Readers that write all the same: into a file of settings, by a program of their own, or in what was not cut out. */
const writesAllTheSame =
  />\|? ?[^\s>]*(?:\/proc\/|\/sys\/|sysctl|modprobe|tmpfiles|rules\.d)|\bsystem ?\(|\binplace\b|\$\(/;
/** Commands whose arguments are programs of another language, in which `;` and `|` mean something else. */
const otherLanguages = /^(?:sed|perl|python[\d.]*|ruby|node)$/;

const commandName = (command: string): string =>
  command
    .split(/[\s({!]+/)
    .find((part) => !beforeCommand.test(part))
    ?.replace(/^.*\//, "") ?? "";

/** Only looking: what follows such a word is a pattern or a file to read. */
const onlyReads = (command: string): boolean =>
  readers.test(commandName(command)) && !writesAllTheSame.test(unquoted(command));

const unquoted = (text: string): string => text.replace(/["'`\\]/g, "");

const withoutQuotation = (command: string): string =>
  replaceBy(command, quotation, ({ quoted }, whole) => quoted?.slice(1, -1) ?? whole);

/** Strings may be scripts: `sh -c "a | b"`, `ssh host 'a; b'`. */
const cutStrings = (command: string): readonly string[] =>
  otherLanguages.test(commandName(command))
    ? [command]
    : cutAtOperators(withoutQuotation(command).replace(/sh -\w{0,9}c /g, `$&${cut}`), lexemeOfString).filter(
        (inner) => !onlyReads(inner),
      );

/** Lines that are comments say nothing to a shell, nor to sysctl; `;;` ends a case. */
const prepared = (text: string): string =>
  text
    .replaceAll(cut, "")
    .replace(/\\\r?\n/g, "")
    .replace(/^[ \t]*(?:#|;(?!;)).*$/gm, "")
    .replace(/[^\S\n]+/g, " ");

/**
 * Each command, or line of settings, that does more than read: variables resolved, quotes and comments removed, words
 * one space apart.
 */
export const commandsOf = (text: string, variables: Variables): readonly string[] =>
  cutSubstitutions(withVariables(prepared(text), variables))
    .flatMap((part) => cutAtOperators(part, lexeme))
    .filter((command) => !onlyReads(command))
    .flatMap(cutStrings)
    .map(unquoted);

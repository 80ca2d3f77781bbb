/**
 * Finds the commands in the text of a script. A parser of shell reads it; what is none, such as a file of settings or a
 * program in another language, is taken line by line.
 */
import { forEachChild, parse, type Command, type ParsedScript, type Redirection, type SyntaxNode } from "unbash";
import { ShellWords, unknownValue, type Variables } from "./shell-words";

/**
 * Some texts, such as one of nothing but `<<A`, take the parser time by the square of their length (44 ms for this
 * length, 230 s for a megabyte), so that it gets longer ones line by line.
 */
const longestScript = 32_000;
/** Each level of scripts within scripts, such as `$(...)` and `sh -c "..."`, is read once more; below, line by line. */
const deepestScript = 12;

/** Words before a command: options, assignments, and commands that run another. */
const beforeCommand = /^(?:sudo|doas|env|command|exec|nice|nohup|xargs|timeout|[\d.]+[smhd]?|-.+|\w+=.*|)$/;
const readers = /^(?:[efz]?grep|rg|z?cat|tac|less|more|head|tail|wc|cut|tr|test|\[|diff|cmp|ls|stat|jq)$/;
const awk = /^[gm]?awk$/;
/** A file in which the output of a reader is a setting. */
const settingsFile = /\/(?:proc|sys)\/|sysctl|modprobe|tmpfiles|rules\.d/;
const awkWrites = new RegExp(String.raw`\bsystem ?\(|\binplace\b|> ?"?[^\s>"]*(?:${settingsFile.source})`);
/** Commands whose arguments are programs of another language, in which `;` and `|` mean something else. */
const otherLanguages = /^(?:sed|perl|python[\d.]*|ruby|node)$/;
/** An argument that may be a script, or lines of settings: `sh -c "a | b"`, `ssh host 'a; b'`, `echo 'a = 1'`. */
const severalWords = /[\s;|&<>]/;

const commandName = (words: readonly string[]): string =>
  words.find((word) => !beforeCommand.test(word))?.replace(/^.*\//, "") ?? "";

/** Only looking: what follows such a word is a pattern or a file to read. */
const onlyReads = (name: string, words: readonly string[], written: readonly string[]): boolean =>
  (readers.test(name) || (awk.test(name) && !words.some((word) => awkWrites.test(word)))) &&
  !written.some((file) => settingsFile.test(file));

const unquoted = (text: string): string => text.replace(/["'`\\]/g, "").replace(/[^\S\n]+/g, " ");

/** Without lines that are comments, which say nothing to a shell, nor to sysctl; `;;` ends a case. */
const linesOf = (text: string): readonly string[] =>
  text
    .replace(/\\\r?\n/g, "")
    .split("\n")
    .filter((line) => !/^\s*(?:#|;(?!;)|$)/.test(line));

/** Walks what the parser made of a text and collects the commands. */
class CommandReader {
  readonly commands: string[] = [];

  constructor(private readonly words: ShellWords) {}

  read(text: string, depth: number): void {
    if (text.length > longestScript || depth > deepestScript) this.readLines(text, depth);
    else
      try {
        this.readScript(parse(text), text, depth);
      } catch (error) {
        // The parser has no bound of its own for everything that nests, such as `coproc coproc coproc`.
        if (!(error instanceof RangeError)) throw error;
        this.readLines(text, depth);
      }
  }

  private readScript(script: ParsedScript, source: string, depth: number): void {
    const text = source.slice(script.pos, script.end);
    const end = script.pos + text.trimEnd().length;
    // An error at the very end tells of something unfinished, such as `if true; then`: all before it was understood.
    if (script.errors?.some(({ pos }) => pos < end)) this.readLines(text, depth);
    else forEachChild(script, (child) => this.readNode(child, source, depth));
  }

  private readLines(text: string, depth: number): void {
    const lines = linesOf(text);
    if (lines[0] === text) this.commands.push(unquoted(this.words.valueOfText(text)));
    else for (const line of lines) this.read(line, depth);
  }

  private readNode(node: SyntaxNode, source: string, depth: number): void {
    if (node.type === "For") this.words.assignOneOf(node.name.value, node.wordlist ?? []);
    // A substitution's script is parsed when it is asked for.
    if ("script" in node && depth === deepestScript) this.readLines(node.text, depth + 1);
    else if ("script" in node && node.script !== undefined)
      this.readScript(node.script, node.script.source ?? source, depth + 1);
    else forEachChild(node, (child) => this.readNode(child, source, depth));
    switch (node.type) {
      case "Assignment":
        this.words.assign(node.name, this.words.valueOf(node.value));
        return;
      case "HereDoc":
        // A delimiter whose quotation never ends holds all that follows.
        this.read(node.delimiter?.value ?? "", depth + 1);
        this.read(this.words.valueOf(node.body), depth + 1);
        return;
      case "HereString":
        if (node.target !== undefined) this.read(this.words.valueOf(node.target), depth + 1);
        return;
      case "Redirected":
        this.commands.push(...this.filesWritten(node.redirects).map((file) => unquoted(`>${file}`)));
        return;
      case "Command":
        this.readCommand(node, depth);
        return;
      default:
        return;
    }
  }

  private readCommand({ prefix, name: first, args, redirects }: Command, depth: number): void {
    const parts = [...prefix, ...(first === undefined ? [] : [first]), ...args].flatMap((part) => {
      if (part.type === "Word") return [{ label: "", value: this.words.valueOf(part) }];
      return part.type === "Assignment" ? [{ label: `${part.name}=`, value: this.words.valueOf(part.value) }] : [];
    });
    const words = parts.map(({ label, value }) => label + value);
    const written = this.filesWritten(redirects);
    const name = commandName(words);
    if (onlyReads(name, words, written)) return;
    const isOneProgram = otherLanguages.test(name);
    const shown = parts.map(({ label, value }) => {
      if (isOneProgram || !severalWords.test(value)) return label + value;
      this.read(value.replaceAll(String.raw`\n`, "\n"), depth + 1);
      // What printf prints is made of its format and of the words that follow.
      return label + (name === "printf" ? value : unknownValue);
    });
    this.commands.push(unquoted([...shown, ...written.map((file) => `>${file}`)].join(" ")));
  }

  private filesWritten(redirects: readonly Redirection[]): readonly string[] {
    return redirects.flatMap((redirect) =>
      redirect.type === "Redirect" && redirect.operator.includes(">") && redirect.target !== undefined
        ? [this.words.valueOf(redirect.target)]
        : [],
    );
  }
}

/**
 * Each command, or line of settings, that does more than read: variables resolved, quotes and comments removed, words
 * one space apart, the files that it writes last (`>/etc/sysctl.conf`). Arguments that are scripts count by themselves.
 */
export const commandsOf = (text: string, variables: Variables): readonly string[] => {
  const read = (words: ShellWords): CommandReader => {
    const reader = new CommandReader(words);
    reader.read(text, 0);
    return reader;
  };
  const words = new ShellWords(variables);
  read(words);
  // In the second walk a function knows what is assigned only below it.
  return read(words.afresh()).commands;
};

/** What the words of a parsed script come to, as far as text alone tells. */
import type { ArrayValue, HereDocBody, Word, WordPart } from "unbash";

/** Values of variables by name. */
export type Variables = Readonly<Record<string, string>>;

/** Stands for what only running the script would tell. */
export const unknownValue = "$_";

/** Longer values, and those of several words, name no setting; variables that have one stay where they stand. */
const plainWord = /^[\w.*/:{},$-]{1,200}$/;
/** By how much values may lengthen a text: `A=$B$B` and its like would fill the memory. */
const roomForValues = 100_000;

/** Resolves words with the variables that are given, and those assigned so far. */
export class ShellWords {
  private readonly values = new Map<string, string>();
  private room = roomForValues;

  constructor(given: Variables) {
    for (const [name, value] of Object.entries(given)) this.assign(name, value);
  }

  /** The same values, with all the room again. */
  afresh(): ShellWords {
    return new ShellWords(Object.fromEntries(this.values));
  }

  assign(name: string, value: string): void {
    if (plainWord.test(value)) this.values.set(name, value);
  }

  /** A loop's variable: one value, or all of them in the braces that stand for each in turn. */
  assignOneOf(name: string, words: readonly Word[]): void {
    const values = words.map((word) => this.valueOf(word)).join(",");
    this.assign(name, words.length > 1 ? `{${values}}` : values);
  }

  /** The text without its quotes, the words of an array one space apart. */
  valueOf(text: Word | ArrayValue | HereDocBody): string {
    if (text.type === "ArrayValue") return text.elements.map((element) => this.valueOf(element)).join(" ");
    if (text.parts !== undefined) return this.valueOfParts(text.parts);
    return text.type === "Word" ? text.value : text.text;
  }

  /** The same of a text that is no shell. */
  valueOfText(text: string): string {
    return text.replace(
      /\$(?:\{(\w+)\}|(\w+))/g,
      (whole, braced?: string, bare?: string) => this.known(braced ?? bare ?? "") ?? whole,
    );
  }

  private valueOfParts(parts: readonly WordPart[]): string {
    return parts.map((part) => this.valueOfPart(part)).join("");
  }

  private valueOfPart(part: WordPart): string {
    switch (part.type) {
      case "DoubleQuoted":
      case "LocaleString":
        return this.valueOfParts(part.parts);
      case "SimpleExpansion":
        return this.known(part.text.slice(1)) ?? part.text;
      case "ParameterExpansion": {
        const { parameter, prefix, index, operation } = part;
        if (prefix !== undefined || index !== undefined) return unknownValue;
        if (operation === undefined) return this.known(parameter) ?? part.text;
        const isDefault = operation.type === "Default" && /[-=]$/.test(operation.operator);
        return isDefault ? (this.known(parameter) ?? this.valueOf(operation.operand)) : unknownValue;
      }
      case "CommandExpansion":
      case "ProcessSubstitution":
      case "ArithmeticExpansion":
        return unknownValue;
      case "BraceExpansion":
      case "ExtendedGlob":
        return part.text;
      default:
        return part.value;
    }
  }

  private known(name: string): string | undefined {
    const value = this.values.get(name);
    if (value === undefined || value.length > this.room) return undefined;
    this.room -= value.length;
    return value;
  }
}

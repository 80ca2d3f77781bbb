import type { Problem } from "../validation/problems";

/** Who says what a flag may be. */
export const commandLineSource = "the command line";

export interface NumberRange {
  readonly minimum: number;
  readonly maximum: number;
  /** `seconds`, `a port`. */
  readonly unit: string;
  /** Fractions are no such number. */
  readonly isWhole?: boolean;
}

/** A flag's number between the limits; `undefined` with a problem where it is none. */
export const numberOf = (
  flag: string,
  text: string,
  { minimum, maximum, unit, isWhole = false }: NumberRange,
  problems: Problem[],
): number | undefined => {
  const value = text.trim() === "" ? NaN : Number(text);
  if (value >= minimum && value <= maximum && (!isWhole || Number.isInteger(value))) return value;
  const limit = `must be ${unit} from ${minimum} to ${maximum}`;
  const remedy = "Correct the number.";
  problems.push({ path: flag, value: text.slice(0, 20), limit, source: commandLineSource, remedy });
  return undefined;
};

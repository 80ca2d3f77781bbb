/** The rows of docs/faults.md about fifty hosts: held true by the tests, written anew with CONNTRACK_FAULTS=all. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Finished, Outcome } from "./fleet";

const document = path.resolve(__dirname, "../../../docs/faults.md");
const isWritten = process.env["CONNTRACK_FAULTS"] === "all";

const lineOf = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;

/** The line that begins with this cell. */
const lineAbout = (text: string, name: string): string | undefined =>
  text.split("\n").find((line) => line.startsWith(`| ${name} |`));

/** What a row says. */
export interface Row extends Outcome {
  readonly name: string;
  readonly code: Finished["code"] | null;
  /** Hosts on which the next update writes. */
  readonly next: number;
}

/** Holds the row against the document, or writes it there. */
export const expectRow = ({ name, asBefore, asPlanned, code, next }: Row): void => {
  const found = lineOf([name, asBefore + asPlanned, asBefore, asPlanned, code ?? "killed", next]);
  const text = readFileSync(document, "utf8");
  const written = lineAbout(text, name);
  if (isWritten && written !== undefined) writeFileSync(document, text.replace(written, found));
  else expect(found).toBe(written);
};

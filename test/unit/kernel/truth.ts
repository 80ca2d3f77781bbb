import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { KernelRequest } from "../../../src/kernel/kernel-rules";

interface Row<Request, Answer> {
  readonly request: Request;
  readonly answer: Answer;
}

const rows = <R, A>(file: string): readonly Row<R, A>[] =>
  readFileSync(join(__dirname, "../../truth", file), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row<R, A>);

/** What Debian kernels booted in virtual machines answered: one row for each boot or load of the module. */
export const measuredDefaults = rows<
  KernelRequest & { readonly memTotalKiB: number; readonly hashsize?: number },
  { readonly buckets: number; readonly max: number; readonly expectMax: number }
>("defaults.jsonl");

/** Every sysctl of the same kernels with its value. */
export const measuredTimeouts = rows<
  KernelRequest,
  {
    readonly timeouts: Readonly<Record<string, number>>;
    readonly flags: Readonly<Record<string, number>>;
    readonly slabObjectBytes: number;
  }
>("timeouts.jsonl");

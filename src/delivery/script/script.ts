/** The two constant scripts that hosts run, byte-equal for all of them; `command-line.ts` writes their arguments. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stripShell } from "./strip-shell";

const part = (name: string): string => readFileSync(join(__dirname, name), "utf8");

/** Standard input of `applyCommand` and `restoreCommand`: at most 8,192 bytes. */
export const hostScript: string = stripShell(part("common.sh") + part("transaction.sh") + part("conntrack.sh"));

/** Standard input of `factsCommand` and `verifyCommand`; it writes nothing. */
export const inspectScript: string = stripShell(part("common.sh") + part("inspect.sh"));

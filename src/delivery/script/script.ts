/** The constant script that hosts run, byte-equal for all of them; `command-line.ts` writes its words. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import versions from "./versions.json";

const file = join(__dirname, "host-script.sh");

/** Standard input of every command line of `command-line.ts`; at most 24 KiB. */
export const hostScript: string = readFileSync(file, "utf8");

/** Names the text, so that one approval covers one text: it stands in the command line, the journal and each answer. */
export const scriptIdentity = {
  /** Counts the texts that hosts have run; the newest of versions.json. */
  version: Math.max(...versions.map(({ version }) => version)),
  /** Of the text, in hexadecimal. */
  sha256: createHash("sha256").update(hostScript).digest("hex"),
} as const;

/** The script of 0.1.0 with the command lines that 0.1.0 wrote for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { applyCommand, type ApplyRequest } from "../../../src/delivery/script/command-line";

export const releasedScript = readFileSync(join(__dirname, "0.1.0.sh"), "utf8");

/** Its words, in its order; timeouts by name came last. */
const order = [
  ...["token", "module", "writable", "hashsize", "chainLimit", "loadModule", "allowShrink"],
  ...["minRamKiB", "minLowKiB", "tableKiB", "limitSeconds", "waitSeconds", "max", "buckets"],
];

export const releasedApply = (request: ApplyRequest): string => {
  const words = applyCommand(request).split(" ");
  const keyOf = (word: string): string => word.replace(/=.*$/, "");
  const inOrder = order.flatMap((key) => words.filter((word) => keyOf(word) === key));
  const timeouts = words.filter((word) => /^(nf|ip)_conntrack_/.test(word));
  return ["sh -s -- apply", ...inOrder, ...timeouts].join(" ");
};

export const releasedRestore = (token: string): string => `sh -s -- restore token=${token}`;

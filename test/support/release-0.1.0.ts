/** What 0.1.0 of this package ran on a host: its script, and the command lines that it wrote for it. */
import fs from "node:fs";
import path from "node:path";
import type { ApplyRequest } from "../../src/delivery/script/command-line";
import { bucketsTaken, sortedTimeouts } from "../../src/target/live-values";
import { targetGuards } from "../../src/target/guards";

/** Its text for apply and restore, byte for byte as it was released. */
export const script010: string = fs.readFileSync(path.join(__dirname, "../script/released/0.1.0.sh"), "utf8");

type Word = readonly [key: string, value: string | number];

const flag = (key: string, on: boolean): readonly Word[] => (on ? [[key, 1]] : []);

/** The words in its order, as hosts' journals and stacks' states hold them. */
const applyWords = (request: ApplyRequest): readonly Word[] => {
  const { token, rules, settings, loadModule = false, allowShrink = false } = request;
  const guards = targetGuards(request);
  return [
    ["token", token],
    ["module", rules.module],
    ...flag("writable", rules.paths.bucketsWritable),
    ["hashsize", bucketsTaken(rules)],
    ["chainLimit", rules.chainLimit === undefined ? 0 : 1],
    ...flag("loadModule", loadModule),
    ...flag("allowShrink", allowShrink),
    ["minRamKiB", guards.minimumRamKiB],
    ["minLowKiB", guards.minimumLowKiB],
    ["tableKiB", guards.tableKiB],
    ["max", settings.max],
    ["buckets", settings.buckets],
    ...sortedTimeouts(settings.timeouts),
  ];
};

const line = (mode: string, words: readonly Word[]): string =>
  ["sh", "-s", "--", mode, ...words.map((word) => word.join("="))].join(" ");

export const applyCommand010 = (request: ApplyRequest): string => line("apply", applyWords(request));

export const restoreCommand010 = ({ token }: Pick<ApplyRequest, "token">): string =>
  line("restore", [["token", token]]);

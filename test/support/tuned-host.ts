/** A host that answers the host script's commands without running them, for tests of what Pulumi makes of the answers. */
import { answerMarker } from "../../src/delivery/answer/parse";
import type { ReadBack } from "../../src/delivery/answer/read-back";
import type { SshHandler } from "./ssh-server";

/** The same form as `ReadBack`, but warnings as the script prints them. */
export type PrintedReadBack = Omit<ReadBack, "warnings" | "counters"> & { readonly warnings: readonly string[] };

const argumentsOf = (command: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    command
      .split(" ")
      .filter((word) => word.includes("="))
      .map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
  );

const settingsOf = (command: string): Record<string, number> =>
  Object.fromEntries(
    Object.entries(argumentsOf(command)).flatMap(([key, value]) =>
      key === "max" || key === "buckets" || key.includes("timeout") ? [[key, Number(value)]] : [],
    ),
  );

/** What a host prints that was set exactly as asked. */
export const printedReadBack = (command: string, changes: Partial<PrintedReadBack> = {}): string => {
  const restoring = command.includes(" restore ");
  const answer: PrintedReadBack = {
    command: restoring ? "restore" : "apply",
    status: restoring ? "restored" : "active",
    changed: true,
    presence: "module",
    kernel: "6.1.0-50-cloud-amd64",
    memTotalKiB: 8120000,
    entries: 12,
    settings: settingsOf(command),
    previous: { max: 65536, buckets: 65536 },
    flags: {},
    loadedBy: ["module:nft_ct"],
    competingWriters: [],
    drift: [],
    warnings: [],
    ...changes,
  };
  return `${answerMarker} ${JSON.stringify(answer)}\n`;
};

/** A login that greets, then a host that does what it is asked. */
export const tunedHost: SshHandler = ({ command }) => ({ stdout: `Welcome!\n${printedReadBack(command)}` });

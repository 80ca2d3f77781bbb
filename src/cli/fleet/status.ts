/** `status [FILE]`: which wave, which hosts are pending, since when and what comes next; no host is contacted. */
import { readFileSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import type { Command } from "commander";
import { printable } from "../../text/printable";
import { ProblemsError, type Problem } from "../../validation/problems";
import { commandLineSource } from "../number-flag";
import { ExitCode, reportProblems, type Terminal } from "../subcommand";
import { isUnfinished, readStatus, type Status } from "./status-document";
import { markdownStatus, renderStatus, statusJson } from "./status-page";

interface StatusOptions {
  readonly markdown?: boolean;
  readonly json?: boolean;
}

const wrongUse = (path: string, limit: string, remedy: string): ProblemsError => {
  const problem: Problem = { path, limit, source: commandLineSource, remedy };
  return new ProblemsError("There is nothing to be told.", [problem]);
};

const readText = async (file: string | undefined, { stdin }: Terminal): Promise<string> => {
  if (file === undefined) {
    if ("isTTY" in stdin && stdin.isTTY === true)
      throw wrongUse(
        "FILE",
        "is missing, and nothing is piped in",
        "Try `pulumi stack export | pulumi-conntrack status`.",
      );
    return readAll(stdin);
  }
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw wrongUse(file, `cannot be read: ${message}`, "Correct the path.");
  }
};

const show = (status: Status, { json, markdown }: StatusOptions): string => {
  if (json === true) return printable(`${JSON.stringify(statusJson(status))}\n`);
  return markdown === true ? markdownStatus(status) : renderStatus(status);
};

/** Registers `status [FILE]`. */
export const addStatusSubcommand = (parent: Command, terminal: Terminal, exit: (code: ExitCode) => void): void => {
  parent
    .command("status")
    .description("What is pending in an exported stack or a rollout, and what comes next; contacts no host")
    .argument("[file]", "what `pulumi stack export` printed, or the state file of `rollout`; default standard input")
    .option("--markdown", "print Markdown for a ticket")
    .option("--json", "print JSON instead of text")
    .addHelpText(
      "after",
      "\nExample: pulumi stack export | pulumi-conntrack status\n" +
        "Exit codes: 0 nothing is pending, 1 something is, or a run was killed, 2 the file is neither.",
    )
    .action(async (file: string | undefined, options: StatusOptions) => {
      try {
        if (options.json === true && options.markdown === true)
          throw wrongUse("--markdown", "is given beside --json", "Choose one.");
        const status = readStatus(await readText(file, terminal), file);
        terminal.out(show(status, options));
        exit(isUnfinished(status) ? ExitCode.Failed : ExitCode.Good);
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        exit(reportProblems(error, options.json ?? false, terminal));
      }
    });
};

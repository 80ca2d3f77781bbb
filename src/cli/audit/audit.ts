/** `audit`: inventories and exported stacks judged by the policies; no engine runs and no host is contacted. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { readInventory } from "../../../policies/audit/inventory-document";
import { documentJudge, type AuditDocument } from "../../../policies/audit/judge";
import { Place } from "../../../policies/rule";
import { selectRules } from "../../../policies/presets/selection";
import { isExportedStack, readStack } from "../../../policies/audit/stack-document";
import { parseInventoryText } from "../../fleet/inventory-text";
import { printable } from "../../text/printable";
import { ProblemsError, type Problem } from "../../validation/problems";
import { valueOrThrow } from "../../validation/validation";
import { auditReport, failedOn, renderAudit, type AuditedFile } from "./audit-report";
import { junitReport } from "./junit-report";
import { ExitCode, reportProblems, type Terminal } from "../subcommand";

interface AuditOptions {
  readonly preset?: string;
  readonly config?: string;
  readonly junit?: string;
  readonly json?: boolean;
}

const unreadable = (path: string, error: unknown, remedy: string): Problem => ({
  path,
  limit: `cannot be used: ${error instanceof Error ? error.message : String(error)}`,
  source: "the command line, `pulumi-conntrack audit --help`",
  remedy,
});

/** JSON is read as JSON, because an exported stack is large; everything else is YAML. */
const parseText = (text: string, file: string): unknown => {
  if (text.trimStart().startsWith("{")) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // YAML has braces too, and its parser tells line and column.
    }
  }
  return valueOrThrow(parseInventoryText(text, file), "This file cannot be read.");
};

const readText = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ProblemsError("There is a file that cannot be read.", [unreadable(file, error, "Correct the path.")]);
  }
};

const readFleet = (parsed: unknown, file: string): AuditDocument => {
  if (isExportedStack(parsed)) return readStack(parsed);
  const inventory = readInventory(parsed, dirname(resolve(file)), (path) => readFileSync(path, "utf8"));
  return valueOrThrow(inventory, `${file} is neither an inventory nor an exported stack.`);
};

/** @throws ProblemsError where the file is neither an inventory nor an exported stack */
const readDocument = (file: string): AuditDocument => {
  const parsed = parseText(readText(file), file);
  try {
    return readFleet(parsed, file);
  } catch (error) {
    // What is too deep for the stack of this process is no fleet either.
    if (!(error instanceof RangeError)) throw error;
    const tooDeep = new Error("it has more levels than anyone reads");
    throw new ProblemsError("There is a file that cannot be read.", [unreadable(file, tooDeep, "Export it again.")]);
  }
};

const nothingJudged = (file: string): Problem => ({
  path: file,
  limit: "holds no tuned host and no command",
  source: "a gate that judged nothing must not let anything pass",
  remedy: "Name the file of the fleet; `{hosts: ...}` is an inventory, `pulumi stack export` prints the other form.",
});

const audited = (file: string, judge: ReturnType<typeof documentJudge>): AuditedFile => {
  const document = readDocument(file);
  return {
    file,
    kind: document.place === Place.Stack ? "exported stack" : "inventory",
    hosts: document.hosts.length + document.refused.length,
    commands: document.commands.length,
    refused: document.refused,
    judgements: judge(document),
  };
};

/** @throws ProblemsError where files, preset or configuration cannot be used, or there is nothing to judge */
const audit = (files: readonly string[], options: AuditOptions): readonly AuditedFile[] => {
  const selected = selectRules({
    preset: options.preset,
    configuration: options.config === undefined ? {} : parseText(readText(options.config), options.config),
  });
  const judge = documentJudge(valueOrThrow(selected, "These policies cannot be used."));
  const all = files.map((file) => audited(file, judge));
  if (all.every((each) => each.hosts + each.commands === 0 && !failedOn(each)))
    throw new ProblemsError("Nothing was judged.", files.map(nothingJudged));
  return all;
};

const writeJunit = (file: string, audited: readonly AuditedFile[]): void => {
  try {
    writeFileSync(file, junitReport(audited));
  } catch (error) {
    const problem = unreadable(file, error, "Choose a file that can be written.");
    throw new ProblemsError("The JUnit report cannot be written.", [problem]);
  }
};

/** Registers `audit FILE...`. */
export const addAuditSubcommand = (parent: Command, terminal: Terminal, exit: (code: ExitCode) => void): void => {
  parent
    .command("audit")
    .description("Judge inventories and exported stacks by the policies, without an engine and without any host")
    .argument("<files...>", "an inventory (YAML or JSON), or what `pulumi stack export` printed")
    .option("--preset <name>", "a vendor's ranges, for example gke; docs/policies.md has them all")
    .option("--config <file>", "levels and configuration by rule, as `--policy-pack-config` takes it")
    .option("--junit <file>", "write a JUnit report for CI")
    .option("--json", "print JSON instead of text")
    .addHelpText(
      "after",
      "\nExample: pulumi stack export | pulumi-conntrack audit --preset strict --junit audit.xml /dev/stdin\n" +
        "Exit codes: 0 every mandatory rule is kept, 1 one is broken, 2 a file or flag cannot be used, or\n" +
        "there is nothing to judge.",
    )
    .action((files: string[], options: AuditOptions) => {
      const json = options.json ?? false;
      try {
        const all = audit(files, options);
        if (options.junit !== undefined) writeJunit(options.junit, all);
        terminal.out(json ? `${JSON.stringify(auditReport(all))}\n` : printable(renderAudit(all)));
        exit(all.some(failedOn) ? ExitCode.Failed : ExitCode.Good);
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        exit(reportProblems(error, json, terminal));
      }
    });
};

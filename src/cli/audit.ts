/** `audit`: inventories and exported stacks judged by the policies; no engine runs and no host is contacted. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { readInventory } from "../../policies/inventory-document";
import { judgeDocument, type Judgement } from "../../policies/judge";
import { selectRules, type SelectedRule } from "../../policies/selection";
import { isExportedStack, readStack } from "../../policies/stack-document";
import { parseInventoryText } from "../inventory/inventory-text";
import { ProblemsError, type Problem } from "../problems";
import { isValid } from "../validation";
import { auditReport, failedOn, renderAudit, type AuditedFile } from "./audit-report";
import { junitReport } from "./junit-report";
import { ExitCode, reportProblems, type Terminal } from "./subcommand";

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
  const parsed = parseInventoryText(text, file);
  if (!isValid(parsed)) throw new ProblemsError("This file cannot be read.", parsed.problems);
  return parsed.value;
};

const readText = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ProblemsError("There is a file that cannot be read.", [unreadable(file, error, "Correct the path.")]);
  }
};

const auditFile = (file: string, selected: readonly SelectedRule[]): AuditedFile => {
  const parsed = parseText(readText(file), file);
  const judged = (kind: AuditedFile["kind"], hosts: number, commands: number, judgements: readonly Judgement[]) => ({
    file,
    kind,
    hosts,
    commands,
    refused: [],
    judgements,
  });
  if (isExportedStack(parsed)) {
    const document = readStack(parsed);
    return judged("exported stack", document.hosts.length, document.commands.length, judgeDocument(document, selected));
  }
  const inventory = readInventory(parsed, dirname(resolve(file)), (path) => readFileSync(path, "utf8"));
  if ("problems" in inventory)
    throw new ProblemsError(`${file} is neither an inventory nor an exported stack.`, inventory.problems);
  const { document, refused } = inventory;
  return {
    ...judged("inventory", document.hosts.length + refused.length, 0, judgeDocument(document, selected)),
    refused,
  };
};

/** @throws ProblemsError where files, preset or configuration cannot be used */
const audit = (files: readonly string[], options: AuditOptions): readonly AuditedFile[] => {
  const selected = selectRules({
    preset: options.preset,
    configuration: options.config === undefined ? {} : parseText(readText(options.config), options.config),
  });
  if (!isValid(selected)) throw new ProblemsError("These policies cannot be used.", selected.problems);
  return files.map((file) => auditFile(file, selected.value));
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
        "Exit codes: 0 every mandatory rule is kept, 1 one is broken, 2 a file or flag cannot be used.",
    )
    .action((files: string[], options: AuditOptions) => {
      const json = options.json ?? false;
      try {
        const audited = audit(files, options);
        if (options.junit !== undefined) writeJunit(options.junit, audited);
        terminal.out(json ? `${JSON.stringify(auditReport(audited))}\n` : renderAudit(audited));
        exit(audited.some(failedOn) ? ExitCode.Failed : ExitCode.Good);
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        exit(reportProblems(error, json, terminal));
      }
    });
};

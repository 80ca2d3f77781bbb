import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { ProblemsError } from "../validation/problems";
import { renderSummary } from "../simulation/report/summary";
import { svgChart } from "../simulation/report/svg-chart";
import { terminalChart } from "../simulation/report/terminal-chart";
import type { SimulationResult } from "../simulation/report/result";
import { CONTRACT, type Scenario } from "../simulation/scenario/scenario";
import { simulate } from "../simulation/simulate";
import { judge, type Verdict } from "../simulation/report/verdict";
import { expectWritable, writeOutput } from "./output-file";
import { ExitCode, reportProblems, runBatch, type Terminal } from "./subcommand";

interface SimulateOptions {
  readonly svg?: string;
  readonly json?: boolean;
  readonly batch?: boolean;
}

/** The answer of the contract: the run, and what it says of the settings. */
type Simulated = SimulationResult & { readonly verdict: Verdict };

const answer = (request: unknown, onProgress?: (share: number) => void): Simulated => {
  // `simulate` checks the request itself.
  const result = simulate(request as Scenario, { onProgress });
  return { ...result, verdict: judge(result) };
};

const readScenario = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as unknown;
  } catch (error) {
    throw new ProblemsError("The scenario cannot be run.", [
      {
        path: "scenario",
        value: file,
        limit: `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        source: CONTRACT,
        remedy: "Give the path of a JSON file; docs/simulation.md shows one.",
      },
    ]);
  }
};

/** A line that is written over, for people who watch; nothing where the output is not a terminal. */
const progressLine = (terminal: Terminal): ((share: number) => void) | undefined =>
  terminal.isInteractive === true
    ? (share) => {
        terminal.err(share < 1 ? `\rsimulating ${Math.round(share * 100)} %` : "\r\u001b[K");
      }
    : undefined;

const columnsOf = (terminal: Terminal): number => Math.max(20, Math.min((terminal.columns ?? 80) - 12, 120));

/** Registers `simulate [FILE]`. */
export const addSimulateSubcommand = (parent: Command, terminal: Terminal, exit: (code: ExitCode) => void): void => {
  parent
    .command("simulate")
    .description("Run settings against a load in a simulation of the kernel's table, and judge them")
    .argument("[scenario]", "a JSON file with the scenario")
    .option("--svg <file>", "write the chart as SVG")
    .option("--json", "print the whole answer as JSON")
    .option(
      "--batch",
      "answer many scenarios: one JSON object per line on standard input, one JSON line each, in order",
    )
    .addHelpText(
      "after",
      "\nExample: pulumi-conntrack simulate syn-flood.json --svg flood.svg\n\n" +
        'syn-flood.json: {"kernel": "6.1.0-50-cloud-amd64", "arch": "x86_64", "durationSeconds": 120, "seed": 1,\n' +
        '  "settings": {"max": 65536, "buckets": 65536},\n' +
        '  "traffic": [{"protocol": "tcp", "pattern": "syn", "newPerSecond": 2000}]}\n\n' +
        "Exit code 1 means that the verdict failed.",
    )
    .action(async (file: string | undefined, options: SimulateOptions) => {
      if (options.batch === true) {
        exit(await runBatch(answer, terminal));
        return;
      }
      const json = options.json ?? false;
      try {
        if (file === undefined) throw missingFile;
        if (options.svg !== undefined) expectWritable("--svg", options.svg);
        const { verdict, ...result } = answer(readScenario(file), progressLine(terminal));
        if (options.svg !== undefined) writeOutput("--svg", options.svg, svgChart(result));
        terminal.out(
          json
            ? `${JSON.stringify({ ...result, verdict })}\n`
            : `${terminalChart(result, { width: columnsOf(terminal) })}\n\n${renderSummary(result, verdict)}\n`,
        );
        exit(verdict.passed ? ExitCode.Good : ExitCode.Failed);
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        exit(reportProblems(error, json, terminal));
      }
    });
};

const missingFile = new ProblemsError("There is no scenario to run.", [
  {
    path: "scenario",
    limit: "is missing",
    source: "the command line",
    remedy: "Give a JSON file, or --batch with one scenario per line; --help shows one.",
  },
]);

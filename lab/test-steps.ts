/** The steps of `npm test`, cheapest first: each gives how many checks passed, failed and were skipped. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { run, type RunOptions, sayAloud } from "./run";
import { scriptSources, shippedFile } from "./ship-script";

/** What a step found. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** One line for each check that was left out, with its reason. */
  readonly skipped: readonly string[];
}

/** One step of `npm test`. */
export interface Step {
  readonly name: string;
  /** Runs the step, its output shown; `patterns` narrow down which test files run. */
  readonly work: (patterns: readonly string[]) => Promise<Tally>;
}

const root = path.resolve(__dirname, "..");
const bin = (name: string) => path.join(root, "node_modules", name);

/** A step that takes longer hangs, and is ended and failed: the slowest takes 7 minutes on 2 busy cores. */
const stepTimeoutMinutes = 25;

/** Runs a tool of node_modules, its output shown as `shown` says. */
const node = (script: string, args: readonly string[], shown: Pick<RunOptions, "onLine" | "onErrorLine">) =>
  run(process.execPath, [bin(script), ...args], {
    cwd: root,
    env: { ...process.env, CI: "true" },
    timeoutMs: stepTimeoutMinutes * 60_000,
    ...shown,
  });

/** A tool that is right or wrong as a whole counts as one check. */
const tool = (name: string, script: string, ...args: readonly string[]): Step => ({
  name,
  work: async () => {
    const { code } = await node(script, args, { onLine: sayAloud });
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [] };
  },
});

/** The host script's sources as one text, comments included: the first of them tell shellcheck its shell. */
const joinedSources = (): string => scriptSources.map((file) => fs.readFileSync(file, "utf8")).join("");

/** The host script as it ships, and as a host's sh would be called for it. */
const shippedScript = (): string => `#!/bin/sh\n${fs.readFileSync(shippedFile, "utf8")}`;

/** A program of this machine (lab/packages.json) that finds a text right or wrong as a whole. */
const textCheck = (name: string, text: () => string): Step => ({
  name,
  work: async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-test-"));
    const file = path.join(folder, "host-script.sh");
    fs.writeFileSync(file, text());
    const { code, stderr } = await run(name, [file], { onLine: sayAloud });
    fs.rmSync(folder, { recursive: true, force: true });
    if (code === 127) sayAloud(stderr);
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [] };
  },
});

/** The part of jest's JSON report that is counted. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** Test files that could not even be loaded; their tests are in no other number. */
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Test files of a project that jest has not reported the end of. */
const unfinished = (project: string, reported: string): readonly string[] =>
  fs
    .readdirSync(path.join(root, "test", project), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !reported.includes(file));

const jest = (project: string, ...args: readonly string[]): Step => ({
  name: project,
  work: async (patterns) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-test-"));
    const reportFile = path.join(folder, "report.json");
    const always = ["--selectProjects", project, "--passWithNoTests", "--json", "--outputFile", reportFile];
    // Standard output is the JSON report once more; people read standard error.
    const { code, stderr } = await node("jest/bin/jest.js", [...always, ...args, ...patterns], {
      onErrorLine: sayAloud,
    });
    const report = fs.existsSync(reportFile)
      ? (JSON.parse(fs.readFileSync(reportFile, "utf8")) as JestReport)
      : undefined;
    fs.rmSync(folder, { recursive: true, force: true });
    if (report === undefined) {
      sayAloud(`jest ended with status ${code} (137: ended after ${stepTimeoutMinutes} minutes) and left no report.`);
      sayAloud(`Test files without a result: ${unfinished(project, stderr).join(", ")}`);
      return { passed: 0, failed: 1, skipped: [] };
    }
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    return {
      passed: report.numPassedTests,
      // A jest that fails without a failed test (an open handle, a crash at its end) is a failure too.
      failed: failed === 0 && code !== 0 ? 1 : failed,
      skipped: report.testResults
        .flatMap(({ assertionResults }) => assertionResults)
        .filter(({ status }) => status === "pending" || status === "todo")
        .map(({ fullName }) => fullName),
    };
  },
});

/** All steps in the order in which they run. */
export const steps: readonly Step[] = [
  tool("lint", "eslint/bin/eslint.js", ".", "--max-warnings", "0"),
  tool(
    "layout",
    "dependency-cruiser/bin/dependency-cruise.mjs",
    "--config",
    ".dependency-cruiser.cjs",
    "src",
    "policies",
  ),
  tool("format", "prettier/bin/prettier.cjs", "--check", "."),
  tool("types", "typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json"),
  textCheck("shellcheck", joinedSources),
  textCheck("checkbashisms", shippedScript),
  // By default jest keeps one of two cores to itself.
  jest("unit", "--maxWorkers=2"),
  jest("component"),
  jest("script", "--maxWorkers=2"),
  jest("engine", "--runInBand"),
  jest("hosts", "--maxWorkers=2"),
];

/** Steps that need the Pulumi engine. */
export const stepsWithEngine: readonly string[] = ["engine", "hosts"];

/** `check INVENTORY`: what hosts have, live and on disk, beside what is planned; read over SSH, without an engine. */
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "commander";
import { printable } from "../../text/printable";
import { ProblemsError, type Problem } from "../../validation/problems";
import { commandLineSource, numberOf } from "../number-flag";
import { writableProblems, writeOutput } from "../output-file";
import { ExitCode, reportProblems, type Terminal } from "../subcommand";
import { knownAfter, renderChanges, type KnownHosts } from "./check-changes";
import { checkJunit } from "./check-junit";
import { checkExitCode, checkJson, fleetCheck, type FleetCheck } from "./check-report";
import { renderCheck } from "./check-text";
import { addFleetFlags, fleetRequest, type FleetOptions, type FleetRequest } from "./fleet-request";
import { readWithProgress } from "./read-with-progress";

interface CheckOptions extends FleetOptions {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly junit?: string;
  readonly watch?: boolean;
  readonly intervalSeconds?: string;
}

interface CheckRequest extends FleetRequest {
  readonly intervalSeconds: number;
}

const defaultIntervalSeconds = 60;
const intervalRange = { minimum: 0.1, maximum: 86_400, unit: "seconds" };

/** @throws ProblemsError with everything that is wrong, before any host is contacted */
const checkRequest = (file: string, options: CheckOptions): CheckRequest => {
  const problems: Problem[] = [];
  const { intervalSeconds: text, watch = false, junit } = options;
  const interval = numberOf("--interval-seconds", text ?? String(defaultIntervalSeconds), intervalRange, problems);
  if (text !== undefined && !watch)
    problems.push({
      path: "--interval-seconds",
      limit: "is the time between the readings of --watch",
      source: commandLineSource,
      remedy: "Add --watch, or leave it out.",
    });
  if (junit !== undefined) problems.push(...writableProblems("--junit", junit));
  const request = fleetRequest(file, options, problems);
  return { ...request, intervalSeconds: interval ?? defaultIntervalSeconds };
};

const readOnce = async (request: CheckRequest, terminal: Terminal, signal?: AbortSignal): Promise<FleetCheck> =>
  fleetCheck(request, await readWithProgress(request, terminal, signal), new Date());

/** Prints a reading: as a whole, or what changed since the one before. */
const report = (
  check: FleetCheck,
  known: KnownHosts | undefined,
  file: string,
  { json = false, junit, all = false }: CheckOptions,
  terminal: Terminal,
): void => {
  if (junit !== undefined) writeOutput("--junit", junit, checkJunit(file, check));
  if (json) terminal.out(printable(`${JSON.stringify(checkJson(check))}\n`));
  else terminal.out(known === undefined ? renderCheck(check, all) : renderChanges(known, check));
};

/** Reads again and again until it is interrupted; the code is that of the last whole reading. */
const watchFleet = async (
  request: CheckRequest,
  file: string,
  options: CheckOptions,
  terminal: Terminal,
): Promise<ExitCode> => {
  const stop = new AbortController();
  const interrupted = new Promise<"interrupted">((resolve) => {
    terminal.onInterrupt?.(() => {
      stop.abort();
      resolve("interrupted");
    });
  });
  let known: KnownHosts | undefined;
  let code: ExitCode = ExitCode.Internal;
  for (;;) {
    // Hosts under way end by themselves; nobody waits for them any more.
    const check = await Promise.race([readOnce(request, terminal, stop.signal), interrupted]);
    if (check === "interrupted") return code;
    report(check, known, file, options, terminal);
    known = knownAfter(known, check);
    code = checkExitCode(check);
    await pause(request.intervalSeconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
    if (stop.signal.aborted) return code;
  }
};

const runCheck = async (file: string, options: CheckOptions, terminal: Terminal): Promise<ExitCode> => {
  const request = checkRequest(file, options);
  if (options.watch === true) return watchFleet(request, file, options, terminal);
  const check = await readOnce(request, terminal);
  report(check, undefined, file, options, terminal);
  return checkExitCode(check);
};

/** Registers `check INVENTORY`. */
export const addCheckSubcommand = (parent: Command, terminal: Terminal, exit: (code: ExitCode) => void): void => {
  const command = parent
    .command("check")
    .description("What the hosts of an inventory have, live and on disk, beside what is planned; writes nothing")
    .argument("<inventory>", "an inventory, YAML or JSON");
  addFleetFlags(command)
    .option("--all", "print what is as planned, too")
    .option("--watch", "read again and again and print what changed, until Ctrl-C")
    .option("--interval-seconds <seconds>", `between two readings of --watch; default ${defaultIntervalSeconds}`)
    .option("--junit <file>", "write a JUnit report for CI")
    .option("--json", "print JSON instead of tables, with --watch one line for each reading")
    .addHelpText(
      "after",
      "\nExample: pulumi-conntrack check hosts.yaml --only web1 nat1\n" +
        "Exit codes: 0 all as planned, 1 something differs, 2 a flag or the inventory cannot be used and no host was\n" +
        "contacted, 3 a host could not be read. With --watch that of the last reading.",
    )
    .action(async (file: string, options: CheckOptions) => {
      try {
        exit(await runCheck(file, options, terminal));
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        exit(reportProblems(error, options.json ?? false, terminal));
      }
    });
};

/** `plan INVENTORY`: the plan of a whole fleet, before and after of each setting. */
import type { Command } from "commander";
import { printable } from "../../text/printable";
import { ProblemsError, type Problem } from "../../validation/problems";
import { commandLineSource } from "../number-flag";
import { reportProblems, type ExitCode, type Terminal } from "../subcommand";
import { addFleetFlags, fleetRequest, type FleetOptions } from "./fleet-request";
import { markdownFleetPlan } from "./plan-markdown";
import { fleetPlanReport, planExitCode, planJson } from "./plan-report";
import { renderFleetPlan } from "./plan-text";
import { readWithProgress } from "./read-with-progress";

export interface FleetPlanOptions extends FleetOptions {
  readonly offline?: boolean;
  readonly markdown?: boolean;
  readonly json?: boolean;
}

/** Flags of a fleet, by the names of their options; `json` is for a single host, too. */
const fleetFlags: readonly string[] = ["offline", "markdown", "only", "lanes"];

export const addFleetPlanFlags = (command: Command): Command =>
  addFleetFlags(command)
    .option("--offline", "of an inventory: contact no host; before is then what each kernel takes by itself")
    .option("--markdown", "of an inventory: print Markdown for a pull request");

/** Flags that say nothing of what is planned: those of a host beside an inventory, those of a fleet without one. */
export const misplacedFlags = (command: Command, file: string | undefined): readonly Problem[] =>
  command.options
    .filter((option) => command.getOptionValueSource(option.attributeName()) === "cli")
    .filter((option) => {
      const name = option.attributeName();
      return file === undefined ? fleetFlags.includes(name) : name !== "json" && !fleetFlags.includes(name);
    })
    .map(({ long }) => ({
      path: long ?? "",
      limit: file === undefined ? "is for the plan of an inventory" : "is for the plan of a single host",
      source: commandLineSource,
      remedy: file === undefined ? "Name the file of the inventory, or leave it out." : "Write it into the inventory.",
    }));

const formProblems = ({ json, markdown }: FleetPlanOptions): readonly Problem[] =>
  json === true && markdown === true
    ? [{ path: "--markdown", limit: "is given beside --json", source: commandLineSource, remedy: "Choose one." }]
    : [];

const runFleetPlan = async (
  file: string,
  options: FleetPlanOptions,
  misplaced: readonly Problem[],
  terminal: Terminal,
): Promise<ExitCode> => {
  const request = fleetRequest(file, options, [...misplaced, ...formProblems(options)]);
  const reading = options.offline === true ? undefined : await readWithProgress(request, terminal);
  const report = fleetPlanReport(request, reading);
  if (options.json === true) terminal.out(printable(`${JSON.stringify(planJson(report))}\n`));
  else terminal.out(options.markdown === true ? markdownFleetPlan(report) : renderFleetPlan(report));
  return planExitCode(report);
};

/** Plans a fleet and prints it; mistakes are reported. */
export const planInventory = async (
  file: string,
  options: FleetPlanOptions,
  command: Command,
  terminal: Terminal,
): Promise<ExitCode> => {
  try {
    return await runFleetPlan(file, options, misplacedFlags(command, file), terminal);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return reportProblems(error, options.json ?? false, terminal);
  }
};

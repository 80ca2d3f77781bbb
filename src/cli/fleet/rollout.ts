/** `rollout INVENTORY`: a fleet rolled out wave by wave, without an engine. */
import { setMaxListeners } from "node:events";
import type { Command } from "commander";
import {
  isAnythingToDo,
  prepareFleet,
  rollOutFleet,
  type PreparedFleet,
  type RolledOut,
  type RolledWave,
  type RolloutRequest,
} from "../../fleet/roll-out-fleet";
import { memoryReport, memoryText, type RolloutMemory } from "../../fleet/rollout-memory";
import type { RolloutReport } from "../../fleet/rollout-report";
import type { WorkContext } from "../../fleet/wave/wave-log";
import { printable } from "../../text/printable";
import { wrap } from "../../text/wrap";
import { ProblemsError, type Problem } from "../../validation/problems";
import { problemsIn } from "../../validation/validation";
import { writeOutput } from "../output-file";
import { ExitCode, reportProblems, type Terminal } from "../subcommand";
import { addFleetFlags } from "./fleet-request";
import { markdownReport } from "./report-markdown";
import { renderReport } from "./report-text";
import { pendingCount, reportSummary } from "./report-words";
import { rolloutRequest, statePathOf, type RolloutOptions } from "./rollout-request";
import { endLines, goOnCommand, ownerLines, previewLines, strandedLines } from "./rollout-words";
import { lockRun, type RunLock } from "./run-lock";
import { writeStateFile } from "./state-file";
import { errorMessage } from "./system-error";

/** The file could not be written in the middle of the work. */
class StateNotKept extends Error {
  override readonly name = "StateNotKept";
}

/** Where lines go: standard output, or standard error where that is for JSON. */
const speaker = (terminal: Terminal, { json = false }: RolloutOptions) => {
  const write = json ? terminal.err : terminal.out;
  const clear = terminal.isInteractive === true ? "\r\u001b[K" : "";
  let isShown = false;
  const said = new Set<string>();
  const say = (line: string): void => {
    if (isShown) terminal.err(clear);
    isShown = false;
    write(`${printable(line)}\n`);
  };
  return {
    say,
    warn: (line: string): void => {
      // A wave that is read again says the same again.
      if (!said.has(line)) say(wrap(`warning: ${line}`, "", undefined, "  "));
      said.add(line);
    },
    progress: (line: string): void => {
      if (terminal.isInteractive !== true) return;
      isShown = true;
      terminal.err(`${clear}${printable(line)}`);
    },
    /** All warnings so far. */
    warnings: (): readonly string[] => [...said],
  };
};
type Speaker = ReturnType<typeof speaker>;

const waveJson = ({ name, place, members, result, reasons }: RolledWave, report: RolloutReport): object => {
  const reported = report.waves.find((wave) => wave.name === name);
  const { hosts = members.length, pending = [], pendingSince, lastUpdate } = reported ?? {};
  return {
    ...{ name, ...(place === "" ? {} : { place }), result, hosts, members, reasons, pending },
    ...(pendingSince === undefined ? {} : { pendingSince }),
    ...(lastUpdate === undefined ? {} : { lastUpdate }),
  };
};

const previewJson = ({ request, waves }: PreparedFleet): object => ({
  ...{ passed: waves.every(({ prepared }) => Object.keys(prepared.unread).length === 0), dryRun: true },
  ...{ owner: request.memory.owner, fleet: request.memory.fleet },
  waves: waves.map(({ name, place, hosts, prepared: { changes, lines, unread, warnings } }) => ({
    ...{ name, ...(place === "" ? {} : { place }), hosts: hosts.length, members: hosts },
    ...{ changing: changes.apply, leaving: Object.keys(changes.restore), changes: lines, unread, warnings },
  })),
});

const tellPreview = (fleet: PreparedFleet, { say }: Speaker): void => {
  for (const wave of fleet.waves) {
    previewLines(wave).forEach(say);
    say("");
  }
};

/** What a run without writing ends with. */
const dryRun = (fleet: PreparedFleet, speaks: Speaker, options: RolloutOptions, terminal: Terminal): ExitCode => {
  tellPreview(fleet, speaks);
  strandedLines(fleet.request.memory).forEach(speaks.say);
  if (options.json === true) terminal.out(printable(`${JSON.stringify(previewJson(fleet))}\n`));
  else speaks.say("Nothing was written (--dry-run).");
  return fleet.waves.every(({ prepared }) => Object.keys(prepared.unread).length === 0)
    ? ExitCode.Good
    : ExitCode.Failed;
};

/** Writes the file where it says something new. */
const keeper = (path: string) => {
  let written = "";
  return (memory: RolloutMemory): void => {
    const text = memoryText(memory);
    if (text === written) return;
    try {
      writeStateFile(path, text);
    } catch (error) {
      throw new StateNotKept(errorMessage(error));
    }
    written = text;
  };
};

const carriedOut = async (
  fleet: PreparedFleet,
  statePath: string,
  context: WorkContext,
  { say, warn }: Speaker,
): Promise<RolledOut> => {
  const shown = new Map(fleet.waves.map(({ name, prepared }) => [name, prepared.lines.join("\n")]));
  const lines = new Map(fleet.waves.map((wave) => [wave.name, wave]));
  return rollOutFleet(fleet, {
    ...context,
    save: keeper(statePath),
    begins: (prepared) => {
      const wave = lines.get(prepared.name);
      prepared.warnings.forEach(warn);
      if (wave !== undefined && shown.get(prepared.name) !== prepared.lines.join("\n"))
        previewLines({ ...wave, prepared }).forEach(say);
      say(`${prepared.name}: begins`);
    },
    ended: (wave) => endLines(wave).forEach((line) => say(line)),
  });
};

/** Asks a person before the terminal, where there is anything to ask. */
const isWanted = async (
  fleet: PreparedFleet,
  { yes = false }: RolloutOptions,
  { confirm }: Terminal,
  { aborted }: AbortSignal,
): Promise<boolean> =>
  yes || aborted || confirm === undefined || !isAnythingToDo(fleet) || (await confirm("Roll this out?"));

/** What changed was printed before the waves. */
const withoutChanges = ({ waves, ...report }: RolloutReport): RolloutReport => ({
  ...report,
  waves: waves.map(({ lastUpdate, ...wave }) => ({
    ...wave,
    ...(lastUpdate === undefined ? {} : { lastUpdate: { ...lastUpdate, changes: [] } }),
  })),
});

const conclude = (
  { waves, memory }: RolledOut,
  file: string,
  options: RolloutOptions,
  { say, warnings }: Speaker,
  terminal: Terminal,
): ExitCode => {
  const report = memoryReport(memory);
  const goOn = goOnCommand(file, options);
  const isAll = waves.every(({ result }) => result === "passed" || result === "unchanged");
  const passed = isAll && pendingCount(report) === 0;
  const stranded = strandedLines(memory);
  const owners = ownerLines([...waves.flatMap(({ reasons }) => reasons), ...warnings()], memory.owner);
  say("");
  [...owners.map((line) => wrap(line)), ...stranded].forEach((line) => say(line));
  if (options.report !== undefined) writeOutput("--report", options.report, markdownReport(report, goOn));
  if (options.json === true) {
    const { owner, fleet } = memory;
    const all = waves.map((wave) => waveJson(wave, report));
    const more = passed ? {} : { goOn };
    terminal.out(printable(`${JSON.stringify({ passed, dryRun: false, owner, fleet, waves: all, ...more })}\n`));
  } else if (waves.every(({ result }) => result === "unchanged")) say(reportSummary(report));
  else terminal.out(renderReport(withoutChanges(report), goOn));
  return passed ? ExitCode.Good : ExitCode.Failed;
};

const interruptedBy = (terminal: Terminal): AbortSignal => {
  const stop = new AbortController();
  // Every reading and every wave listens.
  setMaxListeners(0, stop.signal);
  terminal.onInterrupt?.(() => {
    terminal.err("\nInterrupted: no further host is begun. Once more ends it at once.\n");
    stop.abort();
  });
  return stop.signal;
};

const runLocked = async (
  request: RolloutRequest & { readonly statePath: string },
  file: string,
  options: RolloutOptions,
  terminal: Terminal,
): Promise<ExitCode> => {
  const speaks = speaker(terminal, options);
  const { say, warn, progress } = speaks;
  const context: WorkContext = {
    log: { info: say, warn, progress },
    signal: interruptedBy(terminal),
    again: goOnCommand(file, options),
  };
  progress("reading hosts");
  const fleet = await prepareFleet(request, context);
  fleet.waves.flatMap(({ prepared }) => prepared.warnings).forEach(warn);
  if (options.dryRun === true) return dryRun(fleet, speaks, options, terminal);
  if (isAnythingToDo(fleet)) tellPreview(fleet, speaks);
  if (!(await isWanted(fleet, options, terminal, context.signal))) {
    say("Nothing was written.");
    return ExitCode.Failed;
  }
  try {
    return conclude(await carriedOut(fleet, request.statePath, context, speaks), file, options, speaks, terminal);
  } catch (error) {
    if (!(error instanceof StateNotKept)) throw error;
    terminal.err(
      `${printable(
        `The state cannot be written to ${request.statePath}: ${error.message}. No further wave is begun. ` +
          "Make room or give the right to write, and run it again: it goes on with what is not done.",
      )}\n`,
    );
    return ExitCode.Internal;
  }
};

const runRollout = async (file: string, options: RolloutOptions, terminal: Terminal): Promise<ExitCode> => {
  const problems: Problem[] = [];
  let lock: RunLock | undefined;
  // A dry run writes nothing, a lock neither; the file that it reads is always whole.
  if (options.dryRun !== true) {
    const locked = lockRun(statePathOf(file, options));
    problems.push(...problemsIn(locked));
    if (locked.ok) lock = locked.value;
  }
  try {
    return await runLocked(rolloutRequest(file, options, problems), file, options, terminal);
  } finally {
    lock?.release();
  }
};

/** Registers `rollout INVENTORY`. */
export const addRolloutSubcommand = (parent: Command, terminal: Terminal, exit: (code: ExitCode) => void): void => {
  const command = parent
    .command("rollout")
    .description("Roll the settings of an inventory out, wave by wave, without an engine; run again, it goes on")
    .argument("<inventory>", "an inventory, YAML or JSON");
  addFleetFlags(command)
    .option("--dry-run", "read hosts, print the waves and what they would change, and write nothing")
    .option("--state <file>", "what was done is kept here; default INVENTORY.rollout.json")
    .option("--owner <project/stack>", "in whose name hosts are tuned; default rollout/INVENTORY, kept in the state")
    .option("--fleet <name>", "with which the names of the waves begin; default fleet, kept in the state")
    .option("--yes", "do not ask before the first host is written")
    .option("--report <file>", "write the page of the rollout as Markdown")
    .option("--json", "print JSON; lines for people go to standard error")
    .addHelpText(
      "after",
      "\nExample: pulumi-conntrack rollout hosts.yaml --dry-run\n" +
        "Exit codes: 0 done, 1 a wave did not pass or hosts are pending, 2 a flag, the inventory or the state cannot be\n" +
        "used and nothing was written, 3 an internal error. Ctrl-C once begins no further host and puts back a wave in\n" +
        "its soak time; twice ends at once.",
    )
    .action(async (file: string, options: RolloutOptions) => {
      try {
        exit(await runRollout(file, options, terminal));
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        exit(reportProblems(error, options.json ?? false, terminal));
      }
    });
};

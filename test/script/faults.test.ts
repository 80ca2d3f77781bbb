/**
 * Ends apply, change and restore at every step, and lets every fault of a host happen, in every shell on five kernels.
 * Whatever happens, the host must be as before or as planned, after a boot too, and the next run must finish. What came
 * out is faults.md beside this file: written anew with CONNTRACK_FAULTS=all, held to by a sample otherwise.
 */
import { hostScript } from "../../src/delivery/script/script";
import {
  bootedState,
  commandLine,
  commands,
  endOnly,
  expectedOf,
  inTurn,
  kernels,
  outcomeOf,
  prepared,
  stateOf,
  undisturbed,
  type Command,
  type Course,
  type Expected,
} from "./fault-courses";
import { writeTables, writtenRow, writtenRows, type Row } from "./fault-table";
import { hostFaults } from "./host-faults";
import { runWithEnding, type Ending, type Strike } from "./kill-anywhere";
import { shells, type SimulatedHost, type Shell } from "./simulated-host";

/** With CONNTRACK_FAULTS=all everything happens everywhere, and the tables are written anew. */
const everywhere = process.env["CONNTRACK_FAULTS"] === "all";

const endings = ["shell", "group", "machine", "hang"] as const;
const stepHeader: Row = ["kernel", "command", "step", "before", "shell", "both", "machine", "hang"];
const faultHeader: Row = ["fault", "command", ...kernels.map(({ name }) => name)];

/**
 * One of so many cells is tried: every one in dash for the tables, and every third in each of the others; a usual run
 * takes a sample of which all together meet all parts of a run.
 */
const cellSample: Readonly<Record<Shell, number>> = everywhere
  ? { dash: 1, bash: 3, busybox: 3 }
  : { dash: 41, bash: 67, busybox: 67 };
const faultSample: Readonly<Record<Shell, number>> = everywhere ? cellSample : { dash: 23, bash: 23, busybox: 23 };

/** Numbers cells so that neighbours, kernels and shells take turns. */
const isTried = (every: number, ...indices: readonly number[]): boolean =>
  indices.reduce((sum, index, place) => sum + index * (3 * place + 1), 0) % every === 0;

/** How the host is after an ending, before anybody finishes the work. */
const stateAfter = async (
  host: SimulatedHost,
  course: Course,
  shell: Shell,
  ending: Ending,
  expected: Expected,
): Promise<string> => {
  if (ending === "machine") return outcomeOf(bootedState(host, course), expected.bootedBefore, expected.bootedPlanned);
  if (ending === "group") await runWithEnding(host, hostScript, endOnly, undisturbed(shell));
  return outcomeOf(stateOf(host, course), expected.before, expected.planned);
};

/** In the script's own seconds, which a simulated host counts twenty times as fast: four of ours, ten times what a run takes. */
const hangLimit = 80;

/** Ends one run at one step, says how the host is, and proves that the next run copes with whatever is left. */
const outcome = async (
  course: Course,
  shell: Shell,
  ending: Ending,
  at: Strike,
  expected: Expected,
): Promise<string> => {
  const host = prepared(course);
  const line = commandLine(course);
  const limit = ending === "hang" ? ` limitSeconds=${hangLimit}` : "";
  await runWithEnding(host, hostScript, line + limit, { shell, ending, at });
  const found = await stateAfter(host, course, shell, ending, expected);
  const next = await runWithEnding(host, hostScript, line, undisturbed(shell));
  const after = stateOf(host, course);
  host.remove();
  const finished = [expected.planned, ...(ending === "machine" ? [expected.plannedAfterBoot] : [])].includes(after);
  return next.status === 0 && finished ? found : `${found}; NEXT RUN: ${next.stderr}${after}`;
};

const readable = (step: string): string =>
  step
    .replaceAll("/var/lib/pulumi-conntrack/", "")
    .replace(/\d+ \d+ 1{8}-\S+/, "OWNER")
    .replace(/^(mv|rm) -r?f? ?/, "$1 ")
    .replace(/^mv \S+ (\S+)$/, "write $1")
    .replace(/^cp -a (\S+) \S+$/, "copy $1");

interface Cell {
  readonly step: number;
  readonly ending: (typeof endings)[number];
}

const cellsOf = ({ steps }: Expected): Cell[] =>
  steps.flatMap((_, index) => endings.map((ending) => ({ step: index + 1, ending })));

/** Before its first step the run has no watchdog, and has changed nothing. */
const isUnguarded = ({ step, ending }: Cell): boolean => ending === "hang" && step === 1;

/** What the run of all faults found: rows by course, and cells by fault and course. */
const stepRows = new Map<string, Row[]>();
const faultCells = new Map<string, string>();

/** In the run of all faults the first shell says what the others must find; otherwise the document does. */
const expectCells = (found: readonly string[], written: readonly string[]): void => {
  for (const text of found) expect(text).toMatch(/^(–|as (before|planned)[^:]*)$/);
  expect(found).toEqual(written);
};

const faultCell = (name: string, { kernel, command }: Course): string =>
  faultCells.get(`${name}|${command}|${kernel.name}`) ?? writtenRow(name, command)[2 + kernels.indexOf(kernel)] ?? "";

describe.each(kernels)("$name", (kernel) => {
  describe.each(commands)("%s", (command: Command) => {
    const course = { kernel, command };
    const courseNumber = kernels.indexOf(kernel) * commands.length + commands.indexOf(command);
    let expected: Expected;
    beforeAll(async () => {
      expected = await expectedOf(course);
    });

    const stepsFrom = (rows: readonly Row[], cells: readonly Cell[]): string[] =>
      cells.map(
        ({ step, ending }) => rows[step - 1]?.[stepHeader.length - endings.length + endings.indexOf(ending)] ?? "",
      );

    test.each(shells)(
      "ended anywhere in %s is as before or as planned, and the next run finishes",
      async (shell) => {
        const cells = cellsOf(expected).filter((_, index) =>
          isTried(cellSample[shell], index, courseNumber, shells.indexOf(shell)),
        );
        const found = await inTurn(cells, 3, async (cell) =>
          isUnguarded(cell) ? "–" : outcome(course, shell, cell.ending, cell.step, expected),
        );
        const labels = expected.steps.map((step, index) => [
          kernel.name,
          command,
          `${index + 1}`,
          `\`${readable(step)}\``,
        ]);
        if (everywhere && shell === shells[0])
          stepRows.set(
            `${kernel.name}|${command}`,
            labels.map((label, index) => [
              ...label,
              ...found.slice(index * endings.length, (index + 1) * endings.length),
            ]),
          );
        const rows = stepRows.get(`${kernel.name}|${command}`) ?? labels.map((label) => writtenRow(...label));
        expectCells(found, stepsFrom(rows, cells));
      },
      3_600_000,
    );

    test.each(everywhere ? shells : shells.slice(0, 1))(
      "goes on in %s when the connection ends at every step",
      async (shell) => {
        expect(await outcome(course, shell, "connection", "every", expected)).toBe("as planned");
      },
      120_000,
    );

    test.each(shells)(
      "with a fault of the host in %s is as before or as planned, and the next run finishes",
      async (shell) => {
        const faults = hostFaults.filter((_, index) =>
          isTried(faultSample[shell], index, courseNumber, shells.indexOf(shell)),
        );
        const found = await inTurn(faults, 3, async (fault) => (await fault.happen(course, shell, expected)) ?? "–");
        if (everywhere && shell === shells[0])
          faults.forEach(({ name }, index) => faultCells.set(`${name}|${command}|${kernel.name}`, found[index] ?? ""));
        expectCells(
          found,
          faults.map(({ name }) => faultCell(name, course)),
        );
      },
      3_600_000,
    );
  });
});

/** Courses that this run left out (jest -t) stay as they were written. */
afterAll(() => {
  if (!everywhere) return;
  const courses = kernels.flatMap((kernel) => commands.map((command) => ({ kernel, command })));
  writeTables(
    {
      header: stepHeader,
      rows: courses.flatMap(
        ({ kernel, command }) => stepRows.get(`${kernel.name}|${command}`) ?? writtenRows(kernel.name, command),
      ),
    },
    {
      header: faultHeader,
      rows: hostFaults.flatMap(({ name }) =>
        commands.map((command) => [name, command, ...kernels.map((kernel) => faultCell(name, { kernel, command }))]),
      ),
    },
  );
});

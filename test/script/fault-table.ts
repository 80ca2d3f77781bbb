/** faults.md beside the tests: written by the run of all faults, read by every other run. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const path = join(__dirname, "faults.md");

export type Row = readonly string[];

const lineOf = (row: Row): string => `| ${row.join(" | ")} |`;

const heading = `# What faults do to a host

The cells behind the summary in [docs/faults.md](../../docs/faults.md). Made by the tests on simulated hosts (real
shells, the real script, files in the place of /proc, /sys and /etc); a test fails where a cell no longer holds. To make
it anew:
\`CONNTRACK_FAULTS=all npx jest --selectProjects script --testPathPatterns faults\`.

A cell is what dash did. The run that makes the tables holds every third cell in bash and every third in busybox ash
too; a usual test run holds a sample in all three. "As before" and "as planned" mean the live values, all files below
/etc and the journal. After each fault the next run, without it, finished as planned.

## Ends of a run, before each step that changes anything

- shell: SIGKILL to the shell; its watchdog puts things back.
- both: SIGKILL to shell and watchdog, so that nobody is left to act; the cell says what the next run, whatever it is
  asked to do, puts back before it begins. Until then live values may be partly set; each file is whole.
- machine: the same, and a boot instead of a run; the cell says what the boot brings.
- hang: the step never ends, and the watchdog kills it at the run's time limit. At the lock itself, the first step,
  there is no watchdog yet, and nothing is changed.

The end of the connection (hang-up at every step, closed standard output and error) never ends a run: as planned in
every command, kernel and shell.
`;

const middle = `
## Faults of the host

The number is the exit status: 0 done, 1 refused, 3 failed and put back, 4 failed and not all could be put back; see
[host-script.md](../../docs/host-script.md). EACCES is what SELinux and read-only mounts answer, made with a user to whom these
files are denied; ENOSPC is a disk with room for n more files, n from 0 until the run succeeds. A clock cannot be moved
in a test: every file of the host is dated so, and no run asked for the time but to write it into the audit trail. A damaged journal is told as a warning: a
restore then changes nothing; an apply sets what is planned, but a key that left the plan keeps its value, because its
original is lost.
`;

export interface Table {
  readonly header: Row;
  readonly rows: readonly Row[];
}

const linesOf = ({ header, rows }: Table): string =>
  [header, header.map(() => "---"), ...rows].map((row) => `${lineOf(row)}\n`).join("");

/** Writes both tables. */
export const writeTables = (steps: Table, faults: Table): void =>
  writeFileSync(path, `${heading}\n${linesOf(steps)}${middle}\n${linesOf(faults)}`);

const rowsIn = (text: string): string[][] =>
  text.split("\n").flatMap((line) => (line.startsWith("| ") ? [line.slice(2, -2).split(" | ")] : []));

/** The rows that begin with these cells, as they were written last. */
export const writtenRows = (...start: Row): readonly Row[] =>
  rowsIn(existsSync(path) ? readFileSync(path, "utf8") : "").filter((row) =>
    start.every((cell, index) => row[index] === cell),
  );

export const writtenRow = (...start: Row): Row => writtenRows(...start)[0] ?? [];

/** The rows for a person. */
import Table from "cli-table3";
import { isMet, type Goal } from "./goals";
import { cpuMsOfOneMore, createLookup, type Row } from "./rows";

const digits = (value: number | undefined, count: number): string => (value === undefined ? "-" : value.toFixed(count));

const times = (one: number, other: number | undefined): string => digits(other && one / other, 2);

const head = [
  ...["hosts", "tool", "phase", "wall s", "CPU s", "ms CPU/host", "MB", "logins", "state B/host"],
  ...["x one host", "x ssh loop", "x pssh", "CPU x ssh loop", "CPU x pssh", "load"],
];

/** @param rows of one kind of hosts */
export const tableOf = (rows: readonly Row[]): string => {
  const lookup = createLookup(rows);
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const row of lookup.all()) {
    const [loop, pssh] = [lookup.peer(row, "ssh loop"), lookup.peer(row, "pssh")];
    table.push([
      row.hosts,
      row.tool,
      row.phase,
      digits(row.wallSeconds, 2),
      digits(row.cpuSeconds, 2),
      digits(cpuMsOfOneMore(row, lookup.single(row)), 1),
      digits(row.peakBytes / 1e6, 0),
      row.contacts,
      digits(row.stateBytes && row.stateBytes / row.hosts, 0),
      times(row.wallSeconds, lookup.single(row)?.wallSeconds),
      times(row.wallSeconds, loop?.wallSeconds),
      times(row.wallSeconds, pssh?.wallSeconds),
      times(row.cpuSeconds, loop?.cpuSeconds),
      times(row.cpuSeconds, pssh?.cpuSeconds),
      digits(row.load, 1),
    ]);
  }
  return table.toString();
};

export const goalLine = (goal: Goal): string =>
  `${isMet(goal) ? "met" : "MISSED"}: ${goal.what}: ${digits(goal.measured, 2)}, at most ${goal.limit}`;

import { lookup, lookupRow, type Row } from "../../../src/kernel/lookup";
import { readKernelRelease, type KernelRelease } from "../../../src/kernel/release";
import * as chainLimit from "../../../src/kernel/tables/chain-limit";
import * as entry from "../../../src/kernel/tables/entry";
import * as era from "../../../src/kernel/tables/era";
import * as flags from "../../../src/kernel/tables/flags";
import * as fullTable from "../../../src/kernel/tables/full-table";
import * as garbageCollection from "../../../src/kernel/tables/garbage-collection";
import * as paths from "../../../src/kernel/tables/paths";
import * as protocols from "../../../src/kernel/tables/protocols";
import * as tableSize from "../../../src/kernel/tables/table-size";
import * as timeouts from "../../../src/kernel/tables/timeouts";
import { valueOrThrow } from "../../../src/validation/validation";

const releaseOf = (release: string): KernelRelease =>
  valueOrThrow(readKernelRelease(release), `${release} cannot be read.`);

const rows: readonly Row<string>[] = [
  { since: [2, 6, 0], value: "old", source: "test" },
  { since: [5, 15, 0], value: "new", source: "test" },
  { stable: [5, 10, 62], value: "backport", source: "test" },
  { enterprise: "el8", value: "vendor", source: "test" },
];

describe("reading a table", () => {
  test.each([
    ["2.4.20", undefined],
    ["2.6.0", "old"],
    ["5.10.61", "old"],
    ["5.10.62", "backport"],
    ["5.11.22", "old"],
    ["5.15.0", "new"],
    ["7.3.4", "new"],
    ["4.18.0-553.el8", "vendor"],
    // A vendor's kernel takes no backport of a stable series that it does not follow.
    ["5.10.100-1.el9.x86_64", "old"],
  ])("%s reads %s", (release, value) => {
    expect(lookupRow(rows, releaseOf(release))?.value).toBe(value);
  });

  test("does not depend on the order of the rows", () => {
    for (const release of ["5.10.62", "5.15.0", "4.18.0-553.el8"].map((text) => releaseOf(text))) {
      expect(lookupRow([...rows].reverse(), release)).toEqual(lookupRow(rows, release));
    }
  });

  test("a table without a row for a kernel is a fault of the table", () => {
    expect(() => lookup(rows, releaseOf("2.4.20"))).toThrow("no row for 2.4.20");
  });
});

const isTable = (value: unknown): value is readonly Row<unknown>[] =>
  Array.isArray(value) && value.every((row) => typeof row === "object" && row !== null && "source" in row);

const modules = { chainLimit, entry, era, flags, fullTable, garbageCollection, paths, protocols, tableSize, timeouts };

const tables = Object.entries(modules).flatMap(([file, exported]) =>
  Object.entries(exported).flatMap(([name, value]: [string, unknown]): [string, readonly Row<unknown>[]][] => {
    if (isTable(value)) return [[`${file}.${name}`, value]];
    return typeof value === "object" && value !== null
      ? Object.entries(value)
          .filter((each): each is [string, readonly Row<unknown>[]] => isTable(each[1]))
          .map(([key, table]) => [`${file}.${name}.${key}`, table])
      : [];
  }),
);

describe("every table of the kernel", () => {
  test("is found here", () => {
    expect(tables.length).toBeGreaterThan(70);
  });

  test.each(tables)("%s names a source in each row and says each thing once", (_, table) => {
    const since = table.map((row) => JSON.stringify({ ...row, value: undefined, source: undefined }));
    expect(new Set(since).size).toBe(since.length);
    for (const row of table) expect(row.source).toMatch(/\S{3}/);
  });
});

import fc from "fast-check";

import { explainBootLine, readBootLine } from "../../../src/kernel/boot-line";
import { problemsIn } from "../../../src/validation/validation";

describe("the line that connection tracking prints when it starts", () => {
  test.each([
    [
      "ip_conntrack version 2.4 (8192 buckets, 65536 max) - 304 bytes per conntrack",
      {
        module: "ip_conntrack",
        trackerVersion: "2.4",
        buckets: 8192,
        max: 65536,
        entryBytes: 304,
        kernels: "2.6.15 to 2.6.21 (Red Hat 5 too)",
      },
    ],
    [
      "ip_conntrack version 2.1 (8192 buckets, 65536 max) - 304 bytes per conntrack",
      { trackerVersion: "2.1", entryBytes: 304, kernels: "2.4.20 to 2.6.14 (Red Hat 3 and 4 too)" },
    ],
    [
      "ip_conntrack (4096 buckets, 32768 max)",
      {
        module: "ip_conntrack",
        trackerVersion: undefined,
        buckets: 4096,
        max: 32768,
        entryBytes: undefined,
        kernels: "2.4.0 to 2.4.19",
      },
    ],
    [
      "[    3.141592] nf_conntrack version 0.5.0 (16384 buckets, 65536 max)",
      { module: "nf_conntrack", trackerVersion: "0.5.0", buckets: 16384, max: 65536, entryBytes: undefined },
    ],
    [
      "Nov  2 10:00:00 gw kernel: nf_conntrack: nf_conntrack version 9.9 (1024 buckets, 4096 max)",
      { trackerVersion: "9.9", kernels: "an unknown or patched kernel" },
    ],
  ])("%s", (line, expected) => {
    expect(readBootLine(line)).toMatchObject({ value: expected });
  });

  test("is explained in sentences with the length of a chain and the memory of a full table", () => {
    const line = readBootLine("ip_conntrack version 2.4 (8192 buckets, 65536 max) - 304 bytes per conntrack");
    expect(line.ok && explainBootLine(line.value)).toEqual([
      "ip_conntrack version 2.4 is printed by 2.6.15 to 2.6.21 (Red Hat 5 too); it is the version of the tracker, not of the kernel.",
      "8192 buckets: the table has so many chains.",
      "65536 max: a hard limit; beyond it new connections are dropped once no unassured entry can be evicted.",
      "A full table has 8 entries for each bucket, and because every entry is linked twice 16 nodes in a chain.",
      "304 bytes per conntrack: a full table takes 19 MiB of memory that is never swapped, the buckets not counted.",
    ]);
  });

  test.each([
    "",
    "ip_conntrack",
    "xip_conntrack (1 buckets, 8 max)",
    "nf_conntrack version 0.5.0 (many buckets, 8 max)",
    "ip_conntrack (0 buckets, 0 max)",
  ])("%j is refused", (line) => {
    expect(problemsIn(readBootLine(line))).toMatchObject([{ path: "bootLine", value: line }]);
  });

  test("noise around the line changes nothing", () => {
    const line = "ip_conntrack version 2.4 (8192 buckets, 65536 max) - 304 bytes per conntrack";
    const noise = fc.string().filter((text) => !text.includes("conntrack"));
    fc.assert(
      fc.property(noise, noise, (before, after) => {
        expect(readBootLine(`${before} ${line} ${after}`)).toEqual(readBootLine(line));
      }),
    );
  });
});

import fc from "fast-check";

import { kernelRules } from "../../../src/kernel/kernel-rules";
import { defaultTable, roundBuckets } from "../../../src/kernel/table-size";
import { ProblemsError } from "../../../src/validation/problems";
import { measuredDefaults } from "./truth";

const MiB = 1024;
const GiB = 1024 * MiB;

describe("every default measured on a running kernel is computed exactly", () => {
  test.each(measuredDefaults.map((row) => [JSON.stringify(row.request), row] as const))(
    "%s",
    (_, { request, answer }) => {
      expect(defaultTable(kernelRules(request), request)).toMatchObject(answer);
    },
  );
});

// Kernel, machine, RAM counted in KiB -> buckets, max. From the kernels' sources, computed by hand.
const published: readonly (readonly [string, string, number, number, number])[] = [
  ["2.4.20", "i386", 32 * MiB, 256, 2048],
  ["2.4.20", "i386", 64 * MiB, 512, 4096],
  ["2.4.20", "i386", 128 * MiB, 1024, 8192],
  ["2.4.20", "i386", 262016, 2047, 16376],
  ["2.4.20", "i386", 250000, 1953, 15624],
  ["2.4.20", "i386", 512 * MiB, 4096, 32768],
  ["2.4.20", "i386", GiB, 8192, 65536],
  ["2.4.20", "i386", GiB + 4, 8192, 65536],
  ["2.4.20", "i386", 1 * MiB, 16, 128],
  ["2.4.0", "i386", 1 * MiB, 8, 64],
  ["2.4.0", "i386", 2 * GiB, 16384, 131072],
  ["2.6.15", "i386", 2 * GiB, 8192, 65536],
  ["2.6.18-398.el5", "x86_64", 32 * MiB, 128, 1024],
  ["2.6.18-398.el5", "x86_64", 512 * MiB, 2048, 16384],
  ["2.6.18-398.el5", "x86_64", GiB, 4096, 32768],
  ["2.6.18-398.el5", "x86_64", GiB + 4, 8192, 65536],
  ["2.6.24", "x86_64", 250000, 2048, 8192],
  ["2.6.24", "x86_64", 4 * GiB + 4, 16384, 65536],
  ["2.6.32-754.el6.x86_64", "x86_64", 250000, 2048, 7812],
  ["3.18.36", "x86_64", 500000, 4096, 15624],
  ["3.18.36", "x86_64", 1000000, 8192, 31248],
  ["3.18.36", "x86_64", GiB, 8192, 32768],
  ["3.18.36", "x86_64", GiB + 4, 16384, 65536],
  ["3.18.36", "x86_64", 4 * GiB + 4, 16384, 65536],
  ["4.4.243", "x86_64", 1000000, 8192, 31248],
  ["4.4.243", "x86_64", 4 * GiB, 16384, 65536],
  ["4.4.243", "x86_64", 4 * GiB + 4, 65536, 262144],
  ["3.10.0-1160.el7.x86_64", "x86_64", 1000000, 8192, 31248],
  ["3.10.0-1160.el7.x86_64", "x86_64", 16 * GiB, 65536, 262144],
  ["4.9.190", "x86_64", 250000, 2048, 8192],
  ["4.9.190", "x86_64", 500000, 4096, 16384],
  ["4.9.190", "x86_64", 1000000, 8192, 32768],
  ["4.18.0-553.el8_10.x86_64", "x86_64", 16 * GiB, 65536, 262144],
  // One page of 64 KiB holds 8192 buckets.
  ["4.18.0-553.el8.ppc64le", "ppc64le", 250000, 8192, 32768],
  ["4.18.0-553.el8.aarch64", "aarch64", 250000, 8192, 32768],
  ["5.14.0-427.el9.aarch64+64k", "aarch64", 16 * GiB, 65536, 262144],
  ["6.1.0-50-powerpc64le", "ppc64le", 250000, 8192, 8192],
  ["5.10.262", "i686", 16 * GiB, 65536, 262144],
  ["5.10.262", "x86_64", 32 * MiB, 512, 2048],
  ["5.15.31", "x86_64", 1000000, 8192, 8192],
  ["5.15.31", "x86_64", 128 * MiB, 1024, 1024],
  ["5.15.31", "x86_64", GiB + 4, 65536, 65536],
  ["5.15.31", "i686", 16 * GiB, 65536, 65536],
  ["6.18.44", "x86_64", 24684092, 262144, 262144],
];

describe("the default table of every era", () => {
  test.each(published)("%s on %s with %d KiB has %d buckets and %d max", (kernel, arch, memTotalKiB, buckets, max) => {
    expect(defaultTable(kernelRules({ kernel, arch }), { memTotalKiB })).toMatchObject({ buckets, max });
  });

  test.each([
    ["2.4.20", "i386", 5000, 5000, 40000],
    ["3.18.36", "x86_64", 5000, 5120, 40000],
    ["4.9.190", "x86_64", 5000, 5120, 40960],
    ["6.1.0-50-686", "i686", 12345, 13312, 106496],
    ["6.18.44", "x86_64", 262144, 262144, 2097152],
  ])("%s on %s with hashsize %d has %d buckets and %d max", (kernel, arch, hashsize, buckets, max) => {
    expect(defaultTable(kernelRules({ kernel, arch }), { memTotalKiB: GiB, hashsize })).toMatchObject({ buckets, max });
  });

  test("a hashsize of 0 means the kernel's own size, as modprobe reads it", () => {
    const rules = kernelRules({ kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" });
    expect(defaultTable(rules, { memTotalKiB: 2026272, hashsize: 0 })).toEqual(
      defaultTable(rules, { memTotalKiB: 2026272 }),
    );
  });

  test("a list_head of 2.4 on i386 takes 8 bytes, a pointer of 6.18 on x86_64 too", () => {
    expect(defaultTable(kernelRules({ kernel: "2.4.20", arch: "i386" }), { memTotalKiB: 64 * MiB }).tableBytes).toBe(
      4096,
    );
    expect(defaultTable(kernelRules({ kernel: "6.18.44", arch: "x86_64" }), { memTotalKiB: 24684092 }).tableBytes).toBe(
      2 * 2 ** 20,
    );
  });

  test("expectations have no limit before 2.6.23", () => {
    expect(
      defaultTable(kernelRules({ kernel: "2.6.18", arch: "i386" }), { memTotalKiB: GiB }).expectMax,
    ).toBeUndefined();
  });
});

describe("what a kernel refuses is a problem with its limit", () => {
  const problemsOf = (kernel: string, memTotalKiB: number, hashsize?: number): readonly string[] => {
    try {
      defaultTable(kernelRules({ kernel, arch: "x86_64" }), { memTotalKiB, hashsize });
    } catch (error) {
      if (error instanceof ProblemsError) return error.problems.map(({ path, limit }) => `${path}: ${limit}`);
      throw error;
    }
    return [];
  };

  test.each([
    ["6.1.0-50-cloud-amd64", -1, "hashsize: must be a whole number that is not negative"],
    ["6.1.0-50-cloud-amd64", 1.5, "hashsize: must be a whole number that is not negative"],
    ["6.1.0-50-cloud-amd64", 4294967295, "hashsize: must be at most 268435455 after rounding"],
    ["6.1.124", 4294967295, "hashsize: must be at most 536870911 after rounding"],
    ["2.4.0", 1024, "hashsize: does not exist in 2.4.0"],
  ])("%s refuses a hashsize of %d", (kernel, hashsize, problem) => {
    expect(problemsOf(kernel, GiB, hashsize)).toEqual([problem]);
  });

  test("memory that is no whole number of KiB and a bad hashsize are both named", () => {
    expect(problemsOf("6.18.44", 0.5, -1)).toEqual([
      expect.stringContaining("memTotalKiB: must be a whole number of KiB"),
      expect.stringContaining("hashsize: "),
    ]);
  });
});

describe("laws that hold on every kernel", () => {
  const rules = [
    ["2.4.0", "i386"],
    ["2.4.20", "i386"],
    ["2.6.18", "x86_64"],
    ["2.6.24", "i686"],
    ["3.10.0-1160.el7.x86_64", "x86_64"],
    ["4.4.243", "x86_64"],
    ["5.10.262", "i686"],
    ["6.18.44", "aarch64"],
    ["4.18.0-553.el8.ppc64le", "ppc64le"],
  ].map(([kernel = "", arch = ""]) => kernelRules({ kernel, arch }));
  const anyRules = fc.constantFrom(...rules);
  const anyMemory = fc.integer({ min: 4 * MiB, max: 2 ** 31 });

  test("rounding twice is rounding once, and never lowers", () => {
    fc.assert(
      fc.property(anyRules, fc.integer({ min: 1, max: 2 ** 28 }), (kernel, buckets) => {
        const rounded = roundBuckets(kernel, buckets);
        expect(rounded).toBeGreaterThanOrEqual(buckets);
        expect(roundBuckets(kernel, rounded)).toBe(rounded);
      }),
    );
  });

  test("more memory never means fewer buckets or entries", () => {
    fc.assert(
      fc.property(anyRules, anyMemory, fc.nat({ max: 2 ** 24 }), (kernel, memTotalKiB, more) => {
        const small = defaultTable(kernel, { memTotalKiB });
        const large = defaultTable(kernel, { memTotalKiB: memTotalKiB + more });
        expect(large.buckets).toBeGreaterThanOrEqual(small.buckets);
        expect(large.max).toBeGreaterThanOrEqual(small.max);
      }),
    );
  });

  test("a given hashsize is met or exceeded, and the table has at most 8 entries for each bucket", () => {
    fc.assert(
      fc.property(
        anyRules.filter((kernel) => kernel.tableSize.acceptsHashsize),
        anyMemory,
        fc.integer({ min: 1, max: 2 ** 26 }),
        (kernel, memTotalKiB, hashsize) => {
          const { buckets, max } = defaultTable(kernel, { memTotalKiB, hashsize });
          expect(buckets).toBeGreaterThanOrEqual(hashsize);
          expect(max).toBeLessThanOrEqual(8 * buckets);
          expect(max).toBeGreaterThanOrEqual(8 * hashsize);
        },
      ),
    );
  });

  test("where max comes from the rounded size, it is at least the number of buckets", () => {
    fc.assert(
      fc.property(
        anyRules.filter((kernel) => kernel.tableSize.maxFromRounded),
        anyMemory,
        (kernel, memTotalKiB) => {
          const { buckets, max } = defaultTable(kernel, { memTotalKiB });
          expect(max).toBeGreaterThanOrEqual(buckets);
        },
      ),
    );
  });
});

import fc from "fast-check";
import { kernelRules } from "../../../src/kernel/kernel-rules";
import { defaultTable, roundBuckets } from "../../../src/kernel/table-size";
import { tryPlan } from "../../../src/plan/plan";
import type { PlanRequest } from "../../../src/plan/request";
import { nodesPerBucket } from "../../../src/plan/table-plan";
import { Role } from "../../../src/sizing/roles";
import { problemsIn } from "../../../src/validation/validation";

const kernels = fc.constantFrom(
  { kernel: "2.4.20", arch: "i686" },
  { kernel: "2.6.18-398.el5", arch: "x86_64" },
  { kernel: "2.6.32-754.el6.x86_64", arch: "x86_64" },
  { kernel: "3.10.0-1160.el7.x86_64", arch: "x86_64" },
  { kernel: "5.10.0-46-cloud-amd64", arch: "x86_64" },
  { kernel: "6.1.0-50-686", arch: "i686" },
  { kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" },
  { kernel: "6.12.107+deb13-cloud-arm64", arch: "aarch64" },
  { kernel: "7.3.4", arch: "x86_64" },
);
const memory = fc.oneof(fc.integer({ min: 32, max: 8192 }), fc.integer({ min: 32, max: 2 ** 21 }));
const requests = fc.record({
  kernel: kernels,
  memoryMiB: memory,
  cores: fc.integer({ min: 1, max: 256 }),
  role: fc.constantFrom(...Object.values(Role)),
});
type Given = typeof requests extends fc.Arbitrary<infer T> ? T : never;

const requestOf = ({ kernel, memoryMiB, cores, role }: Given): PlanRequest => ({
  facts: { ...kernel, memoryMiB, cores },
  role,
});

const plannedOf = (given: Given) => {
  const planned = tryPlan(requestOf(given));
  return planned.ok ? planned.value : undefined;
};

describe("a plan from RAM alone", () => {
  test("never takes fewer entries than the kernel by itself", () => {
    fc.assert(
      fc.property(requests, (given) => {
        const made = plannedOf(given);
        fc.pre(made !== undefined);
        const alone = defaultTable(made.rules, { memTotalKiB: given.memoryMiB * 1024 });
        expect(made.plan.settings.max).toBeGreaterThanOrEqual(alone.max);
      }),
    );
  });

  test("never holds more than a thirty-second of the RAM", () => {
    fc.assert(
      fc.property(requests, (given) => {
        const made = plannedOf(given);
        fc.pre(made !== undefined);
        expect(made.plan.memory.fullBytes).toBeLessThanOrEqual((given.memoryMiB * 2 ** 20) / 32);
        expect(made.plan.memory.fullBytes).toBe(
          made.plan.memory.tableBytes + made.plan.settings.max * made.plan.memory.entryBytes,
        );
      }),
    );
  });

  test("never holds more than a thirty-second of 896 MiB of low memory on 32 bits", () => {
    fc.assert(
      fc.property(requests, (given) => {
        const made = plannedOf(given);
        fc.pre(made?.rules.architecture.bits === 32);
        expect(made.plan.memory.fullBytes).toBeLessThanOrEqual((896 * 2 ** 20) / 32);
      }),
    );
  });

  test("never takes fewer entries on a host with more RAM", () => {
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 65536 }), (given, moreMiB) => {
        const small = plannedOf(given);
        const large = plannedOf({ ...given, memoryMiB: given.memoryMiB + moreMiB });
        fc.pre(small !== undefined && large !== undefined);
        expect(large.plan.settings.max).toBeGreaterThanOrEqual(small.plan.settings.max);
      }),
    );
  });

  test("keeps the mean chain of a full table at 16, 8 or 2 nodes by era, the figures of section 4 of the kernel's history", () => {
    const nodesOf = { 8: 16, 4: 8, 1: 2 } as Readonly<Record<number, number>>;
    fc.assert(
      fc.property(requests, (given) => {
        const made = plannedOf(given);
        fc.pre(made !== undefined);
        const { max, buckets } = made.plan.settings;
        expect(nodesPerBucket(max, buckets)).toBeLessThanOrEqual(nodesOf[made.rules.tableSize.maxPerBucket] ?? 0);
      }),
    );
  });

  test("plans buckets that the kernel will not round again", () => {
    fc.assert(
      fc.property(requests, (given) => {
        const made = plannedOf(given);
        fc.pre(made !== undefined);
        expect(roundBuckets(made.rules, made.plan.settings.buckets)).toBe(made.plan.settings.buckets);
      }),
    );
  });

  test("comes out the same when its own numbers are written by hand", () => {
    fc.assert(
      fc.property(requests, (given) => {
        const made = plannedOf(given);
        fc.pre(made !== undefined);
        const { max, buckets, timeouts } = made.plan.settings;
        const again = tryPlan({ ...requestOf(given), settings: { max, buckets, timeouts } });
        expect(again.ok && again.value.plan.settings).toEqual(made.plan.settings);
      }),
    );
  });

  test("gives every setting its reason in one sentence", () => {
    fc.assert(
      fc.property(requests, (given) => {
        const made = plannedOf(given);
        fc.pre(made !== undefined);
        const { reasons, settings } = made.plan;
        expect(Object.keys(reasons).sort()).toEqual(["max", "buckets", ...Object.keys(settings.timeouts)].sort());
        for (const reason of Object.values(reasons)) expect(reason).toMatch(/^[A-Z0-9].+[.]$/);
      }),
    );
  });
});

test("a host that cannot hold what its kernel takes by itself is an error, not a smaller table", () => {
  // i386 with more than 4 GiB: 5.10 takes 262144 entries there, and all of them live in 896 MiB of low memory.
  const planned = tryPlan({ facts: { memoryMiB: 8192, kernel: "5.10.0-32-686-pae", arch: "i686" } });
  expect(problemsIn(planned).map(({ path }) => path)).toEqual(["facts.memoryMiB"]);
  expect(problemsIn(planned)[0]?.remedy).toContain("allowShrink: true");
  expect(kernelRules({ kernel: "5.10.0-32-686-pae", arch: "i686" }).tableSize.steps[0]?.buckets).toBe(65536);
});

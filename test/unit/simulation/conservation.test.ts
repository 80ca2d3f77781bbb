import fc from "fast-check";
import { kernelRules } from "../../../src/kernel/kernel-rules";
import type { Model } from "../../../src/simulation/engine/model";
import { runJob } from "../../../src/simulation/engine/run";
import type { Scenario, TrafficClass } from "../../../src/simulation/scenario/scenario";
import { prepare, simulate } from "../../../src/simulation/simulate";
import { chainLength, firstNode, nextNode, recordOf } from "../../../src/simulation/engine/table";
import { valueOrThrow } from "../../../src/validation/validation";

/** One kernel of each era of early drop, collector and chain limit. */
const KERNELS = [
  "2.4.20",
  "2.6.18",
  "2.6.32",
  "3.18.36",
  "4.9.0",
  "4.14.200",
  "5.10.198",
  "5.15.0",
  "5.18.0",
  "6.12.107",
];

const kinds: fc.Arbitrary<Pick<TrafficClass, "protocol" | "pattern">> = fc.constantFrom(
  { protocol: "udp" as const, pattern: "unreplied" as const },
  { protocol: "udp" as const, pattern: "query" as const },
  { protocol: "udp" as const, pattern: "stream" as const },
  { protocol: "tcp" as const, pattern: "syn" as const },
  { protocol: "tcp" as const, pattern: "refused" as const },
  { protocol: "tcp" as const, pattern: "session" as const },
  { protocol: "tcp" as const, pattern: "halfclosed" as const },
  { protocol: "icmp" as const, pattern: "query" as const },
  { protocol: "generic" as const, pattern: "stream" as const },
);

const trafficClass: fc.Arbitrary<TrafficClass> = fc
  .tuple(
    kinds,
    fc.record({
      startSeconds: fc.integer({ min: 0, max: 20 }),
      newPerSecond: fc.double({ min: 0.5, max: 60, noNaN: true }),
      arrivals: fc.constantFrom("even" as const, "poisson" as const, "pareto" as const),
      intervalSeconds: fc.double({ min: 0.5, max: 20, noNaN: true }),
      lifeSeconds: fc.integer({ min: 0, max: 60 }),
      retransmissions: fc.integer({ min: 0, max: 4 }),
    }),
    fc.constantFrom("fin" as const, "rst" as const, "silent" as const),
  )
  .map(([kind, rest, end]) => ({ ...kind, ...rest, ...(kind.pattern === "session" ? { end } : {}) }));

/** Leaves out what the kernel cannot do: a table of before 2.6.15 keeps its size. */
const possible = (given: Scenario): Scenario =>
  kernelRules(given).tableSize.resizable
    ? given
    : { ...given, events: given.events?.map(({ t, settings: { max } }) => ({ t, settings: { max } })) };

const anyScenario: fc.Arbitrary<Scenario> = fc.record({
  kernel: fc.constantFrom(...KERNELS),
  arch: fc.constant("x86_64"),
  settings: fc.record({ buckets: fc.constantFrom(1, 512), max: fc.integer({ min: 1, max: 900 }) }),
  durationSeconds: fc.integer({ min: 1, max: 130 }),
  seed: fc.nat(),
  preload: fc.array(
    fc.record({
      protocol: fc.constant("udp" as const),
      pattern: fc.constantFrom("unreplied" as const, "query" as const, "stream" as const),
      count: fc.nat(100),
    }),
    { maxLength: 2 },
  ),
  traffic: fc.array(trafficClass, { maxLength: 4 }),
  events: fc.array(
    fc.record({
      t: fc.integer({ min: 0, max: 100 }),
      settings: fc.record({ buckets: fc.constantFrom(512, 1024, 2048), max: fc.integer({ min: 1, max: 900 }) }),
    }),
    { maxLength: 2 },
  ),
});
const scenario = anyScenario.map(possible);

/** Nodes reached by walking every chain; checks on the way that each bucket knows its length. */
const walkedNodes = ({ table }: Model): Map<number, number> => {
  const nodesOf = new Map<number, number>();
  for (let bucket = 0; bucket < table.buckets; bucket += 1) {
    let length = 0;
    for (let node = firstNode(table, bucket); node !== 0; node = nextNode(table, node)) {
      length += 1;
      nodesOf.set(recordOf(node), (nodesOf.get(recordOf(node)) ?? 0) + 1);
    }
    // Jest's own comparison, for each bucket at each second, would take most of a minute.
    if (length !== chainLength(table, bucket))
      throw new Error(`bucket ${bucket} has ${length} nodes, and says otherwise`);
  }
  return nodesOf;
};

const observe = (given: Scenario, check: (model: Model) => void): void => {
  const { job } = valueOrThrow(prepare(given, kernelRules(given)), "The scenario cannot be prepared.");
  runJob(job, (_second, model) => check(model));
};

test("At every second each entry asked for is live, expired, evicted, refused or dropped, and none twice", () => {
  fc.assert(
    fc.property(scenario, (given) => {
      observe(given, ({ counters, table }) => {
        const { expired, evicted, refused, dropped } = counters;
        expect(table.count + expired + evicted + refused + dropped).toBe(counters.arrivals);
      });
    }),
    { numRuns: 30 },
  );
});

test("Every entry counted stands in exactly two chains", () => {
  fc.assert(
    fc.property(scenario, (given) => {
      observe(given, (model) => {
        const nodesOf = walkedNodes(model);
        expect(nodesOf.size).toBe(model.table.count);
        expect([...nodesOf.values()].every((nodes) => nodes === 2)).toBe(true);
      });
    }),
    { numRuns: 12 },
  );
});

test("There are never more entries than max, once the preloaded ones fit", () => {
  fc.assert(
    fc.property(scenario, (given) => {
      expect(simulate({ ...given, events: [], preload: [] }).peak).toBeLessThanOrEqual(given.settings.max);
    }),
    { numRuns: 30 },
  );
});

test("The same seed gives the same result to the bit", () => {
  fc.assert(
    fc.property(scenario, (given) => {
      expect(simulate(given)).toEqual(simulate(given));
    }),
    { numRuns: 10 },
  );
});

test("Another seed gives another run", () => {
  const given: Scenario = {
    kernel: "6.12.107",
    arch: "x86_64",
    settings: { buckets: 512, max: 300 },
    durationSeconds: 30,
    seed: 1,
    traffic: [{ protocol: "udp", pattern: "unreplied", newPerSecond: 50, arrivals: "poisson" }],
  };
  expect(simulate({ ...given, seed: 2 }).series).not.toEqual(simulate(given).series);
});

test("A longer run begins as the shorter one", () => {
  fc.assert(
    fc.property(scenario, fc.integer({ min: 1, max: 50 }), (given, more) => {
      const { series } = simulate({ ...given, durationSeconds: given.durationSeconds + more });
      expect(series.slice(0, given.durationSeconds)).toEqual(simulate(given).series);
    }),
    { numRuns: 10 },
  );
});

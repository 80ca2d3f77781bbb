/** How expired entries are found: gc_worker in nf_conntrack_core.c. */
import { INT_MAX } from "../integers";
import type { Row } from "../lookup";
import type { GarbageCollectionRules } from "../rules";

type Averaging = Extract<GarbageCollectionRules, { kind: "averaging" }>;

/** `averaging` without the start of the mean, which depends on HZ in its first form. */
type GarbageCollectionRow =
  | Exclude<GarbageCollectionRules, Averaging>
  | (Omit<Averaging, "initialSeconds"> & {
      readonly initial: { readonly seconds: number } | { readonly jiffies: number };
    });

const TIMERS: GarbageCollectionRow = { kind: "timers" };

const SLICES: GarbageCollectionRow = {
  kind: "adaptiveSlices",
  bucketsDivisor: 128,
  pauseMinimumDivisor: 128,
  pauseMaximumDivisor: 8,
};

const CYCLE: GarbageCollectionRow = { kind: "fixedCycle", periodSeconds: 120 };

const WEIGHTED: GarbageCollectionRow = {
  kind: "averaging",
  minimumSeconds: 1,
  maximumSeconds: 60,
  lifeLimitSeconds: 300,
  initialSamples: 0,
  initial: { jiffies: INT_MAX },
  mean: "weighted",
};

const RUNNING: GarbageCollectionRow = {
  kind: "averaging",
  minimumSeconds: 1,
  maximumSeconds: 60,
  lifeLimitSeconds: 300,
  initialSamples: 100,
  initial: { seconds: 60 },
  mean: "running",
};

const cycleBackport = "4608fdfc07e1 in the stable releases of 3 September 2021 (stable queue of 30 August)";
const weightedBackport =
  "2cfadb761d3d (CVE-2022-49110) in the stable releases of 13 April 2022 (announcement of 5.17.3)";
const runningBackport =
  "2aa192757005 and 95eabdd20702 in the stable releases of 21 to 26 October 2022 (announcement of 6.0.3)";

export const GARBAGE_COLLECTION: readonly Row<GarbageCollectionRow>[] = [
  { since: [2, 4, 0], value: TIMERS, source: "a timer for each entry, 2.4 to 4.8" },
  {
    since: [4, 9, 0],
    value: { kind: "fixedWorker", periodSeconds: 5, bucketsDivisor: 64, bucketsLimit: 8192 },
    source: "commit b87a2f9199ea, 4.9",
  },
  { stable: [4, 9, 7], value: SLICES, source: "e5072053b090; seen in 4.9.190, believed 4.9.7" },
  { since: [4, 10, 0], value: SLICES, source: "commit e5072053b090; believed 4.10" },
  { enterprise: "el7", value: TIMERS, source: "3.10.0-1127.el7" },
  { enterprise: "el8", value: SLICES, source: "4.18.0-240.el8: 1/128 of the table each run" },
  { stable: [4, 19, 206], value: CYCLE, source: cycleBackport },
  { stable: [5, 4, 144], value: CYCLE, source: cycleBackport },
  { stable: [5, 10, 62], value: CYCLE, source: `${cycleBackport}; seen in 5.10.198` },
  { stable: [5, 13, 14], value: CYCLE, source: cycleBackport },
  { since: [5, 14, 0], value: CYCLE, source: "commit 4608fdfc07e1, 5.14" },
  { stable: [5, 15, 34], value: WEIGHTED, source: weightedBackport },
  { stable: [5, 16, 20], value: WEIGHTED, source: weightedBackport },
  { stable: [5, 17, 3], value: WEIGHTED, source: weightedBackport },
  { since: [5, 18, 0], value: WEIGHTED, source: "commit 2cfadb761d3d, 5.18: next_run = (next_run + e) / 2" },
  { stable: [5, 15, 75], value: RUNNING, source: runningBackport },
  { stable: [5, 19, 17], value: RUNNING, source: runningBackport },
  { stable: [6, 0, 3], value: RUNNING, source: runningBackport },
  { since: [6, 1, 0], value: RUNNING, source: "commits 2aa192757005 and 95eabdd20702, 6.1" },
];

/** The gate between two waves: what of a host's answers breaks a bound. */
import type { ReadBack } from "../../../src/delivery/answer/read-back";
import { highestOf, judgeHost, type GateBounds } from "../../../src/fleet/gate";

const answer = (over: Partial<ReadBack> = {}): ReadBack => ({
  ...{ command: "verify", status: "active", changed: false, presence: "module", kernel: "6.1.0-50-cloud-amd64" },
  ...{ memTotalKiB: 8120000, entries: 1000, settings: { max: 262144, nf_conntrack_udp_timeout: 30 }, previous: {} },
  ...{ flags: {}, loadedBy: [], competingWriters: [], drift: [], warnings: [] },
  counters: { insertFailed: 0, drops: 0, earlyDrops: 0, chainLength: 0 },
  ...over,
});

const judge = (
  bounds: GateBounds,
  after: Partial<ReadBack>,
  before: Partial<ReadBack> = {},
  seconds = 60,
  record: object = { max: 262144 },
) => judgeHost({ record: { ...record }, before: answer(before), after: answer(after), seconds }, bounds);

const counters = (over: Partial<ReadBack["counters"]>): Partial<ReadBack> => ({
  counters: { insertFailed: 0, drops: 0, earlyDrops: 0, chainLength: 0, ...over },
});

test("a host that holds its values passes without any bound", () => {
  expect(judge({}, counters({ drops: 1_000_000 })).failures).toEqual([]);
});

test("a value that somebody changed meanwhile does not pass, whatever the bounds", () => {
  const drift = [{ key: "nf_conntrack_udp_timeout", planned: "30", found: "999" }];
  expect(judge({}, { drift }).failures).toEqual(["nf_conntrack_udp_timeout is 999, not 30"]);
});

test("a file that was changed meanwhile does not pass", () => {
  const drift = [
    { key: "/etc/sysctl.d/zz-pulumi-conntrack.conf", planned: "content of the plan", found: "other content" },
  ];
  expect(judge({}, { drift }).failures).toEqual([
    "/etc/sysctl.d/zz-pulumi-conntrack.conf does not hold what was written",
  ]);
});

test("a max that was raised by hand in the soak time is an incident, and no breach", () => {
  const drift = [{ key: "max", planned: "262144", found: "524288" }];
  expect(judge({}, { drift, settings: { max: 524288 } }).failures).toEqual([]);
});

test("the fill is entries in the live max, and one above its bound names both", () => {
  expect(judge({ maximumFill: 0.9 }, { entries: 235_929 }).failures).toEqual([]);
  const { failures, shown } = judge({ maximumFill: 0.9 }, { entries: 235_931 });
  expect(failures).toEqual(["holds 235931 of 262144 entries, 90 %; gate.maximumFill allows 90 %"]);
  expect(shown.fill).toBeCloseTo(0.9, 3);
});

test.each([
  ["dropsPerSecond", "drops", "drop"],
  ["earlyDropsPerSecond", "earlyDrops", "early_drop"],
  ["insertFailedPerSecond", "insertFailed", "insert_failed"],
  ["chainLengthPerSecond", "chainLength", "chainlength"],
] as const)("%s bounds the rise of the kernel's own counter between the two readings", (bound, counter, column) => {
  const before = counters({ [counter]: 100 });
  expect(judge({ [bound]: 1 }, counters({ [counter]: 160 }), before).failures).toEqual([]);
  expect(judge({ [bound]: 1 }, counters({ [counter]: 220 }), before).failures).toEqual([
    `${column} rose by 120 in 60 s, 2/s; gate.${bound} allows 1`,
  ]);
});

test("counters that begin anew, after a reboot, count from zero", () => {
  const { failures, shown } = judge({ dropsPerSecond: 1 }, counters({ drops: 30 }), counters({ drops: 4_000_000_000 }));
  expect(failures).toEqual([]);
  expect(shown.dropsPerSecond).toBe(0.5);
});

test("a kernel that does not count drops cannot be judged by them, and that is said and no pass", () => {
  const without = { counters: {} };
  expect(judge({ dropsPerSecond: 0 }, without, without).failures).toEqual([
    "does not count drop, so gate.dropsPerSecond cannot be judged: leave it out for such kernels",
  ]);
});

test("a kernel without a limit of its chains refuses nothing for them", () => {
  const without = { counters: { drops: 0, earlyDrops: 0, insertFailed: 0 } };
  expect(judge({ chainLengthPerSecond: 0 }, without, without).failures).toEqual([]);
});

test("a host whose module is not loaded has no table that could drop anything", () => {
  const bounds = { maximumFill: 0.1, dropsPerSecond: 0 };
  const inactive = {
    presence: "notLoaded",
    status: "inactive",
    entries: undefined,
    settings: {},
    counters: {},
  } as const;
  expect(judge(bounds, inactive, inactive)).toEqual({ failures: [], shown: {} });
});

test("every breach of a host is named", () => {
  const { failures } = judge({ maximumFill: 0.5, dropsPerSecond: 0 }, { entries: 200_000, ...counters({ drops: 60 }) });
  expect(failures).toHaveLength(2);
});

test("of several hosts the highest of each kind counts", () => {
  expect(
    highestOf([
      { shown: { fill: 0.2, dropsPerSecond: 3 } },
      { shown: { fill: 0.4 } },
      { shown: { earlyDropsPerSecond: 1 } },
    ]),
  ).toEqual({ fill: 0.4, dropsPerSecond: 3, earlyDropsPerSecond: 1 });
});

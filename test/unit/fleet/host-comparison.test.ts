import { answerMarker, parseReadBack } from "../../../src/delivery/answer/parse";
import { compareHost } from "../../../src/fleet/host-comparison";
import { tryPlan } from "../../../src/plan/plan";
import { valueOrThrow } from "../../../src/validation/validation";

const planOf = (request: object) => valueOrThrow(tryPlan(request), "The test's request is wrong.");

const modern = {
  facts: { memoryMiB: 8192, arch: "x86_64", kernel: "6.1.0-50-cloud-amd64" },
  settings: { max: 262144, buckets: 262144, timeouts: { nf_conntrack_tcp_timeout_established: 86400 } },
};
const asPlanned = { max: 262144, buckets: 262144, nf_conntrack_tcp_timeout_established: 86400 };

/** What the host script prints to verify. */
const answered = (members: object = {}) =>
  parseReadBack(
    `${answerMarker} ${JSON.stringify({
      ...{ command: "verify", changed: false, previous: {}, presence: "module", memTotalKiB: 8120000 },
      ...{ kernel: "6.1.0-50-cloud-amd64", settings: asPlanned, entries: 10, found: ["modules:nft_ct"] },
      ...{ warnings: [], drift: [] },
      ...members,
    })}`,
  );

const compare = (members: object = {}, request: object = modern) => compareHost(planOf(request), answered(members));
const differing = (comparison: ReturnType<typeof compareHost>) => comparison.items.filter(({ differs }) => differs);

test("what the host says is in force decides, not what it says of drift", () => {
  const lying = compare({ settings: { ...asPlanned, max: 1000 } });
  expect(lying.status).toBe("differs");
  expect(differing(lying)).toMatchObject([{ key: "max", live: 1000, onDisk: "as planned", planned: 262144 }]);
});

test("a value that the kernel does not have differs", () => {
  const { max, buckets } = asPlanned;
  const [item] = differing(compare({ settings: { max, buckets } }));
  expect(item).toMatchObject({ key: "nf_conntrack_tcp_timeout_established", planned: 86400 });
  expect(item).not.toHaveProperty("live");
});

test.each([
  ["lowered only with allowShrink", modern],
  ["the next update lowers it (allowShrink)", { ...modern, allowShrink: true }],
])("a max or bucket count above the plan is %s", (note, request) => {
  const items = differing(compare({ settings: { ...asPlanned, max: 300000, buckets: 300032 } }, request));
  expect(items.map(({ key, note: said }) => [key, said])).toEqual([
    ["max", `above the plan; ${note}`],
    ["buckets", `above the plan; ${note}`],
  ]);
});

test("a max above the plan beside another file than the plan's may be that of an earlier plan", () => {
  const drift = [{ key: "/etc/sysctl.d/zz-pulumi-conntrack.conf", planned: "", found: "other content" }];
  const [item] = differing(compare({ settings: { ...asPlanned, max: 300000 }, drift }));
  expect(item?.note).toBe("above the plan; lowered only with allowShrink, unless an earlier plan set it");
});

test("a timeout above the plan has no such note", () => {
  const settings = { ...asPlanned, nf_conntrack_tcp_timeout_established: 432000 };
  expect(differing(compare({ settings }))[0]).not.toHaveProperty("note");
});

test("who competes is named by file and by process", () => {
  const { competingWriters, warnings } = compare({
    found: ["/etc/sysctl.d/99-foo.conf", "process:tuned", "/etc/sysctl.conf"],
  });
  expect(competingWriters).toEqual(["/etc/sysctl.d/99-foo.conf", "/etc/sysctl.conf", "process:tuned"]);
  expect(warnings).toEqual(
    expect.arrayContaining([
      expect.stringContaining("TuneD runs here") as string,
      expect.stringContaining("/etc/sysctl.conf sets the same values and is read after our file") as string,
    ]),
  );
});

test("a host with none of the plan's files was not tuned, one with some of them drifted", () => {
  const paths = [
    "/etc/sysctl.d/zz-pulumi-conntrack.conf",
    "/etc/udev/rules.d/zz-pulumi-conntrack.rules",
    "/etc/modules-load.d/zz-pulumi-conntrack.conf",
    "/etc/modprobe.d/zz-pulumi-conntrack.conf",
  ];
  const drift = paths.map((key) => ({ key, planned: "content of the plan", found: "" }));
  expect(compare({ drift }).status).toBe("notTuned");
  expect(compare({ drift: drift.slice(1) }).status).toBe("differs");
});

test("a kernel of another era than the plan's is named", () => {
  expect(compare({ kernel: "2.6.18-398.el5" }).warnings[0]).toBe(
    "The host runs kernel 2.6.18-398.el5, and the plan is for 6.1.0-50-cloud-amd64, of another era: correct facts.kernel.",
  );
  expect(compare({ kernel: "6.1.0-51-cloud-amd64" }).warnings).toEqual([]);
});

describe("Buckets of a kernel that takes them at the load of its module only", () => {
  // 2.6.15 was the first to resize its table: net/ipv4/netfilter/ip_conntrack_core.c.
  const request = {
    facts: { memoryMiB: 1024, lowTotalKiB: 900000, arch: "i686", kernel: "2.6.9-89.EL" },
    settings: { max: 65536, buckets: 16384 },
  };
  const settingsOf = (buckets: number) => {
    const { max, timeouts } = planOf(request).plan.settings;
    return { kernel: "2.6.9-89.EL", found: [], settings: { max, buckets, ...timeouts } };
  };

  test("are as planned as soon as they are on disk, with a word on when they take effect", () => {
    const comparison = compare(settingsOf(8192), request);
    expect(comparison.status).toBe("asPlanned");
    expect(comparison.warnings).toEqual([expect.stringContaining("takes effect when the module is loaded next")]);
  });

  test("differ while they are not", () => {
    const drift = [{ key: "/etc/modprobe.conf", planned: "content of the plan", found: "other content" }];
    const comparison = compare({ ...settingsOf(8192), drift }, request);
    expect(differing(comparison).map(({ key, onDisk }) => [key, onDisk])).toEqual([
      ["buckets", "changed"],
      ["/etc/modprobe.conf", "changed"],
    ]);
  });
});

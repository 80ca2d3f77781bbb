import { rules } from "../../../policies/catalogue";
import { presets } from "../../../policies/presets/presets";
import { selectRules } from "../../../policies/presets/selection";
import { problemsIn } from "../../../src/validation/validation";

const select = (request: Parameters<typeof selectRules>[0]) => {
  const selected = selectRules(request);
  if (!selected.ok) throw new Error(JSON.stringify(selected.problems));
  return new Map(selected.value.map((each) => [each.rule.name, each]));
};

test("Without a word every rule has its own level and the defaults of its schema", () => {
  const selected = select({});
  expect([...selected.keys()]).toEqual(rules.map(({ name }) => name));
  expect(selected.get("limit-memory-share")).toMatchObject({
    level: "mandatory",
    configuration: { maximumShare: 1 / 32 },
  });
  expect(selected.get("forbid-root-login")?.level).toBe("advisory");
  expect(selected.get("match-kube-proxy")?.level).toBe("disabled");
});

test("A level alone, an object, and a word for all rules are understood, the nearest word last", () => {
  const selected = select({
    configuration: {
      all: "advisory",
      "forbid-root-login": "mandatory",
      "pin-host-key": { enforcementLevel: "disabled" },
      "limit-memory-share": { maximumShare: 0.01 },
    },
  });
  expect(selected.get("bound-max")?.level).toBe("advisory");
  expect(selected.get("forbid-root-login")?.level).toBe("mandatory");
  expect(selected.get("pin-host-key")?.level).toBe("disabled");
  expect(selected.get("limit-memory-share")).toMatchObject({
    level: "advisory",
    configuration: { maximumShare: 0.01 },
  });
});

test("remediate is taken as mandatory, because a component's inputs cannot be put right from outside", () => {
  expect(select({ configuration: { "bound-max": "remediate" } }).get("bound-max")?.level).toBe("mandatory");
});

test("A team's word wins over the preset's, and the preset's over the rule's", () => {
  const selected = select({
    preset: "strict",
    configuration: { "limit-changed-hosts": { maximumHosts: 3 }, "require-facts": "advisory" },
  });
  expect(selected.get("forbid-root-login")?.level).toBe("mandatory");
  expect(selected.get("limit-changed-hosts")).toMatchObject({ level: "mandatory", configuration: { maximumHosts: 3 } });
  expect(selected.get("require-facts")).toMatchObject({ level: "advisory", configuration: { facts: ["cores"] } });
  expect(selected.get("match-kube-proxy")?.level).toBe("disabled");
  expect(select({ preset: "strict", configuration: { all: "advisory" } }).get("pin-host-key")?.level).toBe("advisory");
});

test.each<[object, string[]]>([
  [{ preset: "gcp" }, ["preset"]],
  [{ configuration: { "bound-maximum": "mandatory" } }, ["bound-maximum"]],
  [{ configuration: { "bound-max": "sometimes" } }, ["bound-max.enforcementLevel"]],
  [{ configuration: { "bound-max": { maximumEntries: "many" } } }, ["bound-max.maximumEntries"]],
  [{ configuration: { "bound-max": { ceiling: 3 } } }, ["bound-max.ceiling"]],
  [{ configuration: { "bound-max": 3 } }, ["bound-max"]],
  [{ configuration: [] }, ["configuration"]],
  [{ configuration: { "bound-max": "constructor" } }, ["bound-max.enforcementLevel"]],
  [{ configuration: { all: "sometimes" } }, ["all.enforcementLevel"]],
  [{ configuration: { all: { maximumSeconds: 5, enforcementLevel: "mandatory" } } }, ["all.maximumSeconds"]],
  [{ preset: "gcp", configuration: { x: {}, y: {} } }, ["preset", "x", "y"]],
])("Mistakes in %j are all named", (request, paths) => {
  expect(problemsIn(selectRules(request)).map(({ path }) => path)).toEqual(paths);
});

describe("A range or floor that no host would ever be judged by is refused", () => {
  const problemsOf = (rule: string, given: object) => problemsIn(selectRules({ configuration: { [rule]: given } }));
  const ranges = (given: object) => problemsOf("keep-within-ranges", { ranges: given });
  const floors = (given: object) => problemsOf("keep-timeout-floors", { floors: given });

  test("with a misspelt timeout, and reported with the name that is meant", () => {
    expect(ranges({ nf_conntrack_tcp_timeout_establishd: { maximum: 5 } })).toEqual([
      {
        path: "keep-within-ranges.ranges.nf_conntrack_tcp_timeout_establishd",
        limit: "is no setting of any kernel, so that no host would ever be judged by it",
        source: "docs/policies.md",
        remedy: "Write nf_conntrack_tcp_timeout_established.",
      },
    ]);
    expect(floors({ tcp_timeout_establishd: 99999 })).toMatchObject([
      {
        path: "keep-timeout-floors.floors.tcp_timeout_establishd",
        limit: "is no timeout of any kernel, so that no host would ever be judged by it",
        remedy: "Write nf_conntrack_tcp_timeout_established.",
      },
    ]);
  });

  test.each([
    ["nf_conntrack_maxx", "Write max."],
    ["net.netfilter.nf_conntrack_buckets", "Write buckets."],
    ["bucket", "Write buckets."],
    [
      "udp_stream_timeout",
      "Write max, buckets or the sysctl name of a timeout; `pulumi-conntrack timeouts` prints them.",
    ],
    ["constructor", "Write max, buckets or the sysctl name of a timeout; `pulumi-conntrack timeouts` prints them."],
  ])("with the name %s", (name, remedy) => {
    expect(ranges({ [name]: { maximum: 5 } })).toMatchObject([{ remedy }]);
  });

  test("with a floor for the table, which is no timeout", () => {
    expect(floors({ nf_conntrack_max: 5 })).toMatchObject([{ path: "keep-timeout-floors.floors.nf_conntrack_max" }]);
  });

  test("with a minimum above its maximum", () => {
    expect(ranges({ max: { minimum: 10, maximum: 5 } })).toMatchObject([
      {
        path: "keep-within-ranges.ranges.max",
        limit: "has a minimum of 10 above its maximum of 5, so that no value could ever pass",
      },
    ]);
    expect(ranges({ max: { minimum: 5, maximum: 5 } })).toEqual([]);
  });

  test.each(["max", "nf_conntrack_max", "ip_conntrack_max", "buckets", "nf_conntrack_buckets", "ip_conntrack_buckets"])(
    "but not with %s",
    (name) => {
      expect(ranges({ [name]: { maximum: 5 } })).toEqual([]);
    },
  );

  test.each(["nf_conntrack_udp_timeout", "ip_conntrack_udp_timeout", "udp_timeout", "nf_flowtable_tcp_timeout"])(
    "but not with the timeout %s, whichever kernel has it",
    (name) => {
      expect([...ranges({ [name]: { minimum: 5 } }), ...floors({ [name]: 5 })]).toEqual([]);
    },
  );
});

test.each(presets)("The preset $name can be used and names its source", ({ name, source }) => {
  expect(problemsIn(selectRules({ preset: name }))).toEqual([]);
  expect(source.length).toBeGreaterThan(10);
});

describe("Presets hold the numbers that vendors publish", () => {
  const ranges = (preset: string) => select({ preset }).get("keep-within-ranges")?.configuration.ranges;
  test("GKE: node system configuration", () => {
    expect(ranges("gke")).toEqual({
      max: { minimum: 65536, maximum: 4194304 },
      buckets: { minimum: 65536, maximum: 524288 },
      nf_conntrack_tcp_timeout_established: { minimum: 600, maximum: 86400 },
      nf_conntrack_tcp_timeout_close_wait: { minimum: 60, maximum: 3600 },
      nf_conntrack_tcp_timeout_time_wait: { minimum: 1, maximum: 600 },
    });
  });
  test("AKS: custom node configuration", () => {
    expect(ranges("aks")).toEqual({
      max: { minimum: 131072, maximum: 2097152 },
      buckets: { minimum: 65536, maximum: 524288 },
    });
  });
  test("kube-proxy: 32768 for each core, at least 131072, at most 1048576; 24 h and 1 h", () => {
    expect(select({ preset: "kube-proxy" }).get("match-kube-proxy")).toMatchObject({
      level: "mandatory",
      configuration: { maxPerCore: 32768, minimum: 131072, cap: 1048576 },
    });
    expect(ranges("kube-proxy")).toEqual({
      nf_conntrack_tcp_timeout_established: { minimum: 86400, maximum: 86400 },
      nf_conntrack_tcp_timeout_close_wait: { minimum: 3600, maximum: 3600 },
    });
  });
  test("OpenShift: TuneD's max and hashsize", () => {
    const exactly = { minimum: 1048576, maximum: 1048576 };
    expect(ranges("openshift")).toEqual({ max: exactly, buckets: exactly });
  });
  test("Bottlerocket: max and the generic timeout", () => {
    expect(ranges("eks-bottlerocket")).toEqual({
      max: { minimum: 1048576, maximum: 1048576 },
      nf_conntrack_generic_timeout: { minimum: 120, maximum: 120 },
    });
  });
  test("Strict: every rule but that of kube-proxy is mandatory", () => {
    const levels = [...select({ preset: "strict" })].filter(([, { level }]) => level !== "mandatory");
    expect(levels.map(([name]) => name)).toEqual(["match-kube-proxy"]);
  });
});

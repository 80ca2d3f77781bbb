import { rules } from "../../../policies/catalogue";
import { presets } from "../../../policies/presets";
import { selectRules } from "../../../policies/selection";
import { isValid } from "../../../src/validation";

const select = (request: Parameters<typeof selectRules>[0]) => {
  const selected = selectRules(request);
  if (!isValid(selected)) throw new Error(JSON.stringify(selected.problems));
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
  [{ preset: "gcp", configuration: { x: {}, y: {} } }, ["preset", "x", "y"]],
])("Mistakes in %j are all named", (request, paths) => {
  expect(selectRules(request).problems.map(({ path }) => path)).toEqual(paths);
});

test.each(presets)("The preset $name can be used and names its source", ({ name, source }) => {
  expect(selectRules({ preset: name }).problems).toEqual([]);
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

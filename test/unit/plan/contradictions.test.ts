import { tryKernelRules } from "../../../src/kernel/kernel-rules";
import { tryPlan } from "../../../src/plan/plan";
import { FloodProtocol } from "../../../src/sizing/traffic";
import { problemsIn } from "../../../src/validation/validation";

const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const contradictory = { protocol: "tcp", pattern: "query", newPerSecond: 1 };
const pathsOf = (request: object, base?: string): string[] =>
  problemsIn(tryPlan(request, base)).map(({ path }) => path);

test.each([
  ["a max that no kernel takes", { settings: { max: -5 } }, ["settings.max"]],
  [
    "a timeout that the kernel does not have",
    { settings: { timeouts: { nf_conntrack_udp: 5 } } },
    ["settings.timeouts.nf_conntrack_udp"],
  ],
  ["a word that is no argument", { rolle: "nat" }, ["rolle"]],
  ["a kernel that is none", { facts: { ...facts, kernel: "six" } }, ["facts.kernel"]],
  [
    "kernel, machine and memory that are none",
    { facts: { memoryMiB: 0, kernel: "six", arch: "z80" } },
    ["facts.memoryMiB", "facts.kernel", "facts.arch"],
  ],
])("%s does not hide a class of traffic that contradicts itself", (_what, wrong, paths) => {
  const request = { facts, ...wrong, traffic: { classes: [contradictory] } };
  expect(pathsOf(request)).toEqual([...paths, "traffic.classes[0].pattern"]);
});

test("one wrong class does not hide the contradiction of another, nor a word that is none its own", () => {
  const classes = [
    { ...contradictory, newPerSecond: -1 },
    { ...contradictory, colour: "red" },
  ];
  expect(pathsOf({ facts, traffic: { classes } })).toEqual([
    "traffic.classes[0].newPerSecond",
    "traffic.classes[1].colour",
    "traffic.classes[1].pattern",
  ]);
});

test("the paths of all of them begin with that of the request", () => {
  const request = { facts: { ...facts, kernel: "six" }, traffic: { classes: [contradictory] } };
  expect(pathsOf(request, "hosts.web1")).toEqual(["hosts.web1.facts.kernel", "hosts.web1.traffic.classes[0].pattern"]);
});

test("a peak factor needs a load or a class that it multiplies; a flood is taken as it is", () => {
  const flood = { protocol: "udp", newPerSecond: 1, seconds: 1 };
  for (const traffic of [{ peakFactor: 5 }, { peakFactor: 5, flood }])
    expect(problemsIn(tryPlan({ facts, traffic }))).toEqual([
      expect.objectContaining({ path: "traffic.peakFactor", value: 5, remedy: "Declare a load, or remove it." }),
    ]);
  expect(pathsOf({ facts, traffic: { peakFactor: 5, loads: [{ load: "dnsResolver", size: 1 }] } })).toEqual([]);
});

test("a flood is of the protocols that its type names, and of no other", () => {
  const flood = (protocol: string) => ({ facts, traffic: { flood: { protocol, newPerSecond: 1, seconds: 1 } } });
  const protocols = Object.values(FloodProtocol);
  for (const protocol of protocols) expect(pathsOf(flood(protocol))).toEqual([]);
  expect(problemsIn(tryPlan(flood("generic")))).toMatchObject([
    { path: "traffic.flood.protocol", value: "generic", limit: `must be one of ${protocols.join(", ")}` },
  ]);
});

test("a page of 32 KiB is one that Linux has (arch/Kconfig, PAGE_SIZE_32KB), and one of 5 KB is none, for a plan as for the kernel", () => {
  const withPages = (pageSizeBytes: number) => ({ memoryMiB: 4096, arch: "mips64", kernel: "6.1.0", pageSizeBytes });
  expect(tryPlan({ facts: withPages(32768) }).ok).toBe(true);
  expect(tryKernelRules(withPages(32768)).ok).toBe(true);
  const sizes = "must be one of 4096, 8192, 16384, 32768, 65536, 262144";
  expect(problemsIn(tryPlan({ facts: withPages(5000) }))).toMatchObject([
    { path: "facts.pageSizeBytes", value: 5000, limit: sizes },
  ]);
  expect(problemsIn(tryKernelRules(withPages(5000)))).toMatchObject([
    { path: "pageSizeBytes", value: 5000, limit: `${sizes} bytes` },
  ]);
});

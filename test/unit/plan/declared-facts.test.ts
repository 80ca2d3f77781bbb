import { hostRecord } from "../../../src/fleet/host-record";
import { tryPlan } from "../../../src/plan/plan";
import { problemsIn, valueOrThrow } from "../../../src/validation/validation";

const kernel = "6.1.0-50-cloud-amd64";
const role = "kubernetesNode";
const planOf = (facts: object) => valueOrThrow(tryPlan({ facts, role }), "This host cannot be planned.");
const problemsOf = (facts: object, base?: string) => problemsIn(tryPlan({ facts }, base));
const pathsOf = (facts: object, base?: string) => problemsOf(facts, base).map(({ path }) => path);

test("an instance type plans what its RAM, machine and cores plan", () => {
  expect(planOf({ instanceType: "m6g.4xlarge", kernel })).toEqual(
    planOf({ memoryMiB: 65536, arch: "aarch64", cores: 16, kernel }),
  );
});

test("what is declared beside an instance type wins", () => {
  const { request } = planOf({ instanceType: "m5.large", memoryMiB: 7500, cores: 1, kernel });
  expect(request.facts).toEqual({ memoryMiB: 7500, arch: "x86_64", cores: 1, kernel });
});

test("a fact that is written and undefined is none, and neither is such a type", () => {
  const typed = { instanceType: "m5.large", memoryMiB: undefined, arch: undefined, cores: undefined, kernel };
  expect(planOf(typed).request.facts).toEqual({ memoryMiB: 8192, arch: "x86_64", cores: 2, kernel });
  expect(pathsOf({ instanceType: undefined, memoryMiB: 8192, kernel })).toEqual(["facts.arch"]);
});

test("a host's record holds the facts that a type stands for, and not the type", () => {
  const record = hostRecord({ host: "192.0.2.1", connection: "root" }, planOf({ instanceType: "cax21", kernel }));
  expect(record).toMatchObject({ memoryMiB: 8192, arch: "aarch64", cores: 4, kernel });
  expect(record).not.toHaveProperty("instanceType");
});

test("a kernel is asked for, as without a type", () => {
  expect(problemsOf({ instanceType: "m5.large" })).toMatchObject([
    { path: "facts.kernel", limit: "is missing; a string is required" },
  ]);
});

test.each([
  ["arm64", "m5.large", "m5.large is x86_64"],
  ["x86_64", "t4g.small", "t4g.small is aarch64"],
  ["i686", "e2-small", "e2-small is x86_64"],
])("a declared %s contradicts %s", (arch, instanceType, said) => {
  expect(problemsOf({ instanceType, arch, kernel })).toEqual([
    expect.objectContaining({ path: "facts.arch", value: arch, limit: `contradicts instanceType: ${said}` }),
  ]);
});

test("an alias of the machine is no contradiction, and a machine that is none is named once", () => {
  expect(pathsOf({ instanceType: "t4g.small", arch: "arm64", kernel })).toEqual([]);
  expect(pathsOf({ instanceType: "t4g.small", arch: "z80", kernel })).toEqual(["facts.arch"]);
});

test("an unknown type is named beside every other mistake, and nobody asks for what it should have said", () => {
  const wrong = { instanceType: "m5.lrge", kernel: "six", cores: 0 };
  expect(pathsOf(wrong)).toEqual(["facts.cores", "facts.instanceType", "facts.kernel"]);
  expect(pathsOf({ ...wrong, memoryMiB: -1, arch: "z80" }, 'hosts["10.0.0.1"]')).toEqual([
    'hosts["10.0.0.1"].facts.memoryMiB',
    'hosts["10.0.0.1"].facts.cores',
    'hosts["10.0.0.1"].facts.instanceType',
    'hosts["10.0.0.1"].facts.kernel',
    'hosts["10.0.0.1"].facts.arch',
  ]);
});

test.each([[null], [5], [["m5.large"]]])("the type %j must be a text", (instanceType) => {
  expect(problemsOf({ instanceType, kernel })).toMatchObject([
    { path: "facts.instanceType", limit: "must be a string" },
  ]);
});

/** The table of instance types against what the vendors publish and what such machines measure. */
import { typesOfPage } from "../../../src/sizing/instance-types/family";
import { google } from "../../../src/sizing/instance-types/google";
import { instanceFacts, instanceTypes, vendorPages } from "../../../src/sizing/instance-types/instance-facts";
import { countedShare } from "../../../src/sizing/memory";
import { problemsIn, valueOrThrow } from "../../../src/validation/validation";

const factsOf = (name: string) => valueOrThrow(instanceFacts(name), `${name} is unknown.`);

test.each([
  // docs.aws.amazon.com/ec2/latest/instancetypes: gp.html, co.html, mo.html, so.html, ac.html
  ["t3.medium", 4, "x86_64", 2],
  ["t4g.small", 2, "aarch64", 2],
  ["m4.10xlarge", 160, "x86_64", 40],
  ["m5.large", 8, "x86_64", 2],
  ["m6i.metal", 512, "x86_64", 128],
  ["m7g.medium", 4, "aarch64", 1],
  ["c4.8xlarge", 60, "x86_64", 36],
  ["c5.9xlarge", 72, "x86_64", 36],
  ["c5n.18xlarge", 192, "x86_64", 72],
  ["c7gn.16xlarge", 128, "aarch64", 64],
  ["c7i.metal-24xl", 192, "x86_64", 96],
  ["r4.16xlarge", 488, "x86_64", 64],
  ["r8g.48xlarge", 1536, "aarch64", 192],
  ["i3.metal", 512, "x86_64", 72],
  ["i4i.large", 16, "x86_64", 2],
  ["g4dn.xlarge", 16, "x86_64", 4],
  // docs.cloud.google.com/compute/docs: general-purpose-machines, compute- and memory-optimized-machines
  ["e2-medium", 4, "x86_64", 2],
  ["e2-highmem-16", 128, "x86_64", 16],
  ["n1-standard-1", 3.75, "x86_64", 1],
  ["n2-highmem-128", 864, "x86_64", 128],
  ["n2d-standard-224", 896, "x86_64", 224],
  ["c3-highcpu-192-metal", 512, "x86_64", 192],
  ["c3d-highcpu-30", 59, "x86_64", 30],
  ["c4-standard-2", 7, "x86_64", 2],
  ["c4-highmem-288-metal", 2232, "x86_64", 288],
  ["c4a-standard-8-lssd", 32, "aarch64", 8],
  ["c4d-standard-384-metal", 1536, "x86_64", 384],
  ["t2a-standard-48", 192, "aarch64", 48],
  ["m1-ultramem-40", 961, "x86_64", 40],
  // MicrosoftDocs/azure-compute-docs, articles/virtual-machines/sizes
  ["Standard_B2s", 4, "x86_64", 2],
  ["Standard_B4pls_v2", 8, "aarch64", 4],
  ["Standard_D4s_v3", 16, "x86_64", 4],
  ["Standard_D192s_v6", 768, "x86_64", 192],
  ["Standard_D64ps_v5", 208, "aarch64", 64],
  ["Standard_E96ps_v6", 672, "aarch64", 96],
  ["Standard_E192is_v6", 1832, "x86_64", 192],
  ["Standard_F64as_v6", 256, "x86_64", 64],
  ["Standard_L80s_v3", 640, "x86_64", 80],
  // hetzner.com/cloud
  ["cx22", 4, "x86_64", 2],
  ["cpx21", 4, "x86_64", 3],
  ["cax41", 32, "aarch64", 16],
  ["ccx63", 192, "x86_64", 48],
])("%s has %p GiB, is %s and has %p cores, as its vendor says", (name, gib, arch, cores) => {
  expect(factsOf(name)).toEqual({ memoryMiB: gib * 1024, arch, cores });
});

test.each([
  // Compute Engine's interface, machineTypes.memoryMb
  ["g1-small", 1740],
  ["f1-micro", 614],
  ["e2-micro", 1024],
  // DescribeInstanceTypes, MemoryInfo.SizeInMiB
  ["t3.micro", 1024],
  ["t3.nano", 512],
])("%s counts with 96 MiB less than its %p MiB, which firmware and kernel take", (name, nominalMiB) => {
  expect(factsOf(name).memoryMiB).toBe(nominalMiB - 96);
});

test.each([
  ["t3.nano, 120331 pages less 13604 reserved (aws/amazon-ssm-agent, issue 615)", "t3.nano", (106727 * 4) / 1024],
  ["f1-micro with Ubuntu 16.04 (opsdash.com/blog/google-cloud-f1-micro.html)", "f1-micro", 588],
  // 1.9 GiB, rounded.
  ["cpx11 with Ubuntu 24.04 (gist.github.com/justinharbour, Hetzner YABS Outputs)", "cpx11", 1.85 * 1024],
  ["i4i.32xlarge, of which pods may take so much (aws/karpenter-provider-aws, issue 6611)", "i4i.32xlarge", 1007423],
])("the MemTotal of %s reaches what sizing counts on", (_what, name, memTotalMiB) => {
  expect(memTotalMiB).toBeGreaterThanOrEqual(factsOf(name).memoryMiB * countedShare);
});

/** kubernetes/autoscaler, cluster-autoscaler/cloudprovider/gce/gce_reserved.go, CalculateKernelReserved for Ubuntu. */
const reservedMiB = (physicalMiB: number): number =>
  physicalMiB / 64 +
  16 +
  (physicalMiB > 3 * 1024 ? 64 : 0) +
  (physicalMiB <= 8 * 1024 ? 8 : 0) +
  Math.min(0.00175 * physicalMiB, 248) +
  4;

test("by the formula of Kubernetes' autoscaler the MemTotal of each type of Google reaches what sizing counts on", () => {
  const short = google.flatMap(typesOfPage).filter(({ name, gib }) => {
    const memTotalMiB = gib * 1024 - reservedMiB(gib * 1024);
    return memTotalMiB < factsOf(name).memoryMiB * countedShare;
  });
  expect(short).toEqual([]);
});

test("each name stands once, with whole cores and memory", () => {
  const names = vendorPages.flatMap(typesOfPage).map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(instanceTypes()).toEqual(names);
  for (const name of names) {
    const { memoryMiB, cores } = factsOf(name);
    expect([name, memoryMiB > 0 && Number.isInteger(memoryMiB), cores > 0 && Number.isInteger(cores)]).toEqual([
      name,
      true,
      true,
    ]);
    expect(name).toMatch(/^[A-Za-z][\w.-]*$/);
  }
});

test("each page of a vendor has an address and a date", () => {
  for (const { page, date, families } of vendorPages) {
    expect(page).toMatch(/^https:\/\/[\w./#-]+$/);
    expect(date).toMatch(/^20\d\d-[01]\d$/);
    expect(families).not.toEqual([]);
  }
});

describe("an unknown type", () => {
  const remedyOf = (name: string): string | undefined => problemsIn(instanceFacts(name))[0]?.remedy;

  test("is a problem with its name, the limit and what to declare instead", () => {
    expect(problemsIn(instanceFacts("z9.colossal"))).toEqual([
      {
        path: "instanceType",
        value: "z9.colossal",
        limit: "is no type of AWS, Google, Azure or Hetzner that is known here",
        source: "the table of instance types, docs/arguments.md",
        remedy: "Declare memoryMiB and arch instead, or leave facts out where the host itself is asked.",
      },
    ]);
  });

  test.each([
    ["t3.nan", "t3.nano"],
    ["Standard_D4s_v8", "Standard_D4s_v5"],
    ["standard_d4s_v5", "Standard_D4s_v5"],
    ["n2-standart-4", "n2-standard-4"],
    ["M5.LARGE", "m5.large"],
    ["Standard_D4s", "Standard_D4s_v3"],
    ["m6i", "m6i.large"],
  ])("%s is taken for a slip of %s", (name, meant) => {
    expect(remedyOf(name)).toMatch(/^Did you mean .*\? Otherwise declare memoryMiB and arch/);
    expect(remedyOf(name)).toContain(meant);
  });

  test("as long as a book, empty or a word of the language has no neighbour", () => {
    for (const name of ["m5.large".repeat(100_000), "", "constructor", "__proto__"])
      expect(remedyOf(name)).toMatch(/^Declare memoryMiB/);
  });
});

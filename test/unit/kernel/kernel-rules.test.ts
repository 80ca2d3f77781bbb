import { kernelRules } from "../../../src/kernel/kernel-rules";
import { ProblemsError } from "../../../src/validation/problems";
import { measuredTimeouts } from "./truth";

const rulesOf = (kernel: string, arch = "x86_64", unameVersion?: string) => kernelRules({ kernel, arch, unameVersion });

const UNPATCHED = { base: 8, range: 24 };
const SAFER = { base: 50, range: 30 };

describe("the limit on chains by patch level", () => {
  test.each([
    ["5.14.21", undefined],
    ["5.15.0", UNPATCHED],
    ["5.15.102", UNPATCHED],
    ["5.15.103", SAFER],
    ["5.16.20", UNPATCHED],
    ["6.1.19", UNPATCHED],
    ["6.1.20", SAFER],
    ["6.2.0", UNPATCHED],
    ["6.2.6", UNPATCHED],
    ["6.2.7", SAFER],
    ["6.3.0", SAFER],
    ["7.3.4", SAFER],
    ["3.10.0-1160.el7.x86_64", undefined],
    ["4.18.0-553.el8", undefined],
  ])("%s", (kernel, limit) => {
    expect(rulesOf(kernel).chainLimit).toEqual(limit);
  });

  test("Debian's 6.1.0-50 is 6.1.176 and has the higher limit, with and without `uname -v`", () => {
    expect(rulesOf("6.1.0-50-cloud-amd64").chainLimit).toEqual(SAFER);
    const version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-09-10)";
    expect(rulesOf("6.1.0-50-cloud-amd64", "x86_64", version).chainLimit).toEqual(SAFER);
  });

  test("an early Debian 6.1 shown by `uname -v` has the low limit", () => {
    const version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.8-1 (2023-01-29)";
    expect(rulesOf("6.1.0-3-amd64", "x86_64", version).chainLimit).toEqual(UNPATCHED);
  });

  test("Ubuntu's 5.15 is judged by its version signature", () => {
    const signature = (upstream: string): string => `Ubuntu 5.15.0-130.140-generic ${upstream}`;
    expect(rulesOf("5.15.0-130-generic", "x86_64", signature("5.15.167")).chainLimit).toEqual(SAFER);
    expect(rulesOf("5.15.0-60-generic", "x86_64", signature("5.15.78")).chainLimit).toEqual(UNPATCHED);
  });
});

describe("the collector by era", () => {
  test.each([
    ["2.6.32", "timers"],
    ["4.8.17", "timers"],
    ["3.10.0-1160.el7.x86_64", "timers"],
    ["4.9.0", "fixedWorker"],
    ["4.9.190", "adaptiveSlices"],
    ["4.15.0", "adaptiveSlices"],
    ["4.18.0-553.el8", "adaptiveSlices"],
    ["5.10.61", "adaptiveSlices"],
    ["5.10.62", "fixedCycle"],
    ["5.10.0-46-cloud-amd64", "fixedCycle"],
    ["5.14.0", "fixedCycle"],
    ["5.15.33", "fixedCycle"],
    ["5.15.34", "averaging"],
    ["5.18.0", "averaging"],
    ["7.3.4", "averaging"],
  ])("%s collects by %s", (kernel, kind) => {
    expect(rulesOf(kernel).garbageCollection.kind).toBe(kind);
  });

  test("the mean starts with 2^31 - 1 jiffies and is halved from 5.18 to 6.0", () => {
    expect(kernelRules({ kernel: "5.18.0", arch: "x86_64", hz: 1000 }).garbageCollection).toMatchObject({
      mean: "weighted",
      initialSeconds: 2147483.647,
      minimumSeconds: 1,
      maximumSeconds: 60,
      lifeLimitSeconds: 300,
    });
  });

  test.each(["5.15.75", "5.19.17", "6.0.3", "6.1.0", "7.3.4"])("%s starts with 100 samples of 60 s", (kernel) => {
    expect(rulesOf(kernel).garbageCollection).toMatchObject({
      mean: "running",
      initialSamples: 100,
      initialSeconds: 60,
    });
  });
});

describe("a full table by era", () => {
  test.each([
    ["2.4.20", "roundRobin", "oldest", false, false],
    ["2.6.18", "ownBucket", "oldest", false, false],
    ["2.6.24", "eightNodes", "oldest", false, false],
    ["3.10.0", "eightNodes", "oldest", false, false],
    ["3.10.0-1160.el7.x86_64", "eightNodes", "firstFound", false, false],
    ["3.18.36", "eightNodes", "firstFound", false, false],
    ["4.9.190", "eightBuckets", "all", true, false],
    ["4.18.0-553.el8", "eightBuckets", "all", true, true],
    ["5.10.262", "eightBuckets", "all", true, true],
    ["5.18.0", "eightBuckets", "all", true, true],
    ["5.19.0", "eightBuckets", "all", false, true],
    ["6.18.44", "eightBuckets", "all", false, true],
  ])("%s searches by %s for %s", (kernel, search, victim, dyingListEndsWalk, collectorKillsAbove95Percent) => {
    expect(rulesOf(kernel).earlyDrop).toEqual({ search, victim, dyingListEndsWalk, collectorKillsAbove95Percent });
  });

  test.each([
    ["6.18.44", true, 0],
    ["6.19.0", false, 1],
    ["7.2.13", false, 1],
  ])("a max of 0 on %s: unlimited is %s, smallest max %d", (kernel, zeroMaxIsUnlimited, minimumMax) => {
    expect(rulesOf(kernel).fullTable).toMatchObject({ zeroMaxIsUnlimited, minimumMax, maximumMax: 2147483647 });
  });

  test.each([
    ["2.6.24", false],
    ["3.10.0-1160.el7.x86_64", true],
    ["4.4.243", true],
    ["4.9.190", false],
    ["4.18.0-553.el8", false],
  ])("%s: a table for each network namespace is %s", (kernel, tablePerNamespace) => {
    expect(rulesOf(kernel).tablePerNamespace).toBe(tablePerNamespace);
  });
});

describe("bytes of an entry", () => {
  test.each(measuredTimeouts.map(({ request, answer }) => [request.kernel, request, answer.slabObjectBytes] as const))(
    "%s was measured",
    (_, request, bytes) => {
      expect(kernelRules(request).entry).toMatchObject({ objectBytes: bytes, objectBytesMeasured: true });
    },
  );

  test.each([
    ["2.4.20", "i386", 304],
    ["5.10.223", "i686", 256],
    ["5.10.223", "aarch64", 320],
    ["4.18.0-553.el8", "x86_64", 320],
    ["7.2.13", "aarch64", 256],
    // Objects fill whole cache lines: 128 bytes on POWER.
    ["5.10.223", "ppc64le", 384],
  ])("%s on %s takes %d", (kernel, arch, bytes) => {
    expect(rulesOf(kernel, arch).entry.objectBytes).toBe(bytes);
  });

  test("with events=1 every entry has an extension, with events=2 none unasked", () => {
    expect(rulesOf("5.10.262").entry).toMatchObject({ extensionByDefault: true, extensionBytes: 128 });
    expect(rulesOf("6.1.176").entry).toMatchObject({ extensionByDefault: false, extensionBytes: 128 });
  });
});

describe("protocols by era", () => {
  test.each([
    ["4.9.190", 0, 180],
    ["4.18.0-553.el8", 2, 120],
    ["5.10.262", 2, 120],
  ])("UDP on %s may be assured after %d s and then lives %d s", (kernel, assuredAfterSeconds, seconds) => {
    const rules = rulesOf(kernel);
    expect(rules.udp).toEqual({ assuredAfterSeconds });
    expect(rules.timeouts["nf_conntrack_udp_timeout_stream"]?.defaultSeconds).toBe(seconds);
  });

  test("TCP of 2.4.20, 2.6.18, 4.9 and 5.10", () => {
    expect(rulesOf("2.4.20", "i386").tcp).toMatchObject({ tracksWindow: false, stateTable: "2.4" });
    expect(rulesOf("2.6.18", "i386").tcp).toMatchObject({
      tracksWindow: true,
      stateTable: "2.6",
      unacknowledgedTimeout: false,
    });
    expect(rulesOf("4.9.190").tcp).toEqual({
      tracksWindow: true,
      synRetransmissionKeepsDeadline: false,
      resetSetsCloseTimeout: false,
      unacknowledgedTimeout: true,
      stateTable: "modern",
    });
    expect(rulesOf("5.10.262").tcp).toEqual({
      tracksWindow: true,
      synRetransmissionKeepsDeadline: true,
      resetSetsCloseTimeout: true,
      unacknowledgedTimeout: true,
      stateTable: "modern",
    });
  });

  test("tcp_loose counts packets in 2.6.18 and is a switch in Red Hat's 2.6.18", () => {
    expect(rulesOf("2.6.18").flags["ip_conntrack_tcp_loose"]).toMatchObject({ default: 3 });
    expect(rulesOf("2.6.18-398.el5").flags["ip_conntrack_tcp_loose"]).toMatchObject({ default: 1, maximum: 1 });
  });
});

describe("pages", () => {
  test.each([
    ["6.1.0-50-cloud-amd64", "x86_64", 4096],
    ["6.1.0-50-arm64", "aarch64", 4096],
    ["4.18.0-553.el8.aarch64", "aarch64", 65536],
    ["5.14.0-427.el9.aarch64", "aarch64", 4096],
    ["5.14.0-427.el9.aarch64+64k", "aarch64", 65536],
    ["6.8.0-45-generic-64k", "aarch64", 65536],
    ["6.1.0-50-powerpc64le", "ppc64le", 65536],
  ])("%s on %s has pages of %d bytes by default", (kernel, arch, pageSizeBytes) => {
    expect(rulesOf(kernel, arch).pageSizeBytes).toBe(pageSizeBytes);
    expect(kernelRules({ kernel, arch, pageSizeBytes: 16384 }).pageSizeBytes).toBe(16384);
  });
});

test("all mistakes of a request are named at once", () => {
  try {
    kernelRules({ kernel: "linux", arch: "vax", pageSizeBytes: 5000, hz: 0 });
    throw new Error("must not be reached");
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemsError);
    expect(error instanceof ProblemsError && error.problems.map(({ path }) => path)).toEqual([
      "kernel",
      "arch",
      "pageSizeBytes",
      "hz",
    ]);
  }
});

import { tryPlan } from "../../../src/plan/plan";
import { problemsIn } from "../../../src/validation/validation";

const facts = { memoryMiB: 8192, kernel: "6.1.0-50-cloud-amd64", arch: "x86_64" };
const problemsOf = (request: object) => problemsIn(tryPlan({ facts, ...request }));
const warningsOf = (request: object): readonly string[] => {
  const planned = tryPlan({ facts, ...request });
  if (!planned.ok) throw new Error(JSON.stringify(planned.problems));
  return planned.value.plan.warnings;
};

describe("a number set by hand is refused", () => {
  test.each([
    ["max", { settings: { max: 0 } }, "settings.max", "must lie between 1 and 2147483647"],
    ["max", { settings: { max: 2 ** 31 } }, "settings.max", "must lie between 1 and 2147483647"],
    ["max", { settings: { max: -1 } }, "settings.max", "must lie between 1 and 2147483647"],
    ["max", { settings: { max: 1000 } }, "settings.max", "is below the 262144 that this kernel takes by itself"],
    ["max", { settings: { max: 10_000_000 } }, "settings.max", "more than the 230 MiB"],
    ["buckets", { settings: { buckets: 0 } }, "settings.buckets", "must be at least 1"],
    ["buckets", { settings: { buckets: 2 ** 31 } }, "settings.buckets", "must be at most 268435455"],
    ["buckets", { settings: { buckets: 100_000_000 } }, "settings.buckets", "more than the 230 MiB"],
    [
      "a timeout",
      { settings: { timeouts: { nf_conntrack_udp_timeout: 0 } } },
      "settings.timeouts.nf_conntrack_udp_timeout",
      "must lie between 1 and 2147483 seconds",
    ],
    [
      "a timeout",
      { settings: { timeouts: { nf_conntrack_udp_timeout: 2147484 } } },
      "settings.timeouts.nf_conntrack_udp_timeout",
      "must lie between 1 and 2147483 seconds",
    ],
    [
      "a timeout",
      { settings: { timeouts: { nf_conntrack_tcp_timeout_established: 7439 } } },
      "settings.timeouts.nf_conntrack_tcp_timeout_established",
      "the role host needs at least 7440 seconds",
    ],
    [
      "a stream's timeout on a NAT gateway",
      { role: "nat", settings: { timeouts: { nf_conntrack_udp_timeout_stream: 119 } } },
      "settings.timeouts.nf_conntrack_udp_timeout_stream",
      "the role nat needs at least 120 seconds",
    ],
    [
      "max on a Kubernetes node",
      { role: "kubernetesNode", facts: { ...facts, cores: 16 }, settings: { max: 300000 } },
      "settings.max",
      "the role kubernetesNode needs at least 524288 with 16 cores",
    ],
  ])("%s, %j", (_what, request, path, limit) => {
    const problems = problemsOf(request);
    expect(problems).toEqual([expect.objectContaining({ path })]);
    expect(problems[0]?.limit).toContain(limit);
    expect(problems[0]?.source).not.toBe("");
    expect(problems[0]?.remedy).toMatch(/^[A-Z].+[.]$/);
  });
});

test("a smaller table than the kernel's own is planned where allowShrink says so", () => {
  const planned = tryPlan({ facts, settings: { max: 1000 }, allowShrink: true });
  expect(planned.ok && planned.value.plan.settings.max).toBe(1000);
});

test("a share that would hold the number is named in the remedy and then suffices", () => {
  const [problem] = problemsOf({ settings: { max: 1_000_000 } });
  const share = /raise memoryShare to ([0-9.]+)/.exec(problem?.remedy ?? "")?.[1];
  expect(problemsOf({ settings: { max: 1_000_000 }, memoryShare: Number(share) })).toEqual([]);
});

test("the largest number that fits is named in the remedy; it fits, and one more does not", () => {
  const [problem] = problemsOf({ settings: { max: 10_000_000 } });
  const fits = Number(/Lower it to (\d+) or less/.exec(problem?.remedy ?? "")?.[1]);
  expect(problemsOf({ settings: { max: fits } })).toEqual([]);
  expect(problemsOf({ settings: { max: fits + 1 } })).toHaveLength(1);
});

test("every mistake is reported at once, each with its path", () => {
  expect(
    problemsOf({
      role: "nat",
      settings: {
        max: 0,
        timeouts: { nf_conntrack_tcp_timeout_established: 10, ip_conntrack_udp_timeout: 3 },
      },
    }).map(({ path }) => path),
  ).toEqual([
    "settings.max",
    "settings.timeouts.nf_conntrack_tcp_timeout_established",
    "settings.timeouts.ip_conntrack_udp_timeout",
  ]);
});

test("a timeout under the name of another kernel is answered with the name of this one", () => {
  const [problem] = problemsOf({ settings: { timeouts: { ip_conntrack_udp_timeout: 60 } } });
  expect(problem?.remedy).toBe("Write nf_conntrack_udp_timeout.");
});

describe("a kernel before 2.4.23, whose timeouts are constants", () => {
  const constants = { memoryMiB: 512, arch: "i686" };

  test.each(["2.4.0", "2.4.18", "2.4.20", "2.4.22"])("%s gets no timeout, and a warning that says so", (kernel) => {
    const planned = tryPlan({ facts: { ...constants, kernel } });
    if (!planned.ok) throw new Error(JSON.stringify(planned.problems));
    expect(planned.value.plan.settings.timeouts).toEqual({});
    expect(planned.value.plan.warnings).toContainEqual(
      `ip_conntrack_tcp_timeout_established stays at 5 days, a constant of ${kernel}; the role host would set 1 day.`,
    );
  });

  test("is refused a load that only shorter timeouts would fit, as 2.4.23 fits it", () => {
    // 400 a second that stay 120 s in TIME_WAIT are 48000 entries; 16 MiB hold 55000, of which 0.75 may be used.
    const traffic = {
      classes: [{ protocol: "tcp", pattern: "session", newPerSecond: 400, lifeSeconds: 1, end: "fin" }],
    };
    const planned = (kernel: string) => tryPlan({ facts: { ...constants, kernel }, traffic });
    const later = planned("2.4.23");
    expect(Object.keys((later.ok && later.value.plan.settings.timeouts) || {})).toContain(
      "ip_conntrack_tcp_timeout_time_wait",
    );
    expect(problemsIn(planned("2.4.22")).map(({ path }) => path)).toEqual(["traffic"]);
  });

  test("refuses one set by hand", () => {
    const timeouts = { ip_conntrack_tcp_timeout_established: 86400 };
    expect(problemsOf({ facts: { ...constants, kernel: "2.4.22" }, settings: { timeouts } })).toEqual([
      {
        path: "settings.timeouts.ip_conntrack_tcp_timeout_established",
        value: 86400,
        limit: "cannot be set on 2.4.22, where it is a constant of 432000 seconds",
        source: "net/ipv4/netfilter/ip_conntrack_standalone.c, files for timeouts since 2.4.23",
        remedy: "Remove it.",
      },
    ]);
  });

  test("2.4.23 has files for its timeouts and gets that of the role", () => {
    const planned = tryPlan({ facts: { ...constants, kernel: "2.4.23" } });
    expect(planned.ok && planned.value.plan.settings.timeouts).toEqual({
      ip_conntrack_tcp_timeout_established: 86400,
    });
  });
});

describe("an unwise number is a warning", () => {
  test("buckets whose chains an unpatched 5.15 would refuse to lengthen", () => {
    const unpatched = { ...facts, kernel: "5.15.31" };
    const [warning, ...others] = warningsOf({ facts: unpatched, settings: { max: 262144, buckets: 65536 } });
    expect(warning).toContain("65536 buckets hold 8 nodes each");
    expect(warning).toContain("settings.buckets of at least 262144");
    expect(others).toEqual([]);
  });

  test("but not on a kernel with the higher limit of 6.3", () => {
    expect(warningsOf({ settings: { max: 262144, buckets: 65536 } })).toEqual([]);
  });

  test("an established timeout longer than the kernel's five days", () => {
    expect(warningsOf({ settings: { timeouts: { nf_conntrack_tcp_timeout_established: 432001 } } })).toEqual([
      expect.stringContaining("longer than the kernel's 5 days"),
    ]);
  });

  test("a half-open timeout below RFC 5382's four minutes on a NAT gateway", () => {
    expect(warningsOf({ role: "nat", settings: { timeouts: { nf_conntrack_tcp_timeout_syn_sent: 60 } } })).toEqual([
      expect.stringContaining("240 seconds (RFC 5382"),
    ]);
  });
});

describe("a timeout that the plan itself shortens for a load", () => {
  // 12000 a second, alive 5 s, 120 s in TIME_WAIT and up to a minute until the collector comes: 2.2 million entries
  // want a table of 3 million, and 1/32 of 32 GiB less the reserve holds 2.5 million.
  const classes = [{ protocol: "tcp", pattern: "session", newPerSecond: 12000, lifeSeconds: 5 }];
  const warned = (role: string) =>
    warningsOf({ role, facts: { memoryMiB: 32768, kernel: "6.12.107", arch: "x86_64" }, traffic: { classes } });

  test("below RFC 5382's four minutes is unwise on a NAT gateway as one set by hand is", () => {
    expect(warned("nat")).toEqual([
      "nf_conntrack_tcp_timeout_time_wait = 60: the role nat should keep 240 seconds (RFC 5382 section 5, REQ-5: 4 minutes).",
    ]);
  });

  test("is no matter where the role asks for nothing", () => {
    expect(warned("host")).toEqual([]);
  });
});

test("the plan says how long entries that are idle at the change keep their old deadline", () => {
  const planned = tryPlan({ facts });
  expect(planned.ok && planned.value.plan.settleSeconds).toBe(432000);
  const lengthened = tryPlan({ facts, settings: { timeouts: { nf_conntrack_tcp_timeout_established: 432000 } } });
  expect(lengthened.ok && lengthened.value.plan.settleSeconds).toBe(0);
});

test("a kernel that no one has verified says so in the warnings", () => {
  expect(warningsOf({ facts: { ...facts, kernel: "5.14.0-427.el9.x86_64" } }).join()).toMatch(/verified/);
});

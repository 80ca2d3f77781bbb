import { rules } from "../../../policies/catalogue";
import { plan } from "../../../src/plan/plan";
import type { Traffic } from "../../../src/sizing/traffic";
import type { HostInputs } from "../../../policies/subjects";
import { compliantHost, judgeHost } from "../../support/policies";

const established = "nf_conntrack_tcp_timeout_established";

const withTimeouts = (timeouts: Record<string, number>): HostInputs => ({
  ...compliantHost,
  settings: { ...compliantHost.settings, timeouts: { ...compliantHost.settings.timeouts, ...timeouts } },
});
const withTable = (table: { max?: number; buckets?: number }): HostInputs => ({
  ...compliantHost,
  settings: { ...compliantHost.settings, ...table },
});
const withFacts = (facts: object): HostInputs => ({ ...compliantHost, facts: { ...compliantHost.facts, ...facts } });
const withConnection = (connection: object): HostInputs => ({
  ...compliantHost,
  connection: { ...compliantHost.connection, ...connection },
});
const withVerdict = (verdict: object, rest: object = {}): HostInputs => ({
  ...compliantHost,
  ...rest,
  verdict: { ...compliantHost.verdict, ...verdict },
});

interface Breach {
  readonly rule: string;
  readonly field: string;
  readonly host: HostInputs;
  /** The whole message: value, limit, source and what to write instead. */
  readonly says: string;
  readonly configured?: object;
}

const chainLimit = "net/netfilter/nf_conntrack_core.c, chain limit of 5.15 and later, measured on kernels";

const breaches: readonly Breach[] = [
  {
    rule: "limit-memory-share",
    field: "the share of RAM",
    // 16 GiB / 32 = 512 MiB; less 4 MiB of buckets, at 384 bytes: 1387178 entries.
    host: {
      ...compliantHost,
      memory: { tableBytes: 4194304, entryBytes: 384, fullBytes: 2 ** 30, shareOfRam: 1 / 16 },
    },
    says:
      "memory.shareOfRam is 6.3 % (1024 MiB), which is more than the 3.1 % of RAM (512 MiB) that a full table may take " +
      "(table and entries are kernel memory, which is never swapped). " +
      "Write settings.max of at most 1387178 with these buckets, or give the host more RAM.",
  },
  {
    rule: "limit-memory-share",
    field: "a table that is too large when empty",
    host: {
      ...compliantHost,
      memory: { tableBytes: 2 ** 30, entryBytes: 384, fullBytes: 2 ** 30 + 384, shareOfRam: 1 / 16 },
    },
    says: "Write fewer settings.buckets: the empty table alone is larger.",
  },
  {
    rule: "bound-max",
    field: "max above the ceiling by RAM",
    host: withTable({ max: 2097153 }),
    says:
      "settings.max is 2097153, which is more than the 2097152 entries that a host with 16384 MiB of RAM may have " +
      "(the policy bound-max, maximumEntries and maximumEntriesPerGiB). Write settings.max of at most 2097152.",
  },
  {
    rule: "bound-max",
    field: "max above the ceiling of every host",
    host: withTable({ max: 300001 }),
    configured: { maximumEntries: 300000 },
    says: "which is more than the 300000 entries",
  },
  {
    rule: "bound-max",
    field: "max below the untouched kernel",
    host: withTable({ max: 262143 }),
    says:
      "settings.max is 262143, which is below the 262144 entries that the untouched kernel would have " +
      "(what this kernel takes by itself with this RAM). " +
      "Write settings.max of at least 262144, or allowShrink: true if a smaller table is meant.",
  },
  {
    rule: "bound-max",
    field: "max below the untouched kernel, where allowShrink does not count",
    host: { ...withTable({ max: 262143 }), allowShrink: true },
    configured: { honourAllowShrink: false },
    says: "Write settings.max of at least 262144.",
  },
  {
    rule: "bound-max",
    field: "max below the floor of every host",
    host: withTable({ max: 599999 }),
    configured: { minimumEntries: 600000 },
    says: "settings.max is 599999, which is below the 600000 entries that every host must have",
  },
  {
    rule: "limit-bucket-load",
    field: "the buckets, on a kernel that refuses long chains",
    host: {
      ...withFacts({ kernel: "6.1.19", unameVersion: undefined }),
      settings: { ...compliantHost.settings, buckets: 262144 },
    },
    says:
      "settings.buckets is 262144, which puts 4 nodes into each bucket when 524288 entries exist, more than the 2 that " +
      `6.1.19 bears (${chainLimit}). ` +
      "Write settings.buckets of at least 524288, or settings.max of at most 262144.",
  },
  {
    rule: "limit-bucket-load",
    field: "the buckets, on a kernel that merely gets slow",
    host: {
      ...withFacts({ kernel: "4.19.0", unameVersion: undefined }),
      settings: { max: 524289, buckets: 65536, timeouts: {} },
    },
    says: "puts 16 nodes into each bucket when 524289 entries exist, more than the 16 that 4.19.0 bears",
  },
  {
    rule: "limit-bucket-load",
    field: "the load, under a tighter bound",
    host: compliantHost,
    configured: { maximumNodesPerBucket: 1 },
    says: "puts 2 nodes into each bucket when 524288 entries exist, more than the 1 that",
  },
  {
    rule: "set-hashsize",
    field: "the buckets, left as the kernel made them",
    host: withTable({ buckets: 262144 }),
    says:
      "settings.buckets is 262144, which is no more than the 262144 buckets of the untouched kernel, though max is " +
      "raised from 262144 to 524288 (net/netfilter/nf_conntrack_core.c, nf_conntrack_init_start: max follows the " +
      "buckets, never the reverse). Write settings.buckets of at least 524288.",
  },
  {
    rule: "keep-within-ranges",
    field: "max",
    host: compliantHost,
    configured: { ranges: { max: { minimum: 1, maximum: 2 } }, source: "a vendor" },
    says: "settings.max is 524288, which lies outside 1 to 2 (a vendor). Write at least 1 and at most 2.",
  },
  {
    rule: "keep-within-ranges",
    field: "the buckets",
    host: compliantHost,
    configured: { ranges: { buckets: { minimum: 600000 } } },
    says: "settings.buckets is 524288, which is below the least value of 600000 (the policy keep-within-ranges). Write at least 600000.",
  },
  {
    rule: "keep-within-ranges",
    field: "a timeout that is left to the kernel",
    host: compliantHost,
    configured: { ranges: { nf_conntrack_generic_timeout: { minimum: 120, maximum: 120 } } },
    says: "settings.timeouts.nf_conntrack_generic_timeout is left at the kernel's 600, which differs from the 120 required",
  },
  {
    rule: "keep-within-ranges",
    field: "a timeout that is set",
    host: compliantHost,
    configured: { ranges: { [established]: { maximum: 3600 } } },
    says: `settings.timeouts.${established} is 86400, which is above the greatest value of 3600`,
  },
  {
    rule: "match-kube-proxy",
    field: "max of a node",
    host: { ...withFacts({ cores: 8 }), role: "kubernetesNode" },
    // 8 x 32768
    says:
      "settings.max is 524288, which differs from the 262144 that kube-proxy writes on 8 cores " +
      "(kubernetes pkg/proxy/conntrack/sysctls.go). Write settings.max: 262144.",
  },
  {
    rule: "match-kube-proxy",
    field: "max of a small node, where kube-proxy has a floor",
    host: { ...withFacts({ cores: 2 }), role: "kubernetesNode" },
    says: "differs from the 131072 that kube-proxy writes on 2 cores",
  },
  {
    rule: "match-kube-proxy",
    field: "max of a great node, where kube-proxy has a cap",
    host: { ...withFacts({ cores: 96 }), role: "kubernetesNode" },
    says: "differs from the 1048576 that kube-proxy writes on 96 cores",
  },
  {
    rule: "bound-timeouts",
    field: "a timeout that the kernel does not have",
    host: withTimeouts({ ip_conntrack_tcp_timeout_established: 86400 }),
    says:
      "settings.timeouts.ip_conntrack_tcp_timeout_established is no timeout that can be set on 6.1.0-50-cloud-amd64 " +
      "(nf_conntrack 5.15+). Remove it; `pulumi-conntrack timeouts` prints the names that this kernel has.",
  },
  {
    rule: "bound-timeouts",
    field: "a timeout of 0, at which entries vanish at once",
    host: withTimeouts({ nf_conntrack_udp_timeout: 0 }),
    says: "settings.timeouts.nf_conntrack_udp_timeout is 0, which lies outside the 1 to 2147483 seconds",
  },
  {
    rule: "bound-timeouts",
    field: "a timeout above (2^31 - 1) / 1000 seconds",
    host: withTimeouts({ nf_conntrack_udp_timeout: 2147484 }),
    says: "Write seconds from 1 to 2147483; the kernel's own are 30.",
  },
  {
    rule: "keep-timeout-floors",
    field: "established below RFC 5382",
    host: withTimeouts({ [established]: 7439 }),
    says:
      `settings.timeouts.${established} is 7439, which is below the 7440 seconds that a host of role host needs ` +
      "(RFC 5382 section 5, REQ-5: 2 hours 4 minutes). Write 7440 or more.",
  },
  {
    rule: "keep-timeout-floors",
    field: "UDP streams of a gateway below RFC 4787",
    host: { ...withTimeouts({ nf_conntrack_udp_timeout_stream: 119 }), role: "nat" },
    says: "nf_conntrack_udp_timeout_stream is 119, which is below the 120 seconds that a host of role nat needs (RFC 4787",
  },
  {
    rule: "keep-timeout-floors",
    field: "a timeout left to the kernel, below a floor of the organization",
    host: compliantHost,
    configured: { floors: { nf_conntrack_icmp_timeout: 60 } },
    says: "nf_conntrack_icmp_timeout is left at the kernel's 30, which is below the 60 seconds",
  },
  {
    rule: "limit-established-timeout",
    field: "established of five days",
    host: withTimeouts({ [established]: 432000 }),
    says:
      `settings.timeouts.${established} is 432000, which is more than the 86400 seconds (1 day) allowed ` +
      "(the kernel's own 432000 s keep entries of vanished peers for 5 days; kube-proxy writes 86400). " +
      "Write at most 86400.",
  },
  {
    rule: "limit-established-timeout",
    field: "established left to the kernel",
    host: { ...compliantHost, settings: { ...compliantHost.settings, timeouts: {} } },
    says: `settings.timeouts.${established} is left at the kernel's 432000, which is more than the 86400`,
  },
  {
    rule: "follow-timeout-advice",
    field: "half-open connections of a gateway",
    host: { ...withTimeouts({ nf_conntrack_tcp_timeout_syn_sent: 60 }), role: "nat" },
    says:
      "settings.timeouts.nf_conntrack_tcp_timeout_syn_sent is 60, which is below the 240 seconds advised for a host of " +
      "role nat (RFC 5382 section 5, REQ-5: 4 minutes). Write 240 or more.",
  },
  {
    rule: "follow-timeout-advice",
    field: "ICMP of a gateway below RFC 5508",
    host: { ...withTimeouts({ nf_conntrack_icmp_timeout: 30 }), role: "nat" },
    says: "is below the 60 seconds advised for a host of role nat (RFC 5508",
  },
  {
    rule: "require-verdict",
    field: "the verdict, missing",
    host: { ...compliantHost, verdict: undefined },
    says: "verdict is missing, so that nobody knows whether the settings carry the load",
  },
  {
    rule: "require-verdict",
    field: "the outcome",
    host: withVerdict({ outcome: "failed" }),
    says: "verdict.outcome is failed, which says that the settings do not carry the declared traffic",
  },
  {
    rule: "require-verdict",
    field: "an outcome that no simulation has",
    host: withVerdict({ outcome: "" }),
    says: "which says that the settings do not carry the declared traffic",
  },
  {
    rule: "require-verdict",
    field: "traffic that was not judged",
    host: withVerdict({}, { traffic: [] }),
    says: "verdict.outcome is notJudged, which says that the declared traffic was not judged",
  },
  {
    rule: "require-verdict",
    field: "the lack of traffic, where it is required",
    host: compliantHost,
    configured: { acceptNotJudged: false },
    says: "verdict.outcome is notJudged, which says that no traffic was declared to judge by",
  },
  {
    rule: "require-verdict",
    field: "the settings after they were judged",
    host: withTable({ max: 524289 }),
    says:
      "verdict.settingsHash belongs to other settings than these (the simulation of this package: a plan that was not " +
      "run is a guess). Run `pulumi preview` again, so that the simulation judges these very settings.",
  },
  {
    rule: "require-verdict",
    field: "the traffic after it was judged",
    host: withVerdict({ outcome: "passed" }, { traffic: [{ protocol: "udp" }] }),
    says: "verdict.settingsHash belongs to other settings than these",
  },
  {
    rule: "require-facts",
    field: "the cores of a Kubernetes node",
    host: { ...withFacts({ cores: undefined }), role: "kubernetesNode" },
    says:
      "facts.cores is missing, and kube-proxy sizes the table by the number of cores " +
      "(kubernetes pkg/proxy/conntrack/sysctls.go). `pulumi-conntrack facts HOST` prints all facts of a host",
  },
  {
    rule: "require-facts",
    field: "the upstream patch level of a distribution's kernel",
    host: withFacts({ unameVersion: undefined }),
    says: "facts.unameVersion is missing, and the release alone does not tell the upstream patch level",
  },
  {
    rule: "require-facts",
    field: "the page size of an ARM host",
    host: withFacts({ arch: "aarch64", kernel: "6.1.176", unameVersion: undefined }),
    says: "facts.pageSizeBytes is missing",
  },
  {
    rule: "require-facts",
    field: "the low memory of a 32-bit host",
    host: withFacts({ arch: "i686", kernel: "6.1.176", unameVersion: undefined }),
    says: "facts.lowTotalKiB is missing",
  },
  {
    rule: "require-facts",
    field: "the network namespaces of a kernel with a table for each",
    host: withFacts({ kernel: "4.4.302", unameVersion: undefined }),
    says: "facts.networkNamespaces is missing",
  },
  {
    rule: "require-facts",
    field: "a fact that the organization wants",
    host: withFacts({ cores: undefined }),
    configured: { facts: ["cores"] },
    says: "facts.cores is missing, and every host must declare it",
  },
  {
    rule: "require-facts",
    field: "a machine that nobody knows",
    host: withFacts({ arch: "z80" }),
    says: "facts.kernel or facts.arch is one that no rule knows",
  },
  {
    rule: "require-facts",
    field: "the facts as a whole",
    host: { ...compliantHost, facts: undefined },
    says: "facts is missing, so that no rule can judge this host",
  },
  {
    rule: "require-facts",
    field: "the settings as a whole",
    host: { ...compliantHost, settings: undefined },
    says: "settings is missing, so that no rule can judge this host",
  },
  {
    rule: "pin-host-key",
    field: "the host key",
    host: withConnection({ hostKey: undefined }),
    says: "connection.hostKey is missing, so that any host key is accepted (RFC 4251",
  },
  {
    rule: "pin-host-key",
    field: "the pin itself, ignored",
    host: withConnection({ insecureIgnoreHostKey: true }),
    says: "connection.insecureIgnoreHostKey is true, which lets anyone between pose as the host",
  },
  {
    rule: "pin-host-key",
    field: "the host key of the bastion",
    host: withConnection({ bastion: { user: "jump" } }),
    says: "connection.bastion.hostKey is missing",
  },
  {
    rule: "forbid-password",
    field: "a password",
    host: withConnection({ password: "swordfish" }),
    says: "connection.password is given, though logins by password are not allowed",
  },
  {
    rule: "forbid-password",
    field: "a password of the bastion",
    host: withConnection({ bastion: { password: "swordfish" } }),
    says: "connection.bastion.password is given",
  },
  {
    rule: "forbid-root-login",
    field: "the user, left at root",
    host: withConnection({ user: undefined }),
    says:
      "connection.user is root, which logs in as the superuser (CIS Distribution Independent Linux, sshd PermitRootLogin " +
      "no). Write a user that may run `sudo -n`, and connection.sudo: true.",
  },
  {
    rule: "forbid-root-login",
    field: "the user of the bastion",
    host: withConnection({ bastion: { user: "root" } }),
    says: "connection.bastion.user is root",
  },
];

test.each(breaches)("$rule says what is wrong with $field", async ({ rule, host, says, configured }) => {
  const messages = await judgeHost(rule, host, {}, configured);
  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain(says);
});

test.each(breaches)(
  "$rule ends its message on $field with what to write instead",
  async ({ rule, host, configured }) => {
    const [message = ""] = await judgeHost(rule, host, {}, configured);
    expect(message).toMatch(/^[a-z].* \(.*\)\. [A-Z`].*\.$/);
  },
);

const hostRules = rules.filter(({ subject }) => subject === "host").map(({ name }) => name);

test.each(hostRules.filter((name) => name !== "encrypt-secrets"))("%s accepts the compliant host", async (rule) => {
  expect(await judgeHost(rule, compliantHost)).toEqual([]);
});

test("Every rule about hosts has a breach in this table, or in the tests of files", () => {
  expect([...new Set(breaches.map(({ rule }) => rule)), "encrypt-secrets"].sort()).toEqual([...hostRules].sort());
});

describe("Limits hold to the number", () => {
  test.each<[string, HostInputs, object?]>([
    ["limit-memory-share", { ...compliantHost, memory: { ...compliantHost.memory, shareOfRam: 1 / 32 } }],
    ["bound-max", withTable({ max: 2097152 })],
    ["bound-max", withTable({ max: 262144 })],
    ["bound-max", { ...withTable({ max: 4096 }), allowShrink: true }],
    [
      "bound-max",
      { ...withTable({ max: 1024 }), facts: { ...compliantHost.facts, memoryMiB: 128 } },
      { maximumEntries: 1 },
    ],
    ["keep-timeout-floors", withTimeouts({ [established]: 7440 })],
    ["keep-timeout-floors", { ...withTimeouts({ nf_conntrack_udp_timeout_stream: 120 }), role: "nat" }],
    ["limit-established-timeout", withTimeouts({ [established]: 86400 })],
    ["bound-timeouts", withTimeouts({ nf_conntrack_udp_timeout: 1, nf_conntrack_icmp_timeout: 2147483 })],
    ["follow-timeout-advice", { ...withTimeouts({ nf_conntrack_tcp_timeout_syn_sent: 240 }), role: "nat" }],
    ["match-kube-proxy", { ...withFacts({ cores: 16 }), role: "kubernetesNode" }],
    ["match-kube-proxy", withFacts({ cores: 1 })],
    ["require-facts", withFacts({ kernel: "6.1.176", unameVersion: undefined, cores: undefined })],
  ])("%s accepts what lies on its limit: case %#", async (rule, host, configured = {}) => {
    expect(await judgeHost(rule, host, {}, configured)).toEqual([]);
  });
});

describe("The verdict that a plan carries is the one that require-verdict wants", () => {
  const traffics: readonly Traffic[] = [
    { classes: [{ protocol: "udp", pattern: "query", newPerSecond: 100 }], peakFactor: 2 },
    { flood: { seconds: 5, protocol: "tcp", newPerSecond: 200 } },
  ];

  test.each(traffics)("with the traffic %j", async (traffic) => {
    const { settings, memory, verdict } = plan({ facts: compliantHost.facts, traffic });
    expect(verdict.outcome).toBe("passed");
    const host = { ...compliantHost, traffic, settings, memory, verdict };
    expect(await judgeHost("require-verdict", host, { preset: "strict" })).toEqual([]);
  });

  test("without any traffic, where that is accepted", async () => {
    const { settings, memory, verdict } = plan({ facts: compliantHost.facts });
    expect(await judgeHost("require-verdict", { ...compliantHost, settings, memory, verdict })).toEqual([]);
  });
});

test("kube-proxy tests its cap before its minimum, so a greater minimum counts on small nodes only", async () => {
  const configured = { minimum: 2000000 };
  const small: HostInputs = { ...withTable({ max: 2000000 }), role: "kubernetesNode" };
  const great: HostInputs = { ...withTable({ max: 1048576 }), ...withFacts({ cores: 96 }), role: "kubernetesNode" };
  expect(await judgeHost("match-kube-proxy", small, {}, configured)).toEqual([]);
  expect(
    await judgeHost(
      "match-kube-proxy",
      { ...great, settings: { ...compliantHost.settings, max: 1048576 } },
      {},
      configured,
    ),
  ).toEqual([]);
});

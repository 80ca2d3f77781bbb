import { rules } from "../../../policies/catalogue";
import type { HostInputs } from "../../../policies/subjects/subjects";
import { plan } from "../../../src/plan/plan";
import type { Traffic } from "../../../src/sizing/traffic";
import { compliantHost, judgeHost } from "../../support/policies";
import { breachesOfNumbers } from "./breaches-of-numbers";
import { breachesOfTrust } from "./breaches-of-trust";
import { established, withFacts, withTable, withTimeouts } from "./host-fixtures";

const breaches = [...breachesOfNumbers, ...breachesOfTrust];

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

test.each(hostRules)("%s accepts the compliant host", async (rule) => {
  expect(await judgeHost(rule, compliantHost)).toEqual([]);
});

test("Every rule about hosts has a breach in this table", () => {
  expect([...new Set(breaches.map(({ rule }) => rule))].sort()).toEqual([...hostRules].sort());
});

describe("A host about which nothing is known", () => {
  test("is reported with each input that is missing, once and by one mandatory rule", async () => {
    const said: string[] = [];
    for (const rule of hostRules) said.push(...(await judgeHost(rule, {})));
    expect(said.map((message) => message.split(",")[0])).toEqual([
      "connection is missing",
      "facts is missing",
      "settings is missing",
      "memory is missing",
    ]);
    expect(rules.find(({ name }) => name === "require-inputs")?.level).toBe("mandatory");
  });

  test("is not reported with what stands in place of its connection, which may hold a password", async () => {
    const [message = ""] = await judgeHost("require-inputs", {
      ...compliantHost,
      connection: "ssh://root:swordfish@web1",
    });
    expect(message).toContain("connection is missing");
    expect(message).not.toContain("swordfish");
  });
});

describe("Timeouts that are constants of a kernel before 2.4.23", () => {
  const facts = { memoryMiB: 512, arch: "i686", kernel: "2.4.22", lowTotalKiB: 520000, networkNamespaces: 1 };
  const { settings, memory, verdict } = plan({ facts });
  const host: HostInputs = { ...compliantHost, facts, settings, memory, verdict };

  test.each(hostRules)("%s does not ask for a change that nobody can make", async (rule) => {
    const configured = {
      "keep-timeout-floors": { floors: { ip_conntrack_udp_timeout: 31 } },
      "keep-within-ranges": { ranges: { [established]: { minimum: 600, maximum: 86400 } } },
    }[rule];
    expect(await judgeHost(rule, host, {}, configured)).toEqual([]);
  });

  test("are removed where a plan of an earlier version has set them", async () => {
    const timeouts = { ip_conntrack_tcp_timeout_established: 86400 };
    const [message, ...others] = await judgeHost("bound-timeouts", { ...host, settings: { ...settings, timeouts } });
    expect(message).toContain("ip_conntrack_tcp_timeout_established is no timeout that can be set on 2.4.22");
    expect(others).toEqual([]);
  });
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
    [
      "match-kube-proxy",
      { ...withTable({ buckets: 131072 }), facts: { ...compliantHost.facts, cores: 16 }, role: "kubernetesNode" },
    ],
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

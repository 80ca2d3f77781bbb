import { rules } from "../../../policies/catalogue";
import type { HostInputs } from "../../../policies/subjects";
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

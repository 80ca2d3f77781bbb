import { conntrackPolicies } from "../../../policies/engine/library";
import { rules } from "../../../policies/catalogue";
import { componentType } from "../../../src/fleet/component-type";
import type { HostInputs } from "../../../policies/subjects/subjects";
import { compliantHost, judgeHost, judgeResources, unknownText } from "../../support/policies";

const resourceRules = rules.filter(({ subject, name }) => subject !== "update" && name !== "encrypt-secrets");

test("Every rule but that on files is a policy, with sentence, severity, level and remedy", () => {
  const policies = conntrackPolicies();
  expect(policies.map(({ name }) => name)).toEqual(
    rules.map(({ name }) => name).filter((name) => name !== "encrypt-secrets"),
  );
  for (const policy of policies) {
    expect(policy.description).toMatch(/^[A-Z].*\.$/);
    expect(policy.remediationSteps).toMatch(/^[A-Z`].*\.$/);
    expect(["low", "medium", "high", "critical"]).toContain(policy.severity);
    expect(["advisory", "mandatory", "disabled"]).toContain(policy.enforcementLevel);
  }
});

test("A schema carries the chosen values as defaults, so that a configuration file need not repeat them", () => {
  const [share] = conntrackPolicies({ configuration: { "limit-memory-share": { maximumShare: 0.01 } } });
  expect(share?.configSchema?.properties.maximumShare).toMatchObject({
    type: "number",
    default: 0.01,
    exclusiveMinimum: 0,
    maximum: 1,
  });
});

test("A preset that does not exist is an error that names those that do", () => {
  expect(() => conntrackPolicies({ preset: "gcp" })).toThrow(
    /gke, aks, kube-proxy, openshift, eks-bottlerocket, strict/,
  );
});

test("A name in the engine's configuration that no kernel has is an error that names what is meant", async () => {
  const configured = { floors: { tcp_timeout_establishd: 99999 } };
  await expect(judgeHost("keep-timeout-floors", compliantHost, {}, configured)).rejects.toThrow(
    "The configuration of keep-timeout-floors cannot be used.\n  - keep-timeout-floors.floors.tcp_timeout_establishd = 99999: " +
      "is no timeout of any kernel, so that no host would ever be judged by it (docs/policies.md). " +
      "Write nf_conntrack_tcp_timeout_established.",
  );
});

test("The engine's configuration wins over what the pack was made with", async () => {
  const made = { configuration: { "limit-established-timeout": { maximumSeconds: 3600 } } };
  expect(await judgeHost("limit-established-timeout", compliantHost, made)).toHaveLength(1);
  const configured = { enforcementLevel: "mandatory", maximumSeconds: 86400 };
  expect(await judgeHost("limit-established-timeout", compliantHost, made, configured)).toEqual([]);
});

test("Policies about hosts leave other resources alone", async () => {
  const other = { type: "aws:ec2/instance:Instance", name: "vm", props: {} };
  for (const { name } of resourceRules) expect(await judgeResources(name, [other])).toEqual([[]]);
});

describe("Values that a preview does not know", () => {
  const lateAddress = { ...compliantHost, connection: { ...compliantHost.connection, host: unknownText } };

  test.each(resourceRules.map(({ name }) => name))(
    "%s is judged though the host's address is not known",
    async (rule) => {
      expect(await judgeHost(rule, lateAddress)).toEqual([]);
    },
  );

  test("A rule whose own value is unknown throws, so that the engine says it was not judged and asks again", async () => {
    const lateKey = { ...compliantHost, connection: { ...compliantHost.connection, hostKey: unknownText } };
    await expect(judgeHost("pin-host-key", lateKey)).rejects.toThrow(/hostKey can't be known during preview/);
    expect(await judgeHost("bound-max", lateKey)).toEqual([]);
  });
});

describe("Secrets", () => {
  const marker = "swordfish-7f3a";
  const pem = `-----BEGIN OPENSSH PRIVATE KEY-----\n${marker}\n-----END OPENSSH PRIVATE KEY-----\n`;
  const endpoint = { privateKey: pem, privateKeyPassphrase: marker, password: marker, insecureIgnoreHostKey: true };
  /** Breaks every rule about hosts, with a secret in every place where one may stand. */
  const broken = {
    connection: { ...endpoint, bastion: endpoint },
    facts: { memoryMiB: 1024, arch: "x86_64", kernel: "5.15.0", cores: 2 },
    role: "kubernetesNode",
    settings: {
      max: 5000000,
      buckets: 1024,
      timeouts: { nf_conntrack_tcp_timeout_established: 1, nf_conntrack_udp_timeout: -1, nf_conntrack_icmp_timeout: 9 },
    },
    memory: { tableBytes: 8192, entryBytes: 384, fullBytes: 2 ** 31, shareOfRam: 2 },
    verdict: { outcome: "failed", settingsHash: marker },
    traffic: [{ note: marker }],
  };
  const command = {
    type: "command:remote:Command",
    name: "raw",
    props: {
      create: `TOKEN=${marker} sysctl -w net.netfilter.nf_conntrack_max=1`,
      stdin: `echo ${marker} | tee /proc/sys/net/netfilter/nf_conntrack_buckets`,
      environment: { [marker]: `options nf_conntrack hashsize=1 ${marker}` },
      connection: endpoint,
    },
  };

  test("No message of any rule holds a part of a secret, though policies see it in plain text", async () => {
    const said: string[] = [];
    for (const { name } of resourceRules) {
      const resources = [
        { type: componentType, name: "web1", props: compliantHost satisfies HostInputs },
        { type: componentType, name: "web2", props: broken },
        { type: componentType, name: "web3", props: { ...broken, settings: { ...broken.settings, max: 1 } } },
        command,
      ];
      said.push(...(await judgeResources(name, resources, { preset: "strict" })).flat());
    }
    expect(said.length).toBeGreaterThan(15);
    expect(said.join("\n")).not.toContain(marker);
    expect(said.join("\n")).not.toContain("PRIVATE KEY");
  });
});

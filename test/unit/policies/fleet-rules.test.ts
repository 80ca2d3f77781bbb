import { tuningToken, type HostInputs } from "../../../policies/subjects";
import { compliantHost, judgeResources, judgeStack, unknownText, urnOf, type Registered } from "../../support/policies";

const host = (name: string, inputs: HostInputs = compliantHost): Registered => ({
  type: tuningToken,
  name,
  props: inputs,
});

const withSettings = (settings: object): HostInputs => ({
  ...compliantHost,
  settings: { ...compliantHost.settings, ...settings },
});

describe("agree-within-role", () => {
  const judge = (hosts: readonly Registered[], configuration = {}) =>
    judgeResources("agree-within-role", hosts, { configuration: { "agree-within-role": configuration } });

  test("Equal hosts of one role agree", async () => {
    expect(await judge([host("web1"), host("web2"), host("web3")])).toEqual([[], [], []]);
  });

  test("A host with another timeout is told the host that it differs from", async () => {
    const other = withSettings({ timeouts: { nf_conntrack_tcp_timeout_established: 43200 } });
    expect(await judge([host("web1"), host("web2", other), host("web3")])).toEqual([
      [],
      [
        "settings.timeouts, tcp_timeout_established, is 43200, which differs from the 86400 of web1, which has the same " +
          "role host (hosts of one role share their load: the one that differs fails first). " +
          "Write the same for web2 and web1, or give one of them another role.",
      ],
      [],
    ]);
  });

  test("A timeout that only one host sets is a difference", async () => {
    const more = withSettings({ timeouts: { ...compliantHost.settings.timeouts, nf_conntrack_icmp_timeout: 60 } });
    const [, [message = ""] = []] = await judge([host("web1"), host("web2", more)]);
    expect(message).toContain("icmp_timeout, is 60, which differs from the kernel's own of web1");
  });

  test("A timeout that the other kernel does not have, or has under its old name, is no difference", async () => {
    const old: HostInputs = {
      ...compliantHost,
      facts: { memoryMiB: 1024, arch: "i686", kernel: "2.6.18", cores: 4 },
      settings: { max: 65536, buckets: 8192, timeouts: { ip_conntrack_tcp_timeout_established: 86400 } },
    };
    const sctp = withSettings({
      timeouts: { ...compliantHost.settings.timeouts, nf_conntrack_gre_timeout: 60 },
    });
    expect(await judge([host("web1", sctp), host("web2", old)])).toEqual([[], []]);
  });

  test.each(["max", "buckets"] as const)("Hosts of one size agree in %s", async (key) => {
    const [, messages] = await judge([host("web1"), host("web2", withSettings({ [key]: 600064 }))]);
    expect(messages).toHaveLength(1);
    expect(messages?.[0]).toContain(`settings.${key} is 600064, which differs from the 524288 of web1`);
  });

  test("Tables of hosts with different RAM, and hosts of different roles, need not agree", async () => {
    const greater: HostInputs = {
      ...withSettings({ max: 1048576 }),
      facts: { ...compliantHost.facts, memoryMiB: 32768 },
    };
    const gateway: HostInputs = { ...withSettings({ timeouts: { nf_conntrack_icmp_timeout: 60 } }), role: "nat" };
    expect(await judge([host("web1"), host("web2", greater), host("nat1", gateway)])).toEqual([[], [], []]);
  });

  test("compareTable: false leaves tables out", async () => {
    expect(await judge([host("web1"), host("web2", withSettings({ max: 1 }))], { compareTable: false })).toEqual([
      [],
      [],
    ]);
  });

  test("A host whose facts come late is judged when they are there and does not hide the others", async () => {
    const late = host("web2", { ...compliantHost, facts: { ...compliantHost.facts, kernel: unknownText } });
    await expect(judge([host("web1"), late])).rejects.toThrow(/kernel can't be known during preview/);
  });
});

describe("limit-fleet-memory", () => {
  const tables = (mebibytes: number): HostInputs => ({
    ...compliantHost,
    memory: { ...compliantHost.memory, fullBytes: mebibytes * 2 ** 20 },
  });

  test("The host that crosses the budget is told once, with the sum", async () => {
    const hosts = [
      host("web1", tables(60)),
      host("web2", tables(40)),
      host("web3", tables(1)),
      host("web4", tables(1)),
    ];
    const messages = await judgeResources("limit-fleet-memory", hosts, {
      configuration: { "limit-fleet-memory": { maximumMiB: 100 } },
    });
    expect(messages).toEqual([
      [],
      [],
      [
        "memory.fullBytes is 1048576, which brings the tables of 3 hosts to 101 MiB with web3, above the budget of 100 MiB " +
          "(the policy limit-fleet-memory, maximumMiB). Lower settings.max of some hosts, or raise maximumMiB.",
      ],
      [],
    ]);
  });

  test("A host that is registered again counts once", async () => {
    const messages = await judgeResources("limit-fleet-memory", [host("web1", tables(60)), host("web1", tables(60))], {
      configuration: { "limit-fleet-memory": { maximumMiB: 100 } },
    });
    expect(messages).toEqual([[], []]);
  });
});

describe("limit-changed-hosts", () => {
  const child = (name: string, stdout: string | undefined): Registered => ({
    type: "command:remote:Command",
    name: `${name}-host`,
    parent: urnOf(tuningToken, name),
    props: { create: "sh -s -- apply", ...(stdout === undefined ? {} : { stdout }) },
  });
  const judge = (resources: readonly Registered[]) =>
    judgeStack("limit-changed-hosts", resources, { configuration: { "limit-changed-hosts": { maximumHosts: 2 } } });

  test("As many hosts as allowed may change, and any number may stay", async () => {
    const unchanged = ["a", "b", "c", "d"].map((name) => child(name, "done"));
    expect(await judge([...unchanged, child("e", unknownText), child("f", undefined)])).toEqual([]);
  });

  test("One host more is told with the count and the first names", async () => {
    const changed = ["a", "b", "c", "d", "e", "f", "g"].map((name) => child(name, unknownText));
    expect(await judge(changed)).toEqual([
      "this update changes 7 hosts (a, b, c, d, e and 2 more), more than the 2 allowed at once " +
        "(the policy limit-changed-hosts, maximumHosts). Update in waves with `pulumi up --target`, or raise maximumHosts.",
    ]);
  });

  test("Commands that belong to no tuned host do not count", async () => {
    const others = ["a", "b", "c"].map((name): Registered => ({ ...child(name, unknownText), parent: undefined }));
    expect(await judge(others)).toEqual([]);
  });
});

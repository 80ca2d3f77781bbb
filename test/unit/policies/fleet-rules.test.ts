import { componentType } from "../../../src/fleet/component-type";
import type { HostInputs } from "../../../policies/subjects/subjects";
import { compliantHost, judgeResources, judgeStack, unknownText, urnOf, type Registered } from "../../support/policies";

const host = (name: string, inputs: HostInputs = compliantHost): Registered => ({
  type: componentType,
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

  test("A host with another timeout is reported with the host that it differs from", async () => {
    const other = withSettings({ timeouts: { nf_conntrack_tcp_timeout_established: 43200 } });
    expect(await judge([host("web1"), host("web2", other), host("web3")])).toEqual([
      [],
      [
        "settings.timeouts.nf_conntrack_tcp_timeout_established is 43200, which differs from the 86400 of web1, which has " +
          "the same role host (hosts of one role share their load: the one that differs fails first). Write the same " +
          "settings.timeouts.nf_conntrack_tcp_timeout_established for web2 and web1, or give one of them another role.",
      ],
      [],
    ]);
  });

  const alsoSet = (timeouts: Record<string, number>) =>
    withSettings({ timeouts: { ...compliantHost.settings.timeouts, ...timeouts } });

  test("A timeout that only one host sets is a difference where it is not the kernel's own", async () => {
    const more = alsoSet({ nf_conntrack_icmp_timeout: 60, nf_conntrack_udp_timeout: 30 });
    const [, messages] = await judge([host("web1"), host("web2", more)]);
    expect(messages).toHaveLength(1);
    expect(messages?.[0]).toContain(
      "nf_conntrack_icmp_timeout is 60, which differs from the kernel's own 30 of web1, which has the same role host",
    );
    expect((await judge([host("web1", more), host("web2")]))[1]?.[0]).toContain(
      "nf_conntrack_icmp_timeout is left at the kernel's 30, which differs from the 60 of web1",
    );
  });

  const older = (kernel: string, timeouts: Record<string, number> = {}): HostInputs => ({
    ...alsoSet(timeouts),
    facts: { memoryMiB: 16384, arch: "x86_64", kernel, networkNamespaces: 1, cores: 4 },
  });

  test("A timeout that neither host sets is a difference where their kernels differ in it", async () => {
    // net/netfilter/nf_conntrack_proto_udp.c: 180 s until 4.20, 120 s since.
    const [, messages = []] = await judge([host("web1", older("4.4.302")), host("web2")]);
    expect(messages.find((message) => message.includes("udp_timeout_stream"))).toContain(
      "nf_conntrack_udp_timeout_stream is left at the kernel's 120, which differs from the kernel's own 180 of web1",
    );
    const streams = { nf_conntrack_udp_timeout_stream: 150 };
    const [, written = []] = await judge([host("web1", older("4.4.302", streams)), host("web2", alsoSet(streams))]);
    expect(written.filter((message) => message.includes("udp_timeout_stream"))).toEqual([]);
  });

  test("A timeout that the first host's kernel does not have is compared with the next host that has it", async () => {
    // net/netfilter/nf_conntrack_proto_gre.c has a sysctl since 5.1.
    const hosts = [
      host("web1", older("3.10.0")),
      host("web2", alsoSet({ nf_conntrack_gre_timeout: 60 })),
      host("web3", alsoSet({ nf_conntrack_gre_timeout: 90 })),
    ];
    const [first, second = [], third = []] = await judge(hosts);
    expect(first).toEqual([]);
    expect(second.filter((message) => message.includes("gre_timeout "))).toEqual([]);
    expect(third.find((message) => message.includes("gre_timeout "))).toContain(
      "nf_conntrack_gre_timeout is 90, which differs from the 60 of web2",
    );
  });

  test("A timeout is the same under its old name, and the remedy names it for each kernel", async () => {
    const old = (seconds: number): HostInputs => ({
      ...compliantHost,
      facts: { memoryMiB: 1024, arch: "i686", kernel: "2.6.18", cores: 4 },
      settings: { max: 65536, buckets: 8192, timeouts: { ip_conntrack_tcp_timeout_established: seconds } },
    });
    const about = async (seconds: number) =>
      (await judge([host("web1"), host("web2", old(seconds))]))[1]?.filter((message) =>
        message.includes("tcp_timeout"),
      );
    expect(await about(86400)).toEqual([]);
    expect((await about(3600))?.[0]).toMatch(
      /Write settings\.timeouts\.ip_conntrack_tcp_timeout_established for web2 and settings\.timeouts\.nf_conntrack_tcp_timeout_established for web1 with the same seconds, or give one of them another role\.$/,
    );
  });

  test("Constants of a kernel before 2.4.23 are compared with nothing, because nobody can write them", async () => {
    const constants: HostInputs = {
      ...compliantHost,
      facts: { memoryMiB: 512, arch: "i686", kernel: "2.4.20", cores: 4 },
      settings: { max: 32768, buckets: 4096, timeouts: {} },
    };
    expect(await judge([host("web1"), host("web2", constants), host("web3", constants)])).toEqual([[], [], []]);
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

  test("A host whose facts are unknown is judged when they are known and does not hide the others", async () => {
    const waiting = host("web2", { ...compliantHost, facts: { ...compliantHost.facts, kernel: unknownText } });
    await expect(judge([host("web1"), waiting])).rejects.toThrow(/kernel can't be known during preview/);
  });
});

describe("limit-fleet-memory", () => {
  const tables = (mebibytes: number): HostInputs => ({
    ...compliantHost,
    memory: { ...compliantHost.memory, fullBytes: mebibytes * 2 ** 20 },
  });

  test("The host that crosses the budget is reported once, with the sum", async () => {
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
    parent: urnOf(componentType, name),
    props: { create: "sh -s -- apply", ...(stdout === undefined ? {} : { stdout }) },
  });
  const judge = (resources: readonly Registered[]) =>
    judgeStack("limit-changed-hosts", resources, { configuration: { "limit-changed-hosts": { maximumHosts: 2 } } });

  test("As many hosts as allowed may change, and any number may stay", async () => {
    const unchanged = ["a", "b", "c", "d"].map((name) => child(name, "done"));
    expect(await judge([...unchanged, child("e", unknownText), child("f", undefined)])).toEqual([]);
  });

  test("One host more is reported with the count and the first names", async () => {
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

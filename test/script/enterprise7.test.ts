/** RHEL 7: buckets by the module's parameter only, and modprobe.d says everything that a boot needs. */
import { applyCommand, restoreCommand } from "../../src/delivery/script/command-line";
import { parseReadBack } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { grownEnterprise7 } from "../support/planned-requests";
import { SimulatedHost, shells } from "./simulated-host";
import { enterprise7Module, statistics } from "./simulated-kernels";

describe.each(shells)("nf_conntrack of 3.10 in %s", (shell) => {
  const make = (): SimulatedHost => new SimulatedHost(enterprise7Module);
  const answerOf = (host: SimulatedHost, command: string) => {
    const { status, stdout, stderr } = host.run(hostScript, command, { shell });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return parseReadBack(stdout);
  };

  test("is set live, and persisted in modprobe.d and modules-load.d", () => {
    const host = make();
    const { max, buckets, timeouts } = grownEnterprise7.settings;
    expect(answerOf(host, applyCommand(grownEnterprise7))).toMatchObject({
      status: "active",
      settings: { max, buckets, ...timeouts },
    });
    expect(host.live("buckets")).toBe(65536);
    expect(host.read("etc/modprobe.d/zz-pulumi-conntrack.conf")?.split("\n")).toEqual([
      "# pulumi-conntrack {",
      " options nf_conntrack hashsize=65536",
      " install nf_conntrack /sbin/modprobe -i nf_conntrack $CMDLINE_OPTS && { /sbin/sysctl -e -w net.netfilter.nf_conntrack_max=262144 net.netfilter.nf_conntrack_tcp_timeout_established=86400 net.netfilter.nf_conntrack_udp_timeout=20 >/dev/null || :; }",
      "# pulumi-conntrack }",
      "",
    ]);
    expect(host.files("etc")).toEqual(["etc/modprobe.d/zz-pulumi-conntrack.conf", "etc/sysconfig/iptables-config"]);
  });

  test("is left alone by a second run, and restored to the last byte", () => {
    const host = make();
    const before = host.snapshot("");
    answerOf(host, applyCommand(grownEnterprise7));
    expect(answerOf(host, applyCommand(grownEnterprise7))).toMatchObject({ changed: false });
    answerOf(host, restoreCommand({ sudo: false, token: grownEnterprise7.token }));
    expect(host.withoutAudit()).toEqual(before);
  });

  // Up to 4.4 each namespace has a table of its own, and max holds for each.
  test("counts the entries of every network namespace by its statistics", () => {
    const host = make();
    host.write({
      "proc/1/ns/net": "net:[1]",
      "proc/1/net/stat/nf_conntrack": statistics(10),
      "proc/77/ns/net": "net:[2]",
      "proc/77/net/stat/nf_conntrack": statistics(54321),
    });
    expect(answerOf(host, applyCommand(grownEnterprise7)).entries).toBe(54321);
  });
});

import { applyCommand, restoreCommand } from "../../src/delivery/script/command-line";
import { parseReadBack } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { grownLegacy } from "../support/planned-requests";
import { SimulatedHost, shells } from "./simulated-host";
import { legacyModule, legacyTimeouts } from "./simulated-kernels";

describe.each(shells)("ip_conntrack of 2.6.18 in %s", (shell) => {
  const make = (): SimulatedHost => new SimulatedHost(legacyModule);
  const answerOf = (host: SimulatedHost, command: string) => {
    const { status, stdout, stderr } = host.run(hostScript, command, { shell });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return parseReadBack(stdout);
  };

  test("is set live under its own names and persisted in the lines of ours in modprobe.conf alone", () => {
    const host = make();
    expect(answerOf(host, applyCommand(grownLegacy))).toMatchObject({
      status: "active",
      presence: "module",
      settings: { max: 131072, buckets: 16384, ip_conntrack_tcp_timeout_established: 86400 },
      loadedBy: ["module:ip_conntrack_netbios_ns", "module:xt_state", "file:/etc/sysconfig/iptables-config"],
      competingWriters: [],
      // The service's own default; /etc/rc.d/init.d/iptables of RHEL 5.
      warnings: [{ code: "unloaded-by-firewall" }],
    });
    expect(host.live("max")).toBe(131072);
    expect(host.live("buckets")).toBe(16384);
    expect(host.live("ip_conntrack_tcp_timeout_established")).toBe(86400);
    expect(host.read("etc/modprobe.conf")?.split("\n")).toEqual([
      "alias eth0 e1000",
      "alias scsi_hostadapter ata_piix",
      "# pulumi-conntrack {",
      " options ip_conntrack hashsize=16384",
      " install ip_conntrack /sbin/modprobe -i ip_conntrack $CMDLINE_OPTS && { /sbin/sysctl -e -w net.ipv4.ip_conntrack_max=131072 net.ipv4.netfilter.ip_conntrack_tcp_timeout_established=86400 >/dev/null || :; }",
      "# pulumi-conntrack }",
      "",
    ]);
    expect(host.files("etc")).toEqual(["etc/modprobe.conf", "etc/sysconfig/iptables-config"]);
  });

  test("is left alone by a second run, and restored to the last byte", () => {
    const host = make();
    const before = host.snapshot("");
    answerOf(host, applyCommand(grownLegacy));
    expect(answerOf(host, applyCommand(grownLegacy))).toMatchObject({ changed: false });
    answerOf(host, restoreCommand({ sudo: false, token: grownLegacy.token }));
    expect(host.withoutAudit()).toEqual(before);
  });

  test("goes to modprobe.d where there is no modprobe.conf", () => {
    const host = make();
    host.delete("etc/modprobe.conf");
    answerOf(host, applyCommand(grownLegacy));
    expect(host.read("etc/modprobe.d/zz-pulumi-conntrack.conf")).toContain("options ip_conntrack hashsize=16384\n");
  });

  test("takes every timeout of its kernel by name, reads it back, and gives each its original again", () => {
    const host = make();
    const before = host.snapshot("");
    const timeouts = Object.fromEntries(Object.entries(legacyTimeouts).map(([name, seconds]) => [name, seconds + 1]));
    const settings = { ...grownLegacy.settings, timeouts };
    expect(answerOf(host, applyCommand({ ...grownLegacy, settings })).settings).toMatchObject(timeouts);
    for (const [name, seconds] of Object.entries(timeouts)) expect(host.live(name)).toBe(seconds);
    answerOf(host, restoreCommand({ sudo: false, token: grownLegacy.token }));
    expect(host.withoutAudit()).toEqual(before);
  });

  test("has max under both its names", () => {
    const host = make();
    answerOf(host, applyCommand(grownLegacy));
    expect(host.read("proc/sys/net/ipv4/ip_conntrack_max")).toBe("131072\n");
    expect(host.read("proc/sys/net/ipv4/netfilter/ip_conntrack_max")).toBe("131072\n");
  });

  test("has max under its first name alone before 2.4.23, where no timeout can be set", () => {
    const host = make();
    host.delete("proc/sys/net/ipv4/netfilter");
    host.delete("sys");
    host.delete("proc/net/stat");
    host.write({ "proc/net/ip_conntrack": "tcp 6 431999 ESTABLISHED\n".repeat(3) });
    const settings = { max: 131072, buckets: 16384, timeouts: {} };
    const rules = {
      ...grownLegacy.rules,
      tableSize: { ...grownLegacy.rules.tableSize, resizable: false, acceptsHashsize: true },
    };
    expect(answerOf(host, applyCommand({ ...grownLegacy, rules, settings }))).toMatchObject({
      entries: 3,
      settings: { max: 131072 },
    });
    expect(host.live("max")).toBe(131072);
  });

  // coreutils 5.97 has neither `timeout` nor a `sync` that takes a file; grep is 2.5.1, sed 4.1.5, awk is gawk 3.1.5.
  test("needs no program that RHEL 5 lacks", () => {
    const host = make();
    const before = host.snapshot("");
    const old = [
      ...["timeout", "realpath", "nproc", "stdbuf", "numfmt", "systemctl", "ip", "nft", "flock", "logger"].map(
        (name) => `${name}() { command echo ${name} >>${host.root}/../newer; return 127; }\n`,
      ),
      "sync() { [ $# = 0 ] || command sync; }\n",
    ].join("");
    const run = (command: string) => host.run(hostScript, command, { shell, prelude: old });
    expect(run(applyCommand(grownLegacy))).toMatchObject({ status: 0, stderr: "" });
    expect(run(restoreCommand({ sudo: false, token: grownLegacy.token }))).toMatchObject({ status: 0, stderr: "" });
    expect(host.withoutAudit()).toEqual(before);
    expect(host.read("../newer")).toBeUndefined();
  });

  test("2.4 keeps its buckets until the next load, in modules.conf", () => {
    const host = make();
    host.delete("sys");
    host.delete("etc/modprobe.conf");
    host.delete("etc/modprobe.d");
    host.delete("proc/net/stat");
    host.write({
      "proc/sys/net/ipv4/netfilter/ip_conntrack_buckets": 8192,
      "etc/modules.conf": "alias eth0 e100\n",
    });
    host.readOnly("proc/sys/net/ipv4/netfilter/ip_conntrack_buckets");
    const rules = {
      ...grownLegacy.rules,
      tableSize: { ...grownLegacy.rules.tableSize, resizable: false, acceptsHashsize: true },
    };
    const answer = answerOf(host, applyCommand({ ...grownLegacy, rules }));
    expect(answer).toMatchObject({
      settings: { max: 131072, buckets: 8192 },
      warnings: [{ code: "buckets-next-load" }, { code: "unloaded-by-firewall" }],
    });
    expect(host.read("etc/modules.conf")).toContain(
      " options ip_conntrack hashsize=16384\n post-install ip_conntrack ",
    );
  });

  test("is refused where the kernel has nf_conntrack instead", () => {
    const host = make();
    host.delete("proc/sys/net/ipv4");
    host.write({ "proc/sys/net/netfilter/nf_conntrack_max": 65536 });
    expect(host.run(hostScript, applyCommand(grownLegacy), { shell })).toMatchObject({ status: 1, stdout: "" });
  });
});

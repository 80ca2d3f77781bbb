/** What loads tracking on a host, and who else writes its values: found by the script, named in the read-back. */
import { applyCommand } from "../../src/delivery/script/command-line";
import { parseReadBack } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { grown, grownEnterprise7 } from "../support/planned-requests";
import { SimulatedHost, shells, type Files, type HostSpec } from "./simulated-host";
import { enterprise7Module, modernModule, rootProcess } from "./simulated-kernels";

/** Files with a rule that needs connection tracking, each in another language or place. */
const rules: Files = {
  "etc/nftables.conf": "table inet filter {\n\tct state established,related accept\n}\n",
  "etc/nftables/gateway.nft": "chain post { type nat hook postrouting priority srcnat; }\n",
  "etc/sysconfig/nftables.conf": "\toifname eth0 masquerade\n",
  "etc/iptables/rules.v4": "*filter\n-A INPUT -m state --state ESTABLISHED -j ACCEPT\nCOMMIT\n",
  "etc/iptables/rules.v6": "*filter\n-A INPUT -m conntrack --ctstate NEW -j DROP\nCOMMIT\n",
  "etc/sysconfig/iptables": "*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n",
  "etc/ufw/before.rules": "-A ufw-before-input -m conntrack --ctstate RELATED -j ACCEPT\n",
  "etc/sysconfig/iptables-config": 'IPTABLES_MODULES="nf_conntrack_netbios_ns"\n',
  "etc/modules-load.d/ftp.conf": "nf_conntrack_ftp\n",
  "etc/modules": "# at boot\nnf_nat\n",
};

const innocent: Files = {
  "etc/iptables/README": "# -m state needs the state match\n",
  "etc/modules-load.d/net.conf": "# nf_conntrack is loaded elsewhere\nbr_netfilter\n",
  "etc/sysctl.d/10-net.conf": "# net.netfilter.nf_conntrack_max = 1\nnet.ipv4.ip_forward = 1\n",
};

const loadingProcesses = ["dockerd", "libvirtd", "virtnetworkd", "firewalld", "k3s-server", "k3s-agent", "kubelite"];
const processes = (names: readonly string[]): Files =>
  Object.assign({}, ...names.map((name, index) => rootProcess(100 + index, name))) as Files;

/** Files and processes that set the same values. */
const writers: Files = {
  "etc/modprobe.d/firewall.conf": "options nf_conntrack hashsize=4096\n",
  "usr/lib/sysctl.d/50-vendor.conf": "net.netfilter.nf_conntrack_tcp_timeout_established = 600\n",
  "etc/sysctl.d/90-tuned-by-hand.conf": "net.nf_conntrack_max=20000\n",
  "run/sysctl.d/zzz.conf": "net/netfilter/nf_conntrack_buckets = 1024\n",
  "etc/sysctl.conf": "net.netfilter.nf_conntrack_max = 20000\n",
  "etc/rc.local": "#!/bin/sh\necho 9000 > /proc/sys/net/netfilter/nf_conntrack_max\n",
};

describe.each(shells)("in %s", (shell) => {
  const readBackOf = (spec: HostSpec, request = grown) => {
    const host = new SimulatedHost(spec);
    const { status, stdout, stderr } = host.run(hostScript, applyCommand(request), { shell });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return parseReadBack(stdout);
  };
  const withFiles = (...files: readonly Files[]): HostSpec => ({
    files: Object.assign({}, modernModule.files, ...files) as Files,
  });

  test("rules, helpers, lists of modules and services that load tracking are named; comments are not", () => {
    const helpers = "nf_conntrack 176128 4 nf_conntrack_ftp,xt_helper, Live 0x0\n";
    const { loadedBy } = readBackOf(
      withFiles(rules, innocent, processes(loadingProcesses), { "proc/modules": helpers }),
    );
    expect([...loadedBy].sort()).toEqual(
      [
        ...["module:nf_conntrack_ftp", "module:xt_helper"],
        ...loadingProcesses.map((name) => `process:${name}`),
        ...Object.keys(rules).map((path) => `file:/${path}`),
      ].sort(),
    );
  });

  test("who else writes the values is named in the order of a boot, and warned of where it comes after ours", () => {
    const { competingWriters, warnings } = readBackOf(withFiles(writers, innocent, processes(["tuned", "k3s-server"])));
    expect(competingWriters).toEqual([
      ...Object.keys(writers).map((path) => `/${path}`),
      ...["process:k3s-server", "process:tuned"],
    ]);
    expect(warnings.map(({ code, detail }) => [code, detail]).sort()).toEqual([
      ["also-set-by-kube-proxy", "k3s-server"],
      ["also-set-by-tuned", undefined],
      ["read-after-ours", "/etc/rc.local"],
      ["read-after-ours", "/etc/sysctl.conf"],
      ["read-after-ours", "/run/sysctl.d/zzz.conf"],
    ]);
  });

  test("the iptables service of Red Hat: what it unloads is warned of, what it sets again is named", () => {
    const config =
      'IPTABLES_MODULES=""\nIPTABLES_MODULES_UNLOAD="yes"\nIPTABLES_SYSCTL_LOAD_LIST=".nf_conntrack .bridge-nf"\n';
    const files = { ...enterprise7Module.files, "etc/sysconfig/iptables-config": config };
    const { loadedBy, competingWriters, warnings } = readBackOf({ ...enterprise7Module, files }, grownEnterprise7);
    expect(loadedBy).toEqual(["module:nf_conntrack_ipv4", "module:xt_conntrack"]);
    expect(competingWriters).toEqual(["/etc/sysconfig/iptables-config"]);
    expect(warnings.map(({ code }) => code)).toEqual(["unloaded-by-firewall"]);
  });
});

import { hostTraits } from "../../../../src/delivery/answer/host-traits";

const codes = (...found: readonly string[]) => hostTraits(found).warnings.map(({ code, detail }) => [code, detail]);

test.each([
  ["modules:nft_ct,nf_nat,", ["module:nft_ct", "module:nf_nat"]],
  ["Name:?dockerd", ["process:dockerd"]],
  ["Name:?libvirtd", ["process:libvirtd"]],
  ["Name:?firewalld", ["process:firewalld"]],
  ["sysconfig/iptables-config", ["file:/etc/sysconfig/iptables-config"]],
  ["nftables.conf", ["file:/etc/nftables.conf"]],
  ["modules-load.d/ftp.conf", ["file:/etc/modules-load.d/ftp.conf"]],
  ["modules", ["file:/etc/modules"]],
])("%s loads tracking and writes nothing", (finding, loadedBy) => {
  expect(hostTraits([finding, finding])).toEqual({ loadedBy, competingWriters: [], warnings: [] });
});

test("a kube-proxy that apply accepted is named and needs no warning", () => {
  expect(hostTraits(["Name:?kube-proxy"])).toEqual({
    loadedBy: ["process:kube-proxy"],
    competingWriters: ["process:kube-proxy"],
    warnings: [],
  });
});

test.each(["k3s-server", "k3s-agent", "kubelite"])("%s is warned of, because kube-proxy runs inside", (name) => {
  const { loadedBy, competingWriters, warnings } = hostTraits([`Name:?${name}`]);
  expect([loadedBy, competingWriters]).toEqual([[`process:${name}`], [`process:${name}`]]);
  expect(warnings[0]?.text).toMatch(new RegExp(`^${name} .*conntrack-max-per-core=0`));
});

test("TuneD writes only, and is warned of", () => {
  expect(hostTraits(["Name:?tuned"])).toMatchObject({ loadedBy: [], competingWriters: ["process:tuned"] });
  expect(codes("Name:?tuned")).toEqual([["also-set-by-tuned", undefined]]);
});

// sysctl.d(5): all folders together, by file name; the later one wins. Ours is zz-pulumi-conntrack.conf.
test.each([
  ["sysctl.d/50-other.conf", "/etc/sysctl.d/50-other.conf", false],
  ["../usr/lib/sysctl.d/99-vendor.conf", "/usr/lib/sysctl.d/99-vendor.conf", false],
  ["../run/sysctl.d/zzz.conf", "/run/sysctl.d/zzz.conf", true],
  ["sysctl.conf", "/etc/sysctl.conf", true],
  ["ufw/sysctl.conf", "/etc/ufw/sysctl.conf", true],
  ["rc.local", "/etc/rc.local", true],
  ["modprobe.d/firewall.conf", "/etc/modprobe.d/firewall.conf", false],
  ["modprobe.d/zzz.conf", "/etc/modprobe.d/zzz.conf", true],
  ["modprobe.conf", "/etc/modprobe.conf", false],
  ["modules.conf", "/etc/modules.conf", false],
])("%s writes the same values as %s; read after ours and warned of: %s", (finding, path, after) => {
  expect(hostTraits([finding])).toMatchObject({ loadedBy: [], competingWriters: [path] });
  expect(codes(finding)).toEqual(after ? [["read-after-ours", path]] : []);
});

test("competing writers come in the order in which a boot reads them", () => {
  const found = ["rc.local", "Name:?tuned", "sysctl.conf", "sysctl.d/90-a.conf", "../run/sysctl.d/10-b.conf"];
  expect(hostTraits([...found, "modprobe.d/firewall"]).competingWriters).toEqual([
    "/etc/modprobe.d/firewall",
    "/run/sysctl.d/10-b.conf",
    "/etc/sysctl.d/90-a.conf",
    "/etc/sysctl.conf",
    "/etc/rc.local",
    "process:tuned",
  ]);
});

test.each(["sysctl.d/zz-pulumi-conntrack.conf", "udev/rules.d/zz-pulumi-conntrack.rules"])("%s is ours", (finding) => {
  expect(hostTraits([finding])).toEqual({ loadedBy: [], competingWriters: [], warnings: [] });
});

// The iptables service of Red Hat: /etc/rc.d/init.d/iptables of RHEL 5 and 6, /usr/libexec/iptables since.
test("a firewall that unloads the module is warned of, and one that does not is not", () => {
  expect(codes("IPTABLES_MODULES_UNLOAD=?yes?")).toEqual([["unloaded-by-firewall", undefined]]);
  expect(codes("IPTABLES_MODULES_UNLOAD=?no?")).toEqual([]);
});

test("a firewall that applies sysctls of tracking again is a competing writer", () => {
  expect(hostTraits(["IPTABLES_SYSCTL_LOAD_LIST=?.nf_conntrack?.bridge-nf?"]).competingWriters).toEqual([
    "/etc/sysconfig/iptables-config",
  ]);
  expect(hostTraits(["IP6TABLES_SYSCTL_LOAD_LIST=?.bridge-nf?"]).competingWriters).toEqual([]);
});

test("nothing found is nothing named", () => {
  expect(hostTraits([""])).toEqual({ loadedBy: [], competingWriters: [], warnings: [] });
});

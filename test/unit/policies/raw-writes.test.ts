import { findRawWrites } from "../../../policies/raw-writes";

/** Every spelling of a write, with the setting that it writes. */
const writes: readonly (readonly [text: string, setting: string])[] = [
  ["sysctl -w net.netfilter.nf_conntrack_max=262144", "nf_conntrack_max"],
  ["sysctl net.netfilter.nf_conntrack_max=262144", "nf_conntrack_max"],
  ["sudo -n sysctl -q -w 'net.netfilter.nf_conntrack_max = 262144'", "nf_conntrack_max"],
  ["sysctl -w net/netfilter/nf_conntrack_max=262144", "nf_conntrack_max"],
  ["sysctl -w net.nf_conntrack_max=262144", "nf_conntrack_max"],
  ["sysctl -w net.ipv4.netfilter.ip_conntrack_max=65536", "ip_conntrack_max"],
  ["sysctl -w net.ipv4.ip_conntrack_max=65536", "ip_conntrack_max"],
  ['sysctl -w net.netfilter.nf_"conn"track_max=1', "nf_conntrack_max"],
  ["sysctl -w net.netfilter.nf_\\\nconntrack_buckets=65536", "nf_conntrack_buckets"],
  ["sysctl -w net.netfilter.nf_conntrack_tcp_timeout_established=86400", "nf_conntrack_tcp_timeout_established"],
  ["sysctl -w net.netfilter.nf_flowtable_tcp_timeout=30", "nf_flowtable_tcp_timeout"],
  ["KEY=net.netfilter.nf_conntrack_max; sysctl -w $KEY=262144", "nf_conntrack_max"],
  ["F=/proc/sys/net/netfilter/nf_conntrack_max\necho 1 > ${F}", "nf_conntrack_max"],
  ["ip netns exec blue sysctl -w net.netfilter.nf_conntrack_udp_timeout=10", "nf_conntrack_udp_timeout"],
  ["echo 262144 > /proc/sys/net/netfilter/nf_conntrack_max", "nf_conntrack_max"],
  ["echo 262144 >/proc/sys/net/nf_conntrack_max", "nf_conntrack_max"],
  ["echo 262144 >| /proc/sys/net/ipv4/ip_conntrack_max", "ip_conntrack_max"],
  ["printf %s 262144 1>/host/proc/sys/net/netfilter/nf_conntrack_max", "nf_conntrack_max"],
  ["cd /proc/sys/net/netfilter && echo 1 > nf_conntrack_max", "nf_conntrack_max"],
  ["echo 262144 | sudo tee /proc/sys/net/netfilter/nf_conntrack_max", "nf_conntrack_max"],
  ["echo 1 | tee -a /tmp/log /proc/sys/net/netfilter/nf_conntrack_max >/dev/null", "nf_conntrack_max"],
  ["echo 65536 | dd of=/proc/sys/net/netfilter/nf_conntrack_max", "nf_conntrack_max"],
  ["cp /root/max /proc/sys/net/netfilter/nf_conntrack_max", "nf_conntrack_max"],
  ["echo 65536 > /sys/module/nf_conntrack/parameters/hashsize", "hashsize"],
  ["echo 65536 > /sys/module/ip_conntrack/parameters/hashsize", "hashsize"],
  ["cd /sys/module/nf_conntrack/parameters; echo 65536 > hashsize", "hashsize"],
  ["echo 65536 | tee /sys/module/nf_conntrack/parameters/hashsize", "hashsize"],
  ["echo 'net.netfilter.nf_conntrack_max = 262144' >> /etc/sysctl.conf", "nf_conntrack_max"],
  ["cat > /etc/sysctl.d/90-ct.conf <<EOF\nnet.netfilter.nf_conntrack_max = 262144\nEOF", "nf_conntrack_max"],
  ["-net/netfilter/nf_conntrack_max = 262144", "nf_conntrack_max"],
  ["net.*.nf_conntrack_tcp_timeout_* = 60", "nf_conntrack_tcp_timeout_"],
  ["sed -i '/nf_conntrack_max/d' /etc/sysctl.conf", "nf_conntrack_max"],
  ["augtool set /files/etc/sysctl.conf/net.netfilter.nf_conntrack_max 262144", "nf_conntrack_max"],
  ["echo 'options nf_conntrack hashsize=65536' > /etc/modprobe.d/nf_conntrack.conf", "hashsize"],
  ["options nf-conntrack acct=1 hashsize=65536", "acct"],
  ["modprobe nf_conntrack hashsize=65536", "hashsize"],
  ["modprobe -v ip_conntrack hashsize=65536", "hashsize"],
  ["insmod /lib/modules/6.1/kernel/net/netfilter/nf_conntrack.ko.xz hashsize=65536", "hashsize"],
  ["grubby --update-kernel=ALL --args=nf_conntrack.hashsize=65536", "hashsize"],
  ["w /sys/module/nf_conntrack/parameters/hashsize - - - - 65536", "hashsize"],
  ['KERNEL=="nf_conntrack", ATTR{parameters/hashsize}="65536"', "hashsize"],
  ["python3 -c \"open('/proc/sys/net/netfilter/nf_conntrack_max','w').write('1')\"", "nf_conntrack_max"],
  ["node -e \"fs.writeFileSync('/proc/sys/net/netfilter/nf_conntrack_max', '1')\"", "nf_conntrack_max"],
  ["ruby -e 'File.write(\"/proc/sys/net/netfilter/nf_conntrack_max\", 1)'", "nf_conntrack_max"],
];

test.each(writes)("This writes a setting of connection tracking: %s", (text, setting) => {
  expect(findRawWrites(text).map((write) => write.setting)).toContain(setting);
});

test.each([
  "sysctl net.netfilter.nf_conntrack_max",
  "sysctl -n net.netfilter.nf_conntrack_count",
  "sysctl -a | grep nf_conntrack",
  "cat /proc/sys/net/netfilter/nf_conntrack_max",
  "cat /proc/sys/net/netfilter/nf_conntrack_max > /tmp/nf_conntrack_max",
  "cat /sys/module/nf_conntrack/parameters/hashsize",
  "grep -q 'net.netfilter.nf_conntrack_max = 262144' /etc/sysctl.conf",
  'test "$(sysctl -n net.netfilter.nf_conntrack_max)" = 262144',
  "# sysctl -w net.netfilter.nf_conntrack_max=262144",
  "conntrack -L | wc -l",
  "modprobe nf_conntrack",
  "lsmod | grep nf_conntrack",
  "echo nf_conntrack > /etc/modules-load.d/nf_conntrack.conf",
  "echo 4096 > /sys/module/nf_nat/parameters/hashsize",
  "sysctl -w net.core.somaxconn=4096",
  "python3 -c \"print(open('/proc/sys/net/netfilter/nf_conntrack_max').read())\"",
  "max=$(cat /proc/sys/net/netfilter/nf_conntrack_max); echo nf_conntrack_max=$max",
])("This only looks, or touches something else: %s", (text) => {
  expect(findRawWrites(text)).toEqual([]);
});

test("All writes of a script are found, each once", () => {
  const script = `#!/bin/sh
set -e
sysctl -w net.netfilter.nf_conntrack_max=262144
echo 65536 > /sys/module/nf_conntrack/parameters/hashsize
sysctl -w net.netfilter.nf_conntrack_max=262144`;
  expect(findRawWrites(script)).toEqual([
    { setting: "nf_conntrack_max", means: "a sysctl assignment" },
    { setting: "hashsize", means: "a redirection into the kernel's file" },
  ]);
});

test("The name of a setting is all that is told of a script", () => {
  const [write] = findRawWrites(
    "sysctl -w net.netfilter.nf_conntrack_max=1; curl -H 'Authorization: swordfish' http://x",
  );
  expect(JSON.stringify(write)).not.toContain("swordfish");
});

import { findRawWrites } from "../../../policies/raw-writes/raw-writes";

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
  ["node -e 'fs.writeFileSync(`/proc/sys/net/netfilter/nf_conntrack_max`, `1`)'", "nf_conntrack_max"],
  [
    "python3 -c \"from pathlib import Path; Path('/proc/sys/net/netfilter/nf_conntrack_max').write_text('1')\"",
    "nf_conntrack_max",
  ],
  // Behind, beside or within a command that only reads.
  ["cat /root/max | sudo tee /proc/sys/net/netfilter/nf_conntrack_max", "nf_conntrack_max"],
  ["cat n | xargs -I{} sysctl -w net.netfilter.nf_conntrack_max={}", "nf_conntrack_max"],
  ["head -1 n | dd of=/sys/module/nf_conntrack/parameters/hashsize", "hashsize"],
  ["test -d X & sysctl -w net.netfilter.nf_conntrack_max=1", "nf_conntrack_max"],
  ["cat $(sysctl -w net.netfilter.nf_conntrack_max=1)", "nf_conntrack_max"],
  ["cat `sysctl -w net.netfilter.nf_conntrack_max=1`", "nf_conntrack_max"],
  ["cat n > /proc/sys/net/netfilter/nf_conntrack_max 2>&1", "nf_conntrack_max"],
  ["grep net.netfilter.nf_conntrack_max=1 base >> /etc/sysctl.conf", "nf_conntrack_max"],
  ["awk 'BEGIN { system(\"sysctl -w net.netfilter.nf_conntrack_max=1\") }'", "nf_conntrack_max"],
  ["bash -c 'grep -q x f; sysctl -w net.netfilter.nf_conntrack_max=1'", "nf_conntrack_max"],
  ["ssh web1 'cat n | tee /proc/sys/net/netfilter/nf_conntrack_max'", "nf_conntrack_max"],
  ["case $1 in\na) true\n;; b) sysctl -w net.netfilter.nf_conntrack_max=1 ;;\nesac", "nf_conntrack_max"],
  ["runcmd:\n  - [ sysctl, -w, net.netfilter.nf_conntrack_max=1 ]", "nf_conntrack_max"],
  // Whatever stands behind the kernel's file.
  ["printf 5|tee /proc/sys/net/netfilter/nf_conntrack_max>/dev/null", "nf_conntrack_max"],
  ["tee /proc/sys/net/netfilter/nf_conntrack_max<<<5", "nf_conntrack_max"],
  ["cp x /proc/sys/net/netfilter/nf_conntrack_max 2>/dev/null", "nf_conntrack_max"],
  ["(cp x /proc/sys/net/netfilter/nf_conntrack_max)", "nf_conntrack_max"],
  ["cp x /proc/sys/net/netfilter/nf_conntrack_max | true", "nf_conntrack_max"],
  ["cp x /proc/sys/net/netfilter/nf_conntrack_max # set", "nf_conntrack_max"],
  ["rsync x /proc/sys/net/netfilter/nf_conntrack_max", "nf_conntrack_max"],
  // Names that come in pieces.
  ["P=/proc/sys/net/netfilter/; echo 1 > $P/nf_conntrack_max", "nf_conntrack_max"],
  ["A=nf_conntrack; B=${A}_max; sysctl -w net.netfilter.$B=1", "nf_conntrack_max"],
  ["set_max() { sysctl -w $KEY=1; }; KEY='net.netfilter.nf_conntrack_max'; set_max", "nf_conntrack_max"],
  ["sysctl -w ${KEY:-net.netfilter.nf_conntrack_max}=1", "nf_conntrack_max"],
  ["for k in nf_conntrack_max; do sysctl -w net.netfilter.$k=1; done", "nf_conntrack_max"],
  ["f() { sysctl -w net.netfilter.nf_conntrack_$1=$2; }; f max 5", "nf_conntrack_"],
  ["printf '%s=%s\\n' net.netfilter.nf_conntrack_max 1 > /etc/sysctl.d/x", "nf_conntrack_max"],
  ["printf '# ours\\nnet.netfilter.nf_conntrack_max = 5\\n' > /etc/sysctl.d/x", "nf_conntrack_max"],
  ["cd /proc/sys && echo 1 > net/netfilter/nf_conntrack_max", "nf_conntrack_max"],
  ["for k in net.core.somaxconn net.netfilter.nf_conntrack_max; do sysctl -w $k=1; done", "nf_conntrack_max"],
  // Within the grammar of a shell.
  ["cat > /proc/sys/net/netfilter/nf_conntrack_max <<EOF\n262144\nEOF", "nf_conntrack_max"],
  ["cat > /tmp/x <<'EOF'\nit's a \"\nEOF\necho 1 > /proc/sys/net/netfilter/nf_conntrack_max", "nf_conntrack_max"],
  ["sudo bash <<EOF\nsysctl -w net.netfilter.nf_conntrack_max=1\nEOF", "nf_conntrack_max"],
  ["bash <<< 'sysctl -w net.netfilter.nf_conntrack_max=1'", "nf_conntrack_max"],
  ["case $1 in (a|b) echo 1 > /proc/sys/net/netfilter/nf_conntrack_max;; esac", "nf_conntrack_max"],
  ["function set { sysctl -w net.netfilter.nf_conntrack_max=1; }; set", "nf_conntrack_max"],
  [`echo ${"$(echo ".repeat(9)}$(sysctl -w net.netfilter.nf_conntrack_max=1)${")".repeat(9)}`, "nf_conntrack_max"],
  [`echo ${"$(echo ".repeat(99)}$(sysctl -w net.netfilter.nf_conntrack_max=1)${")".repeat(99)}`, "nf_conntrack_max"],
  ["echo $(((1 << 18) * 2)) > /proc/sys/net/netfilter/nf_conntrack_max", "nf_conntrack_max"],
  ["x=$(($(sysctl -w net.netfilter.nf_conntrack_max=1; echo 1) + 2))", "nf_conntrack_max"],
  ["cat \"$(echo ')'; sysctl -w net.netfilter.nf_conntrack_max=1)\"", "nf_conntrack_max"],
  ["echo 1 >& /proc/sys/net/netfilter/nf_conntrack_max", "nf_conntrack_max"],
  ["while read n; do echo $n; done < f > /proc/sys/net/netfilter/nf_conntrack_max", "nf_conntrack_max"],
  ["sh -c \"sh -c 'echo 1 > /proc/sys/net/netfilter/nf_conntrack_max'\"", "nf_conntrack_max"],
  ["awk '{ print > \"/proc/sys/net/netfilter/nf_conntrack_max\" }' f", "nf_conntrack_max"],
  // Texts in which a shell finds a mistake.
  ["; it's a comment\nnet.netfilter.nf_conntrack_max = 1", "nf_conntrack_max"],
  ["if true; then\n  sysctl -w net.netfilter.nf_conntrack_max=1", "nf_conntrack_max"],
  ["KEY=net.netfilter.nf_conntrack_max\na) sysctl -w $KEY=1", "nf_conntrack_max"],
  ["- name: don't wait\n  shell: sysctl -w net.netfilter.nf_conntrack_max=1", "nf_conntrack_max"],
  [
    "with open('/proc/sys/net/netfilter/nf_conntrack_max', 'w') as setting:\n    setting.write('1')",
    "nf_conntrack_max",
  ],
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
  "if ! grep -q 'net.netfilter.nf_conntrack_max = 262144' /etc/sysctl.d/*; then exit 1; fi",
  "grep -q 'net.netfilter.nf_conntrack_max = 262144' /etc/sysctl.conf 2>/dev/null || exit 1",
  "grep -E 'x;y|net.netfilter.nf_conntrack_max = 262144' /etc/sysctl.conf",
  "bash -c \"grep -q 'net.netfilter.nf_conntrack_max = 262144' /etc/sysctl.conf\"",
  "find /etc -name '*.conf' | LC_ALL=C xargs -r grep 'net.netfilter.nf_conntrack_max = 262144'",
  "sysctl -a | grep 'net.netfilter.nf_conntrack_max = 262144'",
  'if [ "$(sysctl net.netfilter.nf_conntrack_max)" = "net.netfilter.nf_conntrack_max = 262144" ]; then true; fi',
  "uptime # see net.netfilter.nf_conntrack_max=1",
  "awk '/net.netfilter.nf_conntrack_max = 5/' f",
  "python3 -c \"print(Path('/proc/sys/net/netfilter/nf_conntrack_max').exists())\"",
  "python3 -c \"Path('/tmp/x').write_text(Path('/proc/sys/net/netfilter/nf_conntrack_max').read_text())\"",
  "node -e \"fs.writeFileSync('/tmp/x', fs.readFileSync('/proc/sys/net/netfilter/nf_conntrack_max'))\"",
  "sysctl -n net.netfilter.nf_conntrack_max > ./nf_conntrack_max",
  "cat /proc/sys/net/netfilter/nf_conntrack_max > $BACKUP/nf_conntrack_max",
  "cp /proc/sys/net/netfilter/nf_conntrack_max /root/backup/net/nf_conntrack_max",
  "table ip raw { set ip_conntrack_skip { type ipv4_addr; } }",
  "echo 'acct on' > /proc/sys/kernel/acct",
  "modprobe nf_conntrack 2>&1 | curl -H 'Authorization: Basic c3dvcmRmaXNo=' http://x",
  "modprobe nf_conntrack & curl -d acct=1 http://x",
  // What only looks like a write, by the grammar of a shell.
  "grep -e '> /proc/sys/net/netfilter/nf_conntrack_max' script.sh",
  "grep -q 'a\nnet.netfilter.nf_conntrack_max = 1' f",
  "awk '\n/net.netfilter.nf_conntrack_max = 5/ { print }\n' f",
  "timeout 5 grep 'net.netfilter.nf_conntrack_max = 1' f",
  "ssh web1 \"grep -q 'net.netfilter.nf_conntrack_max = 1' f\"",
  "tee /root/backup < /proc/sys/net/netfilter/nf_conntrack_max",
  'case "$line" in "net.netfilter.nf_conntrack_max = 1") true ;; esac',
  "case $1 in a) grep 'net.netfilter.nf_conntrack_max = 1' f ;; esac",
  "check() { grep 'net.netfilter.nf_conntrack_max = 1' f; }; check",
  "function check { grep 'net.netfilter.nf_conntrack_max = 1' f; }; check",
  "count=\"$(grep -c '(old) net.netfilter.nf_conntrack_max = 1' f)\"",
  "echo \"$(grep ')' f | grep 'net.netfilter.nf_conntrack_max = 1')\"",
  "echo $((16#$(grep -c '(net.netfilter.nf_conntrack_max = 1)' f)))",
  '[[ -z "$line" || "$line" == "net.netfilter.nf_conntrack_max = 1" ]]',
  "echo ${line#*net.netfilter.nf_conntrack_max=1}",
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

test.each([
  "sysctl -w net.netfilter.nf_conntrack_max=1; curl -H 'Authorization: swordfish' http://x",
  "modprobe nf_conntrack hashsize=1 swordfish=2",
  "sysctl -w net.netfilter.nf_conntrack_swordfish=1",
  "echo 1 > /proc/sys/net/netfilter/nf_conntrack_{max,swordfish}",
  "echo 1 > /sys/module/nf_conntrack/parameters/hashsize; echo swordfish > /sys/module/nf_conntrack/parameters/x",
])("A name that the kernel has, or the beginning of one, is all that is reported of a script: %s", (text) => {
  const writes = findRawWrites(text);
  expect(writes).not.toEqual([]);
  expect(JSON.stringify(writes)).not.toContain("swordfish");
});

test("A variable has the value that was last given to it above", () => {
  const script = "KEY=net.netfilter.nf_conntrack_max; sysctl -w $KEY=1; KEY=net.core.somaxconn; sysctl -w $KEY=2";
  expect(findRawWrites(script)).toEqual([{ setting: "nf_conntrack_max", means: "a sysctl assignment" }]);
});

test("What a command finds in its environment is resolved too, and a value of its own wins", () => {
  const environment = { KEY: "net.netfilter.nf_conntrack_max" };
  expect(findRawWrites("sysctl -w $KEY=1", environment)).toHaveLength(1);
  expect(findRawWrites("KEY=net.core.somaxconn; sysctl -w $KEY=1", environment)).toEqual([]);
});

test.each([
  ["values that double themselves", "A=$A$A; "],
  ["strings that never end", '"\\'],
  ["substitutions that never end", "$("],
  ["here-documents that never end", "<<A "],
  ["here-documents within here-documents", "cat <<A\ncat <<B\nA\n"],
  ["names of here-documents that never end", '<<-"'],
  ["many lines of here-documents that never end", `${"<<A ".repeat(5_000)}\n`],
  ["commands within commands", `${"coproc ".repeat(4_000)}\n`],
  ["quoted substitutions that never end", '"$('],
  ["words that begin a write", "tee cp sed of= > modprobe nf_conntrack "],
  ["files of the kernel without a name", "/proc/sys/net/"],
  ["names without an end", "nf_conntrack_"],
  ["ends of commands", ";&|"],
])("A text that is long and made of %s does not hold a policy up, nor hide the write behind it", (_what, part) => {
  // Whatever looks at a letter more than a bounded number of times needs hours for this.
  const long = part.repeat(500_000 / part.length);
  expect(findRawWrites(`${long}\nsysctl -w net.netfilter.nf_conntrack_max=1`)).toContainEqual({
    setting: "nf_conntrack_max",
    means: "a sysctl assignment",
  });
});

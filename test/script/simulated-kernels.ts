/** The kernels of simulated hosts as files; plans that fit them are in test/support/planned-requests.ts. */
import type { Files, HostSpec } from "./simulated-host";

/** A 6.1 kernel with nf_conntrack as a module that nftables has loaded. */
export const kernelTimeouts = {
  nf_conntrack_generic_timeout: 600,
  nf_conntrack_icmp_timeout: 30,
  nf_conntrack_tcp_timeout_close_wait: 60,
  nf_conntrack_tcp_timeout_established: 432000,
  nf_conntrack_udp_timeout: 30,
  nf_conntrack_udp_timeout_stream: 120,
} as const;

/** From 5.15 on. */
export const statHeader =
  "entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart";

/** A process of root: its name, the program that it runs, and its arguments. */
export const rootProcess = (pid: number, name: string, words: readonly string[] = [name]): Files => ({
  [`proc/${pid}/status`]: `Name:\t${name}\nPPid:\t1\nUid:\t0\t0\t0\t0\n`,
  [`proc/${pid}/cmdline`]: words.map((word) => `${word}\0`).join(""),
  [`proc/${pid}/exe`]: `/usr/local/bin/${name}`,
});

/**
 * The statistics file of a network namespace with this many entries, of a machine with two processors.
 * @param counts of each processor, by the names of the columns
 */
export const statistics = (
  entries: number,
  header = statHeader,
  counts: Readonly<Record<string, readonly [number, number]>> = {},
): string => {
  const names = header.split(/ +/);
  const row = (processor: 0 | 1): string =>
    [entries, ...Array.from({ length: 16 }, (_, index) => counts[names[index + 1] ?? ""]?.[processor] ?? 0)]
      .map((n) => n.toString(16).padStart(8, "0"))
      .join(" ");
  return `${header}\n${row(0)}\n${row(1)}\n`;
};

/** Names and numbers below a folder of /proc/sys/net. */
const below = (folder: string, numbers: Readonly<Record<string, number>>): Files =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [`${folder}/${name}`, value]));

const netfilter = "proc/sys/net/netfilter";
const legacyNetfilter = "proc/sys/net/ipv4/netfilter";

export const liveModern: Files = {
  [`${netfilter}/nf_conntrack_max`]: 65536,
  [`${netfilter}/nf_conntrack_count`]: 10,
  [`${netfilter}/nf_conntrack_acct`]: 0,
  [`${netfilter}/nf_conntrack_events`]: 2,
  [`${netfilter}/nf_conntrack_timestamp`]: 0,
  ...below(netfilter, kernelTimeouts),
  "proc/net/stat/nf_conntrack": statistics(10),
  "sys/module/nf_conntrack/parameters/hashsize": 65536,
};

const machine: Files = {
  "proc/meminfo":
    "MemTotal:        8025292 kB\nMemFree:         6912340 kB\nMemAvailable:    7400000 kB\nCached:           500000 kB\nVmallocTotal:   34359738367 kB\nVmallocUsed:       20000 kB\n",
  "proc/sys/kernel/osrelease": "6.1.0-50-amd64",
  "proc/sys/kernel/version": "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-10-01)",
  "proc/sys/kernel/random/boot_id": "11111111-2222-3333-4444-555555555555",
  "proc/sys/net/core/netdev_max_backlog": 1000,
  "proc/cpuinfo": "processor\t: 0\nmodel name\t: made up\n\nprocessor\t: 1\nmodel name\t: made up\n",
  "proc/modules": "ext4 983040 1 - Live 0x0\n",
  "lib/modules/6.1.0-50-amd64/modules.dep": "kernel/net/netfilter/nf_conntrack.ko: kernel/lib/libcrc32c.ko\n",
  "var/lib/dpkg/status": "",
  "etc/sysctl.d/": "",
  "etc/modprobe.d/": "",
  "etc/modules-load.d/": "",
  "etc/udev/rules.d/": "",
};

const loadedModules = "ext4 983040 1 - Live 0x0\nnf_conntrack 176128 2 nft_ct,nf_nat, Live 0x0\n";

export const modernModule: HostSpec = { files: { ...machine, ...liveModern, "proc/modules": loadedModules } };
export const modernBuiltin: HostSpec = { files: { ...machine, ...liveModern } };
export const modernNotLoaded: HostSpec = { files: machine, loadable: { ...liveModern, "proc/modules": loadedModules } };

/** Every timeout of the old module in 2.6.18: net/ipv4/netfilter/ip_conntrack_standalone.c, with its default. */
export const legacyTimeouts = {
  ip_conntrack_generic_timeout: 600,
  ip_conntrack_icmp_timeout: 30,
  ip_conntrack_tcp_timeout_close: 10,
  ip_conntrack_tcp_timeout_close_wait: 60,
  ip_conntrack_tcp_timeout_established: 432000,
  ip_conntrack_tcp_timeout_fin_wait: 120,
  ip_conntrack_tcp_timeout_last_ack: 30,
  ip_conntrack_tcp_timeout_max_retrans: 300,
  ip_conntrack_tcp_timeout_syn_recv: 60,
  ip_conntrack_tcp_timeout_syn_sent: 120,
  ip_conntrack_tcp_timeout_time_wait: 120,
  ip_conntrack_udp_timeout: 30,
  ip_conntrack_udp_timeout_stream: 180,
} as const;

/** Columns of the statistics before 5.15, which names a longest chain. */
export const olderStatHeader =
  "entries  searched found new invalid ignore delete delete_list insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart";

/** RHEL 7: 3.10 with the new module, its buckets read-only in sysctl, and the old module's names as aliases. */
export const enterprise7Module: HostSpec = {
  files: {
    ...machine,
    ...liveModern,
    "proc/sys/kernel/osrelease": "3.10.0-1160.el7.x86_64\n",
    "proc/sys/kernel/version": "#1 SMP Mon Oct 19 16:18:59 UTC 2020\n",
    "proc/modules":
      "nf_conntrack_ipv4 15053 2 - Live 0x0\nnf_conntrack 139264 3 nf_conntrack_ipv4,xt_conntrack, Live 0x0\n",
    "proc/net/stat/nf_conntrack": statistics(10, olderStatHeader),
    [`${netfilter}/nf_conntrack_buckets`]: 16384,
    "sys/module/nf_conntrack/parameters/hashsize": 16384,
    "proc/sys/net/ipv4/ip_conntrack_max": 65536,
    ...below(legacyNetfilter, { ip_conntrack_count: 10, ip_conntrack_buckets: 16384, ...legacyTimeouts }),
    "lib/modules/3.10.0-1160.el7.x86_64/modules.dep":
      "kernel/net/netfilter/nf_conntrack.ko.xz: kernel/lib/libcrc32c.ko.xz\n",
    "etc/sysconfig/iptables-config": 'IPTABLES_MODULES=""\nIPTABLES_MODULES_UNLOAD="yes"\n',
  },
  readOnly: [`${netfilter}/nf_conntrack_buckets`, `${legacyNetfilter}/ip_conntrack_buckets`],
};

/** 2.6.18 names a column less than its lines have. */
export const oldestStatHeader =
  "entries  searched found new invalid ignore delete delete_list insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete";

/** RHEL 5: 2.6.18 with the old module, loaded by the firewall's helper module, one modprobe.conf for all. */
export const legacyModule: HostSpec = {
  files: {
    "proc/meminfo":
      "MemTotal:      2074724 kB\nMemFree:       1512340 kB\nCached:         200000 kB\nLowTotal:       901112 kB\nLowFree:        700000 kB\nVmallocTotal:   114680 kB\nVmallocUsed:      5000 kB\n",
    "proc/sys/kernel/osrelease": "2.6.18-398.el5PAE\n",
    "proc/sys/kernel/version": "#1 SMP Tue Aug 12 06:21:02 EDT 2014\n",
    "proc/sys/kernel/random/boot_id": "11111111-2222-3333-4444-555555555555\n",
    "proc/sys/net/core/netdev_max_backlog": 1000,
    "proc/cpuinfo": "processor\t: 0\n",
    "proc/modules":
      "ip_conntrack_netbios_ns 6977 0 - Live 0xf89d5000\nip_conntrack 53281 2 ip_conntrack_netbios_ns,xt_state, Live 0xf8a40000\n",
    "proc/sys/net/ipv4/ip_conntrack_max": 65536,
    ...below(legacyNetfilter, { ip_conntrack_count: 10, ip_conntrack_buckets: 8192, ...legacyTimeouts }),
    "proc/net/stat/ip_conntrack": statistics(10, oldestStatHeader),
    "sys/module/ip_conntrack/parameters/hashsize": 8192,
    "lib/modules/2.6.18-398.el5PAE/modules.dep":
      "/lib/modules/2.6.18-398.el5PAE/kernel/net/ipv4/netfilter/ip_conntrack.ko:\n",
    "var/lib/rpm/Packages": "",
    "etc/modprobe.conf": "alias eth0 e1000\nalias scsi_hostadapter ata_piix\n",
    "etc/modprobe.d/": "",
    "etc/sysconfig/iptables-config":
      '# Load additional iptables modules\nIPTABLES_MODULES="ip_conntrack_netbios_ns"\nIPTABLES_MODULES_UNLOAD="yes"\n',
  },
  readOnly: [`${legacyNetfilter}/ip_conntrack_buckets`],
};

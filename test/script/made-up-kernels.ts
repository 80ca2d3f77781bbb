/** The kernels of made-up hosts as files, and plans that fit them. */
import type { ApplyRequest, HostRules } from "../../src/host/command-line";
import type { Files, HostSpec } from "./made-up-host";

/** A 6.1 kernel with nf_conntrack as a module that nftables has loaded. */
export const kernelTimeouts = {
  nf_conntrack_generic_timeout: 600,
  nf_conntrack_icmp_timeout: 30,
  nf_conntrack_tcp_timeout_close_wait: 60,
  nf_conntrack_tcp_timeout_established: 432000,
  nf_conntrack_udp_timeout: 30,
  nf_conntrack_udp_timeout_stream: 120,
} as const;

const statHeader =
  "entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart";

/** The statistics file of a network namespace with this many entries. */
export const statistics = (entries: number, header = statHeader): string => {
  const row = [entries, ...Array.from({ length: 16 }, () => 0)].map((n) => n.toString(16).padStart(8, "0")).join(" ");
  return `${header}\n${row}\n${row}\n`;
};

const netfilter = "proc/sys/net/netfilter";
const legacyNetfilter = "proc/sys/net/ipv4/netfilter";

export const liveModern: Files = {
  [`${netfilter}/nf_conntrack_max`]: 65536,
  [`${netfilter}/nf_conntrack_count`]: 10,
  [`${netfilter}/nf_conntrack_acct`]: 0,
  [`${netfilter}/nf_conntrack_events`]: 2,
  [`${netfilter}/nf_conntrack_timestamp`]: 0,
  ...Object.fromEntries(Object.entries(kernelTimeouts).map(([name, value]) => [`${netfilter}/${name}`, value])),
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
  "etc/sysctl.d/": "",
  "etc/modprobe.d/": "",
  "etc/modules-load.d/": "",
  "etc/udev/rules.d/": "",
};

const loadedModules = "ext4 983040 1 - Live 0x0\nnf_conntrack 176128 2 nft_ct,nf_nat, Live 0x0\n";

export const modernModule: HostSpec = { files: { ...machine, ...liveModern, "proc/modules": loadedModules } };
export const modernBuiltin: HostSpec = { files: { ...machine, ...liveModern } };
export const modernNotLoaded: HostSpec = { files: machine, loadable: { ...liveModern, "proc/modules": loadedModules } };

/** Timeouts of the old module in 2.6.18. */
const legacyTimeouts = {
  ip_conntrack_generic_timeout: 600,
  ip_conntrack_tcp_timeout_established: 432000,
  ip_conntrack_udp_timeout: 30,
} as const;

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
    [`${legacyNetfilter}/ip_conntrack_count`]: 10,
    ...Object.fromEntries(Object.entries(legacyTimeouts).map(([name, value]) => [`${legacyNetfilter}/${name}`, value])),
    "proc/net/stat/ip_conntrack": statistics(
      10,
      "entries  searched found new invalid ignore delete delete_list insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete",
    ),
    "sys/module/ip_conntrack/parameters/hashsize": 8192,
    "lib/modules/2.6.18-398.el5PAE/modules.dep":
      "/lib/modules/2.6.18-398.el5PAE/kernel/net/ipv4/netfilter/ip_conntrack.ko:\n",
    "etc/modprobe.conf": "alias eth0 e1000\nalias scsi_hostadapter ata_piix\n",
    "etc/modprobe.d/": "",
    "etc/sysconfig/iptables-config":
      '# Load additional iptables modules\nIPTABLES_MODULES="ip_conntrack_netbios_ns"\nIPTABLES_MODULES_UNLOAD="yes"\n',
  },
};

/** What a kernel of 5.15 or later does, as far as the script asks. */
export const modernRules: HostRules = {
  module: "nf_conntrack",
  chainLimit: { base: 50, range: 31 },
  architecture: { bits: 64 } as HostRules["architecture"],
  tableSize: { resizable: true, acceptsHashsize: true },
  paths: { bucketsWritable: true },
};

/** What 2.6.18 with the old module does, as far as the script asks. */
const legacyRules: HostRules = {
  module: "ip_conntrack",
  architecture: { bits: 32 } as HostRules["architecture"],
  tableSize: { resizable: true, acceptsHashsize: true },
  paths: { bucketsWritable: false },
};

/** A plan that grows the table of `legacyModule`. */
export const grownLegacy: ApplyRequest = {
  sudo: false,
  token: "project/stack/old1",
  rules: legacyRules,
  settings: { max: 131072, buckets: 16384, timeouts: { ip_conntrack_tcp_timeout_established: 86400 } },
  memory: { tableBytes: 131072, fullBytes: 20_000_000 },
  memTotalKiB: 2097152,
  memoryShare: 1 / 32,
};

/** A plan that grows the table of `modernModule` and shortens two timeouts. */
export const grown: ApplyRequest = {
  sudo: false,
  token: "project/stack/web1",
  rules: modernRules,
  settings: {
    max: 262144,
    buckets: 262144,
    timeouts: { nf_conntrack_tcp_timeout_established: 86400, nf_conntrack_udp_timeout: 20 },
  },
  memory: { tableBytes: 2097152, fullBytes: 102760448 },
  memTotalKiB: 8388608,
  memoryShare: 1 / 32,
};

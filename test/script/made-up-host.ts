/**
 * A made-up host: /proc, /sys and /etc as plain files below a folder of its own, on which the real script runs in a
 * real shell. Plain files take every number as it is, so tests use numbers that a kernel would not round.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ApplyRequest, HostRules } from "../../src/host/command-line";

/** Shells by name; busybox gets nothing but its own tools. */
export const shells = ["dash", "bash", "busybox"] as const;
export type Shell = (typeof shells)[number];

const busyboxTools = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "busybox-"));
  execFileSync("busybox", ["--install", "-s", folder]);
  return folder;
};
let installedTools: string | undefined;

const systemPath = "/usr/sbin:/usr/bin:/sbin:/bin";

interface ShellCall {
  readonly command: readonly [string, ...string[]];
  readonly path: string;
}

const shellCall = (shell: Shell): ShellCall => {
  if (shell !== "busybox") return { command: [shell], path: systemPath };
  installedTools ??= busyboxTools();
  return { command: [join(installedTools, "sh")], path: installedTools };
};

/** Text by path below the root; numbers are written as the kernel prints them. */
export type Files = Readonly<Record<string, string | number>>;

export interface HostSpec {
  readonly files: Files;
  /** What appears when the module is loaded. */
  readonly loadable?: Files;
}

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

export interface RunResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ScriptCall {
  readonly program: string;
  readonly words: string[];
  readonly env: NodeJS.ProcessEnv;
  readonly input: string;
}

export interface RunOptions {
  readonly shell?: Shell;
  /** Shell text before the script, for observing and injecting faults. */
  readonly prelude?: string;
}

export class MadeUpHost {
  readonly root: string;
  /** Shell functions in place of programs that must not touch the machine of the tests; busybox heeds no PATH. */
  private readonly prelude: string;

  constructor(spec: HostSpec, template?: MadeUpHost) {
    const folder = mkdtempSync(join(tmpdir(), "made-up-host-"));
    this.root = join(folder, "root");
    if (template === undefined) {
      this.write(spec.files);
      this.linkNames();
    } else execFileSync("cp", ["-a", template.root, this.root]);
    const loadable = spec.loadable;
    if (loadable !== undefined) this.write(loadable, join(folder, "loadable"));
    this.prelude = [
      // A second of the script's passes in a twentieth.
      "sleep() { command sleep 0.05; }",
      loadable === undefined
        ? "injected_modprobe() { return 1; }"
        : `injected_modprobe() { [ "$1" != -r ] && cp -rf ${join(folder, "loadable")}/. ${this.root}/; }`,
      'modprobe() { injected_modprobe "$@"; }',
      "",
    ].join("\n");
  }

  write(files: Files, root = this.root): void {
    for (const [name, content] of Object.entries(files)) {
      const path = join(root, name);
      mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
      if (name.endsWith("/ns/net")) symlinkSync(String(content), path);
      else if (!name.endsWith("/")) writeFileSync(path, typeof content === "number" ? `${content}\n` : content);
    }
  }

  /** As in the kernel, names of the same number are one number; the old module's buckets cannot be set by sysctl. */
  private linkNames(): void {
    const link = (from: string, to: string): void => {
      if (existsSync(join(this.root, from))) linkSync(join(this.root, from), join(this.root, to));
    };
    link("sys/module/nf_conntrack/parameters/hashsize", `${netfilter}/nf_conntrack_buckets`);
    link("proc/sys/net/ipv4/ip_conntrack_max", `${legacyNetfilter}/ip_conntrack_max`);
  }

  read(name: string): string | undefined {
    const path = join(this.root, name);
    return existsSync(path) && statSync(path).isFile() ? readFileSync(path, "utf8") : undefined;
  }

  /** Path of a live value by its key: `max`, `buckets` or a timeout. */
  livePath(key: string): string {
    const legacy = key.startsWith("ip_") || existsSync(join(this.root, "proc/sys/net/ipv4/ip_conntrack_max"));
    const module = legacy ? "ip_conntrack" : "nf_conntrack";
    if (key === "buckets") return `sys/module/${module}/parameters/hashsize`;
    if (key === "max") return legacy ? "proc/sys/net/ipv4/ip_conntrack_max" : `${netfilter}/nf_conntrack_max`;
    return `${legacy ? legacyNetfilter : netfilter}/${key}`;
  }

  live(key: string): number {
    return Number(this.read(this.livePath(key)));
  }

  /** Takes the right to write away, as the mode of a sysctl shows it. */
  readOnly(name: string): void {
    chmodSync(join(this.root, name), 0o444);
  }

  delete(name: string): void {
    rmSync(join(this.root, name), { recursive: true });
  }

  /** Every file below some folders with its text. */
  snapshot(...folders: readonly string[]): Record<string, string> {
    const found: Record<string, string> = {};
    const visit = (name: string): void => {
      const path = join(this.root, name);
      if (!existsSync(path)) return;
      if (!statSync(path).isDirectory()) found[name] = readFileSync(path, "utf8");
      else for (const entry of readdirSync(path).sort()) visit(join(name, entry));
    };
    folders.forEach(visit);
    return found;
  }

  /** Program, arguments, environment and standard input of a run, as a remote command would have them. */
  call(script: string, command: string, { shell = "dash", prelude = "" }: RunOptions = {}): ScriptCall {
    const {
      command: [program, ...first],
      path,
    } = shellCall(shell);
    return {
      program,
      words: [...first, ...command.split(" ").slice(1)],
      env: { PATH: path, CONNTRACK_ROOT: this.root },
      input: this.prelude + prelude + script,
    };
  }

  run(script: string, command: string, options: RunOptions = {}): RunResult {
    const { program, words, env, input } = this.call(script, command, options);
    const { status, stdout, stderr } = spawnSync(program, words, { input, encoding: "utf8", env, timeout: 60_000 });
    return { status, stdout, stderr };
  }

  remove(): void {
    rmSync(dirname(this.root), { recursive: true, force: true });
  }
}

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

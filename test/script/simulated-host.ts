/**
 * A simulated host: /proc, /sys and /etc as plain files below a folder of its own, on which the real script runs in a
 * real shell. Plain files take every number as it is, so tests use numbers that a kernel would not round.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Shells by name; busybox gets nothing but its own tools. */
export const shells = ["dash", "bash", "busybox"] as const;
export type Shell = (typeof shells)[number];

const busyboxTools = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "busybox-"));
  execFileSync("busybox", ["--install", "-s", folder]);
  chmodSync(folder, 0o755);
  return folder;
};
let installedTools: string | undefined;
afterAll(() => {
  if (installedTools !== undefined) rmSync(installedTools, { recursive: true });
});

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

/**
 * Text by path below the root; numbers are written as the kernel prints them. A name that ends in `/` is a folder, and
 * /proc/PID/ns/net and /proc/PID/exe are links.
 */
export type Files = Readonly<Record<string, string | number>>;

export interface HostSpec {
  readonly files: Files;
  /** Files whose mode says that they cannot be written. */
  readonly readOnly?: readonly string[];
  /** What appears when the module is loaded. */
  readonly loadable?: Files;
}

/** The one file of ours that stays: a line for each change. */
export const auditTrail = "var/lib/pulumi-conntrack/audit";

const netfilter = "proc/sys/net/netfilter";
const legacyNetfilter = "proc/sys/net/ipv4/netfilter";

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
  /** Set where the run shall not be root, to whom no file is denied. */
  readonly uid?: number;
}

/** `nobody`; tests that do not run as root are denied what a mode denies anyway. */
const unprivileged = process.getuid?.() === 0 ? 65534 : undefined;

export interface RunOptions {
  readonly shell?: Shell;
  /** Shell text before the script, for observing and injecting faults. */
  readonly prelude?: string;
  /** Runs as a user to whom files can be denied. */
  readonly deniable?: boolean;
}

/** Every host of this test file, removed with it. */
const hosts: SimulatedHost[] = [];
afterAll(() => hosts.forEach((host) => host.remove()));

export class SimulatedHost {
  readonly root: string;
  /** Shell functions in place of programs that must not touch the machine of the tests; busybox heeds no PATH. */
  private readonly prelude: string;

  constructor(
    readonly spec: HostSpec,
    template?: SimulatedHost,
  ) {
    const folder = mkdtempSync(join(tmpdir(), "simulated-host-"));
    hosts.push(this);
    this.root = join(folder, "root");
    if (template === undefined) {
      this.write(spec.files);
      this.linkNames();
      for (const name of spec.readOnly ?? []) this.readOnly(name);
    } else execFileSync("cp", ["-a", template.root, this.root]);
    const loadable = spec.loadable;
    if (loadable !== undefined) {
      this.write(loadable, join(folder, "loadable"));
      copyFileSync(join(this.root, "proc/modules"), join(folder, "modules"));
    }
    this.prelude = [
      // A second of the script's passes in a twentieth.
      "sleep() { command sleep 0.05; }",
      loadable === undefined
        ? "injected_modprobe() { return 1; }"
        : `injected_modprobe() { if [ "$1" = -r ]; then ${this.unload()}; else command cp -rf ${folder}/loadable/. ${this.root}/; fi; }`,
      'modprobe() { injected_modprobe "$@"; }',
      "",
    ].join("\n");
  }

  /** Takes away what the module brought. */
  unloadModule(): void {
    execFileSync("sh", ["-c", this.unload()]);
  }

  private unload(): string {
    const brought = Object.keys(this.spec.loadable ?? {}).map((name) => join(this.root, name));
    return `command rm -f ${brought.join(" ")}; command cp ${this.root}/../modules ${this.root}/proc/modules`;
  }

  write(files: Files, root = this.root): void {
    for (const [name, content] of Object.entries(files)) {
      const path = join(root, name);
      mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
      if (/\/(ns\/net|exe)$/.test(name)) symlinkSync(String(content), path);
      else if (!name.endsWith("/")) writeFileSync(path, typeof content === "number" ? `${content}\n` : content);
    }
  }

  /** As in the kernel, names of the same number are one number; the old module's buckets cannot be set by sysctl. */
  private linkNames(): void {
    const link = (from: string, to: string): void => {
      const [source, target] = [join(this.root, from), join(this.root, to)];
      if (existsSync(source) && !existsSync(target)) linkSync(source, target);
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
    const has = (name: string): boolean => existsSync(join(this.root, name));
    const legacy =
      key.startsWith("ip_") || (has("proc/sys/net/ipv4/ip_conntrack_max") && !has(`${netfilter}/nf_conntrack_max`));
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

  /** Gives everything to everyone, but no right to write any of these, nor anything below them. */
  deny(...names: readonly string[]): void {
    execFileSync("chmod", ["-R", "a+rwX", dirname(this.root)]);
    for (const name of this.spec.readOnly ?? []) this.readOnly(name);
    for (const name of names)
      if (existsSync(join(this.root, name))) execFileSync("chmod", ["-R", "a-w", join(this.root, name)]);
  }

  delete(name: string): void {
    rmSync(join(this.root, name), { recursive: true });
  }

  /** Every file below some folders with its text, every link with its target, and every empty folder. */
  snapshot(...folders: readonly string[]): Record<string, string> {
    const found: Record<string, string> = {};
    const visit = (name: string): void => {
      const path = join(this.root, name);
      const status = lstatSync(path, { throwIfNoEntry: false });
      if (status === undefined) return;
      if (status.isSymbolicLink()) found[name] = `-> ${readlinkSync(path)}`;
      else if (status.isFile()) found[name] = readFileSync(path, "utf8");
      else if (status.isDirectory()) {
        const entries = readdirSync(path).sort();
        if (entries.length === 0) found[`${name}/`] = "";
        for (const entry of entries) visit(join(name, entry));
      } else found[name] = "neither file nor folder";
    };
    folders.forEach(visit);
    return found;
  }

  /** Everything on the host but the audit trail, which stays for ever. */
  withoutAudit(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.snapshot("")).filter(([name]) => name !== auditTrail));
  }

  /** The names of the files and links below some folders. */
  files(...folders: readonly string[]): string[] {
    return Object.keys(this.snapshot(...folders)).filter((name) => !name.endsWith("/"));
  }

  /** Program, arguments, environment and standard input of a run, as a remote command would have them. */
  call(
    script: string,
    command: string,
    { shell = "dash", prelude = "", deniable = false }: RunOptions = {},
  ): ScriptCall {
    const {
      command: [program, ...first],
      path,
    } = shellCall(shell);
    return {
      program,
      words: [...first, ...command.split(" ").slice(1)],
      env: { PATH: path, CONNTRACK_ROOT: this.root },
      input: this.prelude + prelude + script,
      uid: deniable ? unprivileged : undefined,
    };
  }

  run(script: string, command: string, options: RunOptions = {}): RunResult {
    const { program, words, input, ...how } = this.call(script, command, options);
    const { status, stdout, stderr } = spawnSync(program, words, { ...how, input, encoding: "utf8", timeout: 60_000 });
    return { status, stdout, stderr };
  }

  remove(): void {
    rmSync(dirname(this.root), { recursive: true, force: true });
  }
}

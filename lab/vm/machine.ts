/** A small virtual machine with a real Debian kernel, reached by SSH. It dies with the process that started it. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utils } from "ssh2";
import { runProgram } from "../run-program";
import { bootArchive } from "./boot-archive";
import { fetchKernel } from "./fetch-kernel";
import { makeHostKeys } from "./host-keys";
import { emulations, kernelSources } from "./kernels";
import type { KernelId } from "./kernels";
import type { ArchiveEntry } from "./newc";
import { qemuArguments } from "./qemu";
import { requirePrograms } from "./required-programs";
import { execute } from "./secure-shell";
import type { CommandResult, ShellTarget } from "./secure-shell";

export interface MachineOptions {
  readonly kernel: KernelId;
  /** Memory of the guest; 128 unless given. */
  readonly memoryMiB?: number;
  /** A disk that an earlier machine left, with its /etc and /var; a new one unless given. */
  readonly diskPath?: string;
  /** A line of authorized_keys to let in besides the machine's own key. */
  readonly authorizedKey?: string;
  /** Text of /etc/nftables.conf on a new disk; one stateful rule unless given. */
  readonly firewallRules?: string;
  /** True leaves the machine running when this process ends. */
  readonly outlivesProcess?: boolean;
}

export interface Machine extends ShellTarget {
  /** What `uname -r` prints. */
  readonly release: string;
  /** Process id of qemu. */
  readonly pid: number;
  /** Folder with the disk, the keys and the log. */
  readonly folder: string;
  readonly diskPath: string;
  /** Runs a command in the guest's login shell. */
  readonly exec: (command: string, stdin?: string) => Promise<CommandResult>;
  /** Writes everything to the disk, reboots, and waits until the new boot answers. */
  readonly reboot: () => Promise<void>;
  /** Ends qemu at once, as a power cut would; the folder stays. */
  readonly powerOff: () => Promise<void>;
  /** Ends qemu and removes the folder. */
  readonly remove: () => Promise<void>;
  /** What the guest's kernel and programs wrote to the console. */
  readonly log: () => string;
}

/** A machine that is still silent after this is broken: the slowest boot seen on a loaded machine took 90 s. */
const bootDeadlineSeconds = 300;
const pollMilliseconds = 100;
const diskMiB = 8;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/**
 * Runs qemu so that it cannot outlive this process, however that ends: a shell beside it waits for the end of a pipe
 * that this process holds, and then kills it.
 */
const startBound = (program: string, args: readonly string[]): ChildProcess =>
  spawn(
    "sh",
    ["-c", 'exec 3<&0; (cat <&3; kill -9 $$) >/dev/null 2>&1 & exec "$@" </dev/null 3<&-', "sh", program, ...args],
    { stdio: ["pipe", "ignore", "pipe"] },
  );

const startFree = (program: string, args: readonly string[]): ChildProcess => {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  child.unref();
  return child;
};

const poll = async <T>(attempt: () => Promise<T | undefined>, what: () => string): Promise<T> => {
  const deadline = Date.now() + bootDeadlineSeconds * 1000;
  while (Date.now() < deadline) {
    const result = await attempt();
    if (result !== undefined) return result;
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
  throw new Error(what());
};

/**
 * Starts a machine and waits until it answers by SSH.
 * @throws Error that says what is missing on this machine, or shows the guest's log
 */
export const startMachine = async (options: MachineOptions): Promise<Machine> => {
  const { architecture } = kernelSources[options.kernel];
  const { qemu } = emulations[architecture];
  requirePrograms(architecture);
  const kernel = await fetchKernel(options.kernel);
  const folder = await mkdtemp(join(tmpdir(), "conntrack-machine-"));
  const diskPath = options.diskPath ?? join(folder, "disk.img");
  const logFile = join(folder, "console.log");
  const archivePath = join(folder, "boot.cpio");
  const hostKeys = await makeHostKeys(folder);
  const loginKeys = utils.generateKeyPairSync("ed25519");
  const authorizedKeys = [loginKeys.public, ...(options.authorizedKey === undefined ? [] : [options.authorizedKey])];
  const machineEntries = new Map<string, ArchiveEntry>([
    ...hostKeys.entries,
    [
      "root/.ssh/authorized_keys",
      { kind: "file", mode: 0o600, content: Buffer.from(`${authorizedKeys.join("\n")}\n`) },
    ],
  ]);
  if (options.firewallRules !== undefined) {
    const content = Buffer.from(options.firewallRules);
    machineEntries.set("etc/nftables.conf", { kind: "file", mode: 0o644, content });
  }
  await writeFile(archivePath, await bootArchive(kernel, architecture, machineEntries));
  if (!existsSync(diskPath)) {
    await writeFile(diskPath, "");
    await truncate(diskPath, diskMiB * 1024 * 1024);
    await runProgram("mkfs.ext4", ["-q", "-F", diskPath]);
  }
  const log = (): string => (existsSync(logFile) ? readFileSync(logFile, "utf8") : "");

  const port = await freePort();
  const start = options.outlivesProcess === true ? startFree : startBound;
  const child = start(
    qemu.program,
    qemuArguments({
      architecture,
      memoryMiB: options.memoryMiB ?? 128,
      kernelImage: kernel.image,
      bootArchive: archivePath,
      disk: diskPath,
      logFile,
      port,
    }),
  );
  let qemuSays = "";
  child.stderr?.on("data", (text: Buffer) => (qemuSays += text.toString()));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const target: ShellTarget = {
    host: "127.0.0.1",
    port,
    user: "root",
    privateKey: loginKeys.private,
    hostKey: hostKeys.publicKey,
  };
  const exec = (command: string, stdin?: string): Promise<CommandResult> => execute(target, command, stdin);
  const failure = (what: string): string =>
    `${what}\nqemu: ${qemuSays.trim()}\nconsole (${logFile}):\n${log().split("\n").slice(-30).join("\n")}`;
  /** The boot's own id once the machine answers. */
  const bootId = async (): Promise<string | undefined> => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(failure("qemu has ended"));
    const answer = await execute(target, "cat /proc/sys/kernel/random/boot_id", "", 10).catch(() => undefined);
    return answer?.code === 0 ? answer.stdout.trim() : undefined;
  };
  const powerOff = async (): Promise<void> => {
    child.kill("SIGKILL");
    child.stdin?.destroy();
    await ended;
  };
  const silent = (): string => failure(`no answer by SSH within ${bootDeadlineSeconds} s`);
  try {
    await poll(bootId, silent);
  } catch (error) {
    await powerOff();
    throw error;
  }
  return {
    ...target,
    release: kernel.release,
    pid: child.pid ?? 0,
    folder,
    diskPath,
    exec,
    reboot: async () => {
      const before = await bootId();
      // In the background and a moment later: a connection that is open while the guest goes down hangs for minutes.
      await exec('sync; nohup sh -c "sleep 1; reboot -f" >/dev/null 2>&1 &');
      await poll(async () => ((await bootId()) ?? before) !== before || undefined, silent);
    },
    powerOff,
    remove: async () => {
      await powerOff();
      await rm(folder, { recursive: true, force: true });
    },
    log,
  };
};

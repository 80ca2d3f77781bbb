/** A small virtual machine with a real Debian kernel, reached by SSH. It dies with the process that started it. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { copyFile, mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utils } from "ssh2";
import { baseDisk } from "./base-disk";
import { bootArchive } from "./boot-archive";
import { fetchKernel } from "./fetch-kernel";
import type { FetchedKernel } from "./fetch-kernel";
import { makeHostKeys } from "./host-keys";
import { emulations, kernelSources } from "./kernels";
import type { KernelId } from "./kernels";
import type { ArchiveEntry } from "./newc";
import { qemuArguments } from "./qemu";
import { startQemu } from "./qemu-process";
import type { QemuProcess } from "./qemu-process";
import { requirePrograms } from "./required-programs";
import { openShell } from "./secure-shell";
import type { CommandResult, ShellTarget } from "./secure-shell";

export interface MachineOptions {
  readonly kernel: KernelId;
  /** Memory of the guest; 96 unless given. */
  readonly memoryMiB?: number;
  /** A disk that an earlier machine left; a new one unless given. */
  readonly diskPath?: string;
  /** A line of authorized_keys to let in besides the machine's own key. */
  readonly authorizedKey?: string;
  /** Text of /etc/nftables.conf at each boot; unless given the disk's own, with one stateful rule. */
  readonly firewallRules?: string;
}

export interface Machine extends ShellTarget {
  /** What `uname -r` prints. */
  readonly release: string;
  /** Folder with the disk, the keys and the log. */
  readonly folder: string;
  readonly diskPath: string;
  /** File with `privateKey`, for OpenSSH's client. */
  readonly privateKeyFile: string;
  /** Process id of qemu. */
  readonly pid: () => number;
  /** Runs a command in the guest's login shell. */
  readonly exec: (command: string, stdin?: string) => Promise<CommandResult>;
  /** Writes everything to the disk, reboots, and waits until the new boot answers. */
  readonly reboot: () => Promise<void>;
  /** Ends the guest at once; what it had not written to the disk is lost. */
  readonly powerCut: () => Promise<void>;
  /** Starts the guest again after a power cut, and waits until it answers. */
  readonly powerOn: () => Promise<void>;
  /** Lets the guest live on when this process ends. */
  readonly keep: () => void;
  /** Ends the guest and removes its folder. */
  readonly remove: () => Promise<void>;
  /** What the guest's kernel and programs wrote to the console since power on. */
  readonly log: () => string;
}

/** A guest that is still silent after this is broken: the slowest boot seen on a loaded machine took 90 s. */
const bootDeadlineSeconds = 300;
const pollMilliseconds = 100;
/** The guest's start-up writes this to the console at the end of each boot (guest/etc/start-up). */
const upLine = "conntrack-lab is up";

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Writes the boot archive and the disk of a new machine into its folder, and says how to reach it. */
const prepare = async (options: MachineOptions, kernel: FetchedKernel, folder: string) => {
  const { architecture } = kernelSources[options.kernel];
  const hostKeys = await makeHostKeys(folder);
  const loginKeys = utils.generateKeyPairSync("ed25519");
  const privateKeyFile = join(folder, "login_key");
  await writeFile(privateKeyFile, loginKeys.private, { mode: 0o600 });
  const entries = new Map<string, ArchiveEntry>(hostKeys.entries);
  const addFile = (path: string, text: string): void => {
    entries.set(path, { kind: "file", mode: 0o600, content: Buffer.from(text) });
  };
  addFile("machine/authorized_keys", [loginKeys.public, options.authorizedKey ?? "", ""].join("\n"));
  if (options.firewallRules !== undefined) addFile("machine/nftables.conf", options.firewallRules);
  const archivePath = join(folder, "boot.cpio");
  await writeFile(archivePath, await bootArchive(kernel, architecture, entries));
  const diskPath = options.diskPath ?? join(folder, "disk.img");
  if (!existsSync(diskPath)) await copyFile(await baseDisk(kernel, architecture), diskPath);
  const target: ShellTarget = {
    host: "127.0.0.1",
    port: await freePort(),
    user: "root",
    privateKey: loginKeys.private,
    hostKey: hostKeys.publicKey,
  };
  return { target, privateKeyFile, archivePath, diskPath };
};

/**
 * Starts a machine and waits until it answers by SSH.
 * @throws Error that says what is missing on this machine, or shows the guest's log
 */
export const startMachine = async (options: MachineOptions): Promise<Machine> => {
  const { architecture } = kernelSources[options.kernel];
  requirePrograms(architecture);
  const kernel = await fetchKernel(options.kernel);
  const folder = await mkdtemp(join(tmpdir(), "conntrack-machine-"));
  // Also where a signal or a failure ends us: the guest dies by itself then, but the disk would stay.
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  const { target, privateKeyFile, archivePath, diskPath } = await prepare(options, kernel, folder);
  const logFile = join(folder, "console.log");
  const log = (): string => (existsSync(logFile) ? readFileSync(logFile, "utf8") : "");
  const start = (): QemuProcess =>
    startQemu(
      emulations[architecture].qemu,
      qemuArguments({
        architecture,
        memoryMiB: options.memoryMiB ?? 96,
        kernelImage: kernel.image,
        bootArchive: archivePath,
        disk: diskPath,
        logFile,
        port: target.port,
      }),
      join(folder, "qemu.log"),
    );
  let qemu = start();

  const shell = openShell(target);
  const fail = (what: string): never => {
    throw new Error(`${what}\nend of the console (${logFile}):\n${log().split("\n").slice(-30).join("\n")}`);
  };
  const bootsSeen = (): number => log().split(upLine).length - 1;
  /** Waits for the end of the given boot since power on. A guest that is not up yet is not disturbed by connections. */
  const untilBoot = async (number: number): Promise<void> => {
    const deadline = Date.now() + bootDeadlineSeconds * 1000;
    while (Date.now() < deadline) {
      const ended = qemu.whyEnded();
      if (ended !== undefined) fail(ended);
      if (log().includes("Kernel panic")) fail("the guest's kernel panicked");
      if (bootsSeen() >= number) {
        const answer = await shell.exec("true").catch(() => undefined);
        if (answer?.code === 0) return;
      }
      await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
    }
    fail(`the guest was not up after ${bootDeadlineSeconds} s`);
  };

  try {
    await untilBoot(1);
  } catch (error) {
    await qemu.kill();
    throw error;
  }
  return {
    ...target,
    release: kernel.release,
    folder,
    diskPath,
    privateKeyFile,
    pid: () => qemu.pid,
    exec: shell.exec,
    reboot: async () => {
      const next = bootsSeen() + 1;
      // In the background and a moment later: a connection that is open while the guest goes down hangs for minutes.
      await shell.exec("sync; (sleep 1; exec reboot -f) </dev/null >/dev/null 2>&1 &");
      shell.close();
      await untilBoot(next);
    },
    powerCut: () => {
      shell.close();
      return qemu.kill();
    },
    powerOn: async () => {
      qemu = start();
      await untilBoot(1);
    },
    keep: () => {
      shell.close();
      qemu.keep();
      process.removeListener("exit", removeFolder);
    },
    remove: async () => {
      shell.close();
      await qemu.kill();
      removeFolder();
      process.removeListener("exit", removeFolder);
    },
    log,
  };
};

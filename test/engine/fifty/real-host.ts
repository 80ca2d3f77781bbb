/**
 * A host that runs the real host script: a simulated host (files in the place of /proc, /sys and /etc) behind an SSH server
 * of its own, with a fault on the way to it, in its login, or in the host itself.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { settled, strikeAt } from "../../script/kill-anywhere";
import { SimulatedHost } from "../../script/simulated-host";
import { modernModule } from "../../script/simulated-kernels";
import {
  type SshBehaviour,
  type SshExecution,
  type SshReply,
  type SshServer,
  startSshServer,
} from "../../support/ssh-server";

/** What goes wrong with one host, until it is taken away again. */
export interface Fault {
  /** On the way: how its SSH server behaves. */
  readonly server?: Partial<SshBehaviour>;
  /** The connection breaks before this step of a script that writes; the script runs on. */
  readonly breaksAtStep?: number;
  /** The script's shell gets SIGKILL before this step. */
  readonly killedAtStep?: number;
  /** What the login makes of the script's reply. */
  readonly login?: (reply: SshReply, execution: SshExecution) => SshReply;
  /** True where the login does not run the script. */
  readonly scriptIsNotRun?: true;
  /** Shell text before the script. */
  readonly prelude?: (host: SimulatedHost) => string;
  /** Paths that cannot be written. */
  readonly readOnly?: readonly string[];
  /** Another run holds the lock, and does not end by itself. */
  readonly lockIsHeld?: true;
}

/** The state of a host that counts: live values, /etc, and the journal; names of hosts are taken out. */
export type Bytes = string;

const journal = "var/lib/pulumi-conntrack/journal";
const writes = (command: string): boolean => / (apply|restore) /.test(command);

/** A record without its last line, the checksum of what stands before it, where that is right. */
const unsealed = (record: string): string => {
  const words = record.slice(0, record.trimEnd().lastIndexOf("\n") + 1);
  const seal = `${createHash("md5").update(words).digest("hex")}  -\n`;
  return record === words + seal ? words : record;
};

/** How many scripts run at once on this machine, whatever the number of connections. */
const shellsAtOnce = 4;
let free = shellsAtOnce;
const waiting: (() => void)[] = [];
const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
  if (free > 0) free -= 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }
};

/** One untouched host of which all others are copies. */
let template: SimulatedHost | undefined;

export class RealHost {
  private readonly host: SimulatedHost;
  private fault: Fault = {};
  private readonly underWay = new Set<Promise<unknown>>();
  /** Modes of the runs that reached the host's shell, in order. */
  readonly runs: string[] = [];
  /** Awaited before a script begins. */
  private gate: Promise<void> = Promise.resolve();

  private constructor(
    readonly name: string,
    readonly address: string,
    readonly server: SshServer,
  ) {
    template ??= new SimulatedHost(modernModule);
    this.host = new SimulatedHost(modernModule, template);
  }

  static async start(name: string, address: string, clientKey: string): Promise<RealHost> {
    const server = await startSshServer({ listenOn: address, clientKey });
    const host = new RealHost(name, address, server);
    server.behave({ handler: (execution, hangUp) => host.answer(execution, hangUp ?? (() => undefined)) });
    return host;
  }

  /** Keeps scripts from beginning until it is resolved. */
  waitFor(gate: Promise<void>): void {
    this.gate = gate;
  }

  /** From now on this goes wrong; without an argument, nothing any more. */
  suffer(fault: Fault = {}): void {
    const behaviour = { cutAt: undefined, refuseAuthentication: false, dropConnections: 0 };
    this.server.behave({ ...behaviour, ...fault.server });
    if (fault.readOnly !== undefined) this.host.deny(...fault.readOnly);
    else if (this.fault.readOnly !== undefined) this.host.deny();
    if (this.fault.lockIsHeld === true) rmSync(join(this.host.root, "var/lib/pulumi-conntrack/lock"));
    if (fault.lockIsHeld === true) this.holdLock();
    this.fault = fault;
  }

  /** The link by which a run that lives, this process, holds the lock: its number, its start, and the boot. */
  private holdLock(): void {
    const started = readFileSync(`/proc/${process.pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")[19];
    this.host.write({ "var/lib/pulumi-conntrack/": "" });
    const boot = this.host.read("proc/sys/kernel/random/boot_id")?.trim();
    symlinkSync(`${process.pid} ${started} ${boot}`, join(this.host.root, "var/lib/pulumi-conntrack/lock"));
  }

  /** Runs a command line on it as an undisturbed login would. */
  readonly ask = (command: string, stdin: string) => this.host.run(stdin, command);

  read(path: string): string | undefined {
    return this.host.read(path)?.trim();
  }

  /** Waits until no run is under way. */
  async quiet(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled([...this.underWay]);
  }

  bytes(): Bytes {
    const files = this.host.snapshot("proc", "sys", "etc", journal);
    const record = files[journal];
    if (record !== undefined) files[journal] = unsealed(record).replaceAll(`/${this.name}/`, "/NAME/");
    return JSON.stringify(files);
  }

  /** Everything on it but the audit trail. */
  withoutAudit(): Readonly<Record<string, string>> {
    return this.host.withoutAudit();
  }

  private answer(execution: SshExecution, hangUp: () => void): Promise<SshReply> {
    const running = this.reply(execution, hangUp);
    this.underWay.add(running);
    void running.finally(() => this.underWay.delete(running)).catch(() => undefined);
    return running;
  }

  private async reply(execution: SshExecution, hangUp: () => void): Promise<SshReply> {
    const { login, scriptIsNotRun } = this.fault;
    this.runs.push(/ -- (\w+)/.exec(execution.command)?.[1] ?? "");
    await this.gate;
    const reply = scriptIsNotRun === true ? {} : await inTurn(() => this.run(execution, hangUp));
    return login === undefined ? reply : login(reply, execution);
  }

  private strike(command: string, hangUpFile: string): string {
    const { breaksAtStep, killedAtStep } = this.fault;
    if (!writes(command) || (breaksAtStep ?? killedAtStep) === undefined) return "";
    const steps = join(this.host.root, "../steps");
    for (const [file, text] of Object.entries({ [steps]: "", [`${steps}.count`]: "0\n" })) {
      writeFileSync(file, text);
      chmodSync(file, 0o666);
    }
    const record = join(this.host.root, "var/lib/pulumi-conntrack/transaction/values");
    return breaksAtStep === undefined
      ? strikeAt(steps, record, "kill -9 $$", killedAtStep ?? 0)
      : strikeAt(
          steps,
          record,
          `: >${hangUpFile}; until [ -e ${hangUpFile}.done ]; do command sleep 0.02; done`,
          breaksAtStep,
        );
  }

  /** Runs the command as its login shell would; it goes on where the connection breaks. */
  private async run({ command, stdin }: SshExecution, hangUp: () => void): Promise<SshReply> {
    const hangUpFile = join(this.host.root, "../hang-up");
    [hangUpFile, `${hangUpFile}.done`].forEach((file) => rmSync(file, { force: true }));
    const prelude = (this.fault.prelude?.(this.host) ?? "") + this.strike(command, hangUpFile);
    const deniable = this.fault.readOnly !== undefined;
    const { program, words, input, ...how } = this.host.call(stdin, command, { prelude, deniable });
    const child = spawn(program, words, { ...how, detached: true, stdio: "pipe" });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    let isOver = false;
    const breaking = async (): Promise<void> => {
      while (!isOver && !existsSync(hangUpFile)) await pause(20);
      if (isOver) return;
      hangUp();
      child.stdout.destroy();
      child.stderr.destroy();
      writeFileSync(`${hangUpFile}.done`, "");
    };
    if (this.fault.breaksAtStep !== undefined) void breaking();
    const [exitCode, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (...end) => resolve(end));
    });
    await settled(child.pid ?? 0);
    isOver = true;
    return signal === null ? { ...output, exitCode: exitCode ?? 0 } : { ...output, signal: signal.slice(3) };
  }
}

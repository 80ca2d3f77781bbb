/** One command line on one host over one connection: dial, check the key, log in, run, close. */
import type { ClientChannel } from "ssh2";
import { printable } from "../../text/printable";
import type { Bastions } from "./bastions";
import type { SshTarget } from "./endpoint";
import { sshFailure, type SshFailure } from "./failure";
import type { HostKey } from "./host-key";
import { startCountdown, type Countdown, type StageLimits } from "./limits";
import { openHost, type OpenHost } from "./open-host";
import { createTail } from "./tail";

/** What is run: one line for the login shell, and its standard input. */
export interface RemoteCommand {
  readonly command: string;
  readonly stdin: string;
}

/** What a command ended with, whatever that was, and the last of what it printed; safe to print. */
export interface RunResult {
  readonly ok: true;
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined where a signal ended it. */
  readonly exitCode: number | undefined;
  /** A signal's name without SIG. */
  readonly signal: string | undefined;
  readonly hostKey: HostKey;
}

export type RunOutcome = RunResult | SshFailure;

/** Together 64 KiB: the script's answer is one line of a few KiB at the end of standard output. */
export const stdoutLimitBytes = 48 * 1024;
export const stderrLimitBytes = 16 * 1024;

/** A host that sends more has something else in its login shell than greetings; it is read no further. */
const floodBytes = 4 * 1024 * 1024;

const textOf = (text: string): string => printable(text.replaceAll("\r\n", "\n"));

const collect = (channel: ClientChannel, host: OpenHost, stdin: string, countdown: Countdown): Promise<RunOutcome> =>
  new Promise((resolve) => {
    const [stdout, stderr] = [createTail(stdoutLimitBytes), createTail(stderrLimitBytes)];
    let received = 0;
    let ended: Pick<RunResult, "exitCode" | "signal"> | undefined;
    const give = (outcome: RunOutcome): void => {
      stop();
      resolve(outcome);
    };
    const stop = countdown.start("run", (seconds) =>
      give(sshFailure("timeout", "run", `the command did not end within ${seconds} s`)),
    );
    const keep = (push: (chunk: Buffer) => void) => (chunk: Buffer) => {
      received += chunk.length;
      push(chunk);
      if (received > floodBytes) give(sshFailure("output", "run", `printed more than ${floodBytes / 1024 / 1024} MiB`));
    };
    channel.on("data", keep(stdout.push));
    channel.stderr.on("data", keep(stderr.push));
    channel.on("exit", (code: number | null, signal?: string) => {
      ended = { exitCode: code ?? undefined, signal: signal?.replace(/^SIG/, "") };
    });
    // Followed by the end of the channel or of the connection.
    channel.on("error", () => undefined);
    const finish = (): void =>
      give(
        ended === undefined
          ? sshFailure("cut", "run", "the connection broke while the command ran; it may have ended or run on")
          : { ok: true, stdout: textOf(stdout.text()), stderr: textOf(stderr.text()), ...ended, hostKey: host.hostKey },
      );
    channel.on("close", finish);
    host.whenClosed(finish);
    channel.end(stdin);
  });

/** Runs a command on a host that is open already. */
export const runOnOpenHost = async (
  host: OpenHost,
  { command, stdin }: RemoteCommand,
  countdown: Countdown,
): Promise<RunOutcome> => {
  const started = await host.exec(command);
  return started.ok ? collect(started.channel, host, stdin, countdown) : started;
};

/** One attempt: connects, runs, and leaves nothing open but the bastion. */
export const runOnHost = async (
  { bastion, ...endpoint }: SshTarget,
  remote: RemoteCommand,
  limits: StageLimits,
  bastions: Bastions,
): Promise<RunOutcome> => {
  const way = bastion === undefined ? undefined : await bastions.reach(bastion, limits);
  if (way?.ok === false) return way;
  const countdown = startCountdown(limits);
  const opened = await openHost(endpoint, countdown, way?.host);
  if (!opened.ok) return opened;
  const outcome = await runOnOpenHost(opened.host, remote, countdown);
  if (outcome.ok) opened.host.close();
  else opened.host.drop();
  return outcome;
};

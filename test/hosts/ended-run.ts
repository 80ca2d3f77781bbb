/** Runs of the host script to which something happens in the middle, or that do not come to their end. */
import type { Machine } from "../../lab/vm/machine";
import type { CommandResult } from "../../lab/vm/secure-shell";
import { applyCommand, type ApplyRequest } from "../../src/delivery/script/command-line";
import { hostScript } from "../../src/delivery/script/script";
import { run, until } from "./tuned-machine";

const folder = "/var/lib/pulumi-conntrack";
const transaction = `${folder}/transaction`;

/** A place in the middle of apply: just before this happens. */
export type Place = "max is set" | "sysctl.d is written" | "modprobe.d is written" | "the transaction ends";

/** The command of the script at each place, as a pattern of the shell. */
const commandAt = (place: Place, { settings }: ApplyRequest): string =>
  ({
    "max is set": `"echo ${settings.max}"`,
    "sysctl.d is written": "mv*sysctl.d/*",
    "modprobe.d is written": "mv*modprobe.d/*",
    "the transaction ends": `"rm ${transaction}/values"`,
  })[place];

/** The host script with shell functions before it that run `deed` when the run comes to the place. */
export const scriptWith = (deed: string, place: Place, request: ApplyRequest): string =>
  [
    `strike() { case "$*" in ${commandAt(place, request)}) ${deed};; esac; }`,
    ...["echo", "mv", "rm"].map((name) => `${name}() { strike ${name} "$@"; command ${name} "$@"; }`),
    hostScript,
  ].join("\n");

const kills = {
  /** By the name that the script has for it. */
  "shell and watchdog": "kill -9 $watchdog $$",
  shell: "kill -9 $$",
} as const;

/** What a run wrote to standard error: a connection may end before the watchdog has said its line. */
const saidFile = "/run/said";

/** What a killed run left behind. */
export interface KilledRun {
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts apply and kills it at the place with SIGKILL. Where the watchdog lives, waits until it has ended its work. */
export const killedApply = async (
  machine: Machine,
  request: ApplyRequest,
  place: Place,
  victim: keyof typeof kills,
): Promise<KilledRun> => {
  const script = scriptWith(kills[victim], place, request);
  const { stdout } = await machine.exec(`${applyCommand(request)} 2>${saidFile}`, script);
  if (victim === "shell") await until(machine, `[ ! -L ${folder}/lock ] && [ ! -e ${transaction}/values ]`);
  const said = await run(machine, `cat ${saidFile}`);
  // The login's shell says so first.
  return { stdout, stderr: said.replace(/^Killed\n/, "") };
};

const reached = "/run/place-reached";

/**
 * Starts apply, which hangs when it comes to the place, and waits until it is there.
 * @returns its end, which comes with its time limit, or an error where the machine ends before it
 */
export const hangingApply = async (
  machine: Machine,
  request: ApplyRequest,
  place: Place,
): Promise<{ readonly end: Promise<CommandResult | Error> }> => {
  await run(machine, `rm -f ${reached}`);
  const hang = `: >${reached}; while :; do sleep 1; done`;
  const end = machine
    .exec(applyCommand(request), scriptWith(hang, place, request))
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  await until(machine, `[ -e ${reached} ]`);
  return { end };
};

/** Starts apply and takes the power away at the place; the machine is on again afterwards. */
export const applyWithPowerCut = async (machine: Machine, request: ApplyRequest, place: Place): Promise<void> => {
  const { end } = await hangingApply(machine, request, place);
  await machine.powerCut();
  await end;
  await machine.powerOn();
};

/** Runs of the host script to which something happens in the middle, or that do not come to their end. */
import type { Machine } from "../../lab/vm/machine";
import type { CommandResult } from "../../lab/vm/secure-shell";
import { applyCommand, type ApplyRequest } from "../../src/delivery/script/command-line";
import { hostScript } from "../../src/delivery/script/script";
import { run } from "./tuned-machine";

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

/** Waits in the machine until the command succeeds, for two minutes at most. */
const until = (machine: Machine, command: string): Promise<string> =>
  run(machine, `tries=600; until ${command}; do tries=$((tries-1)); [ $tries != 0 ] || exit 1; sleep 0.2; done`);

const kills = {
  /** The watchdog is the script's only background process. */
  "shell and watchdog": "kill -9 $! $$",
  shell: "kill -9 $$",
} as const;

/**
 * Starts apply and kills it at the place with SIGKILL. Where the watchdog lives, waits until it has ended its work.
 * @returns what it left behind: the connection ends when the last process that holds it does
 */
export const killedApply = async (
  machine: Machine,
  request: ApplyRequest,
  place: Place,
  victim: keyof typeof kills,
): Promise<CommandResult> => {
  const result = await machine.exec(applyCommand(request), scriptWith(kills[victim], place, request));
  if (victim === "shell") await until(machine, `[ ! -L ${folder}/lock ] && [ ! -e ${transaction}/values ]`);
  return result;
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

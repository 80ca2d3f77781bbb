/** Runs of the host script that do not come to their end: killed, or stopped at a place until the machine loses power. */
import type { Machine } from "../../lab/vm/machine";
import { applyCommand, type ApplyRequest } from "../../src/host/command-line";
import { hostScript } from "../../src/host/script";
import { run } from "./tuned-machine";

/** A place in the middle of apply: just before this happens. */
export type Place = "max is set" | "sysctl.d is written" | "modprobe.d is written" | "undo is removed";

/** The command of the script at each place, as a pattern of the shell. */
const commandAt = (place: Place, { settings }: ApplyRequest): string =>
  ({
    "max is set": `"echo ${settings.max}"`,
    "sysctl.d is written": "mv*sysctl.d/*",
    "modprobe.d is written": "mv*modprobe.d/*",
    "undo is removed": '"rm undo/values"',
  })[place];

const reached = "/run/place-reached";

const endings = {
  /** The guardian is the script's only background process. */
  "shell and guardian": "kill -9 $! $$",
  shell: "kill -9 $$",
  /** Until the machine ends it. */
  nobody: `: >${reached}; while :; do sleep 1; done`,
} as const;

/** Shell functions that stand before the script and strike at the place. */
const prelude = (place: Place, request: ApplyRequest, victim: keyof typeof endings): string =>
  [
    `strike() { case "$*" in ${commandAt(place, request)}) ${endings[victim]};; esac; }`,
    ...["echo", "mv", "rm"].map((name) => `${name}() { strike ${name} "$@"; command ${name} "$@"; }`),
    "",
  ].join("\n");

const start = (machine: Machine, request: ApplyRequest, place: Place, victim: keyof typeof endings) =>
  machine.exec(applyCommand(request), prelude(place, request, victim) + hostScript);

/** Waits in the machine until the command succeeds, for two minutes at most. */
const until = (machine: Machine, command: string): Promise<string> =>
  run(
    machine,
    `folder=/var/lib/pulumi-conntrack; tries=600; until ${command}; do tries=$((tries-1)); [ $tries != 0 ] || exit 1; sleep 0.2; done`,
  );

/**
 * Starts apply and kills it at the place with SIGKILL. Where the guardian lives, waits until it has ended its work.
 * @returns what the run had printed
 */
export const killedApply = async (
  machine: Machine,
  request: ApplyRequest,
  place: Place,
  victim: "shell and guardian" | "shell",
): Promise<string> => {
  const { stdout } = await start(machine, request, place, victim);
  if (victim === "shell") await until(machine, "[ ! -L $folder/lock ] && [ ! -e $folder/undo/values ]");
  return stdout;
};

/** Starts apply and takes the power away at the place; the machine is on again afterwards. */
export const applyWithPowerCut = async (machine: Machine, request: ApplyRequest, place: Place): Promise<void> => {
  // The connection breaks with the machine.
  const running = start(machine, request, place, "nobody").catch(() => undefined);
  await until(machine, `[ -e ${reached} ]`);
  await machine.powerCut();
  await running;
  await machine.powerOn();
};

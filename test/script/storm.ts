/** Many runs at once on one host, some of them killed; nothing but the seed decides which, when and how. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applyCommand, restoreCommand } from "../../src/delivery/script/command-line";
import { hostScript } from "../../src/delivery/script/script";
import type { Kernel } from "./fault-courses";
import { runWithEnding, type Disturbance, type Outcome } from "./kill-anywhere";
import { shells, type SimulatedHost } from "./simulated-host";

/** Numbers from 0 below 1, the same for the same seed: Marsaglia, Xorshift RNGs, 2003. */
export const randomFrom = (seed: number): (() => number) => {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
};

/**
 * Shell text by which every run that changes something holds a marker of its own, as long as it holds the lock. Whoever
 * finds that of another run that lives writes both into a file. A killed run leaves its marker, and is no run any more.
 */
const exclusive = (host: SimulatedHost): string => {
  const [marker, violations] = [join(host.root, "../marker"), join(host.root, "../violations")];
  return [
    'injected_start() { read -r injected_line <"/proc/$1/stat" || return 1; set -- ${injected_line##*) }; [ "$1" != Z ] && command echo "${20}"; }',
    `injected_claim() {
      read -r injected_self _ </proc/self/stat
      injected_own="$injected_self $(injected_start "$injected_self")"
      injected_other=$(command readlink ${marker})
      [ "$injected_other" != "$injected_own" ] || return 0
      if [ "$injected_other" ]; then
        set -- $injected_other
        [ "$2" != "$(injected_start "$1")" ] || command echo "$injected_own beside $injected_other" >>${violations}
        command rm -f ${marker}
      fi
      command ln -s "$injected_own" ${marker} || command echo "$injected_own beside another" >>${violations}
    }`,
    'injected_changes() { case "$*" in */lock | */lock.*) return 1;; esac; }',
    ...["mv", "cp"].map(
      (name) =>
        `${name}() { ! injected_changes "$@" || injected_claim; injected ${name} "$@" && command ${name} "$@"; }`,
    ),
    `rm() {
      if injected_changes "$@"; then injected_claim; else case "$*" in */lock) command rm -f ${marker};; esac; fi
      injected rm "$@" && command rm "$@"
    }`,
    "",
  ].join("\n");
};

export interface Storm {
  readonly outcomes: readonly Outcome[];
  /** Pairs of runs that held the lock at the same time. */
  readonly violations: string;
}

const violationsOf = (host: SimulatedHost): string => readFileSync(join(host.root, "../violations"), "utf8");

/** Lets six runs at a time go, until there were so many. */
export const storm = async (host: SimulatedHost, kernel: Kernel, seed: number, runs: number): Promise<Storm> => {
  const random = randomFrom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const commands = [
    applyCommand(kernel.planned),
    applyCommand(kernel.changed),
    restoreCommand({ sudo: false, token: kernel.planned.token }),
  ];
  writeFileSync(join(host.root, "../violations"), "");
  const outcomes: Outcome[] = [];
  let begun = 0;
  const oneAfterTheOther = async (): Promise<void> => {
    while (begun++ < runs) {
      const disturbance: Disturbance = {
        shell: pick(shells),
        ending: pick(["shell", "group"]),
        // Half of the runs are killed, at one of the first forty steps where they get so far.
        at: random() < 0.5 ? 0 : 1 + Math.floor(random() * 40),
        prelude: exclusive(host),
      };
      outcomes.push(await runWithEnding(host, hostScript, pick(commands), disturbance));
    }
  };
  await Promise.all(Array.from({ length: 6 }, oneAfterTheOther));
  return { outcomes, violations: violationsOf(host) };
};

/** The courses that faults disturb: apply, change and restore on five kernels, and the states that may come of them. */
import { applyCommand, restoreCommand, type ApplyRequest } from "../../src/delivery/script/command-line";
import { hostScript } from "../../src/delivery/script/script";
import { grown, grownEnterprise7, grownLegacy } from "../support/planned-requests";
import { runWithEnding } from "./kill-anywhere";
import { reboot } from "./simulated-boot";
import { SimulatedHost, type HostSpec, type Shell } from "./simulated-host";
import { enterprise7Module, legacyModule, modernBuiltin, modernModule, modernNotLoaded } from "./simulated-kernels";

export interface Kernel {
  readonly name: string;
  readonly spec: HostSpec;
  readonly planned: ApplyRequest;
  /** The plan after a change: one key leaves it, another number comes. */
  readonly changed: ApplyRequest;
}

const changeTo = (planned: ApplyRequest, settings: ApplyRequest["settings"]): ApplyRequest => ({
  ...planned,
  settings,
  allowShrink: settings.max < planned.settings.max,
});

const shorterUdp = { nf_conntrack_udp_timeout: 25 };
const loading = { ...grown, loadModule: true };

export const kernels: readonly Kernel[] = [
  {
    name: "6.1, module",
    spec: modernModule,
    planned: grown,
    changed: changeTo(grown, { max: 524288, buckets: 524288, timeouts: shorterUdp }),
  },
  {
    name: "6.1, not loaded",
    spec: modernNotLoaded,
    planned: loading,
    changed: changeTo(loading, { max: 131072, buckets: 131072, timeouts: shorterUdp }),
  },
  {
    name: "6.1, built in",
    spec: modernBuiltin,
    planned: grown,
    changed: changeTo(grown, { max: 131072, buckets: 131072, timeouts: shorterUdp }),
  },
  {
    name: "3.10, module",
    spec: enterprise7Module,
    planned: grownEnterprise7,
    changed: changeTo(grownEnterprise7, { max: 524288, buckets: 131072, timeouts: shorterUdp }),
  },
  {
    name: "2.6.18, module",
    spec: legacyModule,
    planned: grownLegacy,
    changed: changeTo(grownLegacy, { max: 65536, buckets: 8192, timeouts: {} }),
  },
];

export const commands = ["apply", "change", "restore"] as const;
export type Command = (typeof commands)[number];

/** One command on one kernel. */
export interface Course {
  readonly kernel: Kernel;
  readonly command: Command;
}

export const commandLine = ({ kernel, command }: Course): string =>
  ({
    apply: applyCommand(kernel.planned),
    change: applyCommand(kernel.changed),
    restore: restoreCommand({ sudo: false, token: kernel.planned.token }),
  })[command];

/** A command that changes nothing by itself, but ends what an earlier run left. */
export const endOnly = restoreCommand({ sudo: false, token: "project/stack/somebody-else" });

export const journal = "var/lib/pulumi-conntrack/journal";

const keysOf = ({ planned }: Kernel): string[] => ["max", "buckets", ...Object.keys(planned.settings.timeouts)];

/** All that makes a difference now, at the next boot and to a later restore. */
export const stateOf = (host: SimulatedHost, { kernel }: Course): string => {
  const live = Object.fromEntries(keysOf(kernel).map((key) => [key, host.read(host.livePath(key))?.trim()]));
  return JSON.stringify({ live, files: host.snapshot("etc", journal) });
};

/** What a boot makes of the host. */
export const bootedState = (host: SimulatedHost, { kernel }: Course): string =>
  JSON.stringify(reboot(host, keysOf(kernel)));

const templates = new Map<string, SimulatedHost>();

/** A host on which the command may run next: a copy of one that came there by an undisturbed run. */
export const prepared = ({ kernel, command }: Course): SimulatedHost => {
  if (command === "apply") return new SimulatedHost(kernel.spec);
  const template = templates.get(kernel.name) ?? new SimulatedHost(kernel.spec);
  if (!templates.has(kernel.name)) {
    expect(template.run(hostScript, applyCommand(kernel.planned)).status).toBe(0);
    templates.set(kernel.name, template);
  }
  return new SimulatedHost(kernel.spec, template);
};

export const undisturbed = (shell: Shell) => ({ shell, ending: "shell", at: 0 }) as const;

export interface Expected {
  readonly before: string;
  readonly planned: string;
  readonly bootedBefore: string;
  readonly bootedPlanned: string;
  /** `planned` after a boot and another run: nothing loads the module again where nothing of ours does. */
  readonly plannedAfterBoot: string;
  /** What a run does, in order. */
  readonly steps: readonly string[];
}

/** What an undisturbed run comes from, leads to, and does on the way. */
export const expectedOf = async (course: Course): Promise<Expected> => {
  const host = prepared(course);
  const before = stateOf(host, course);
  const run = await runWithEnding(host, hostScript, commandLine(course), undisturbed("dash"));
  expect(run).toMatchObject({ status: 0, stderr: "" });
  const planned = stateOf(host, course);
  const bootedPlanned = bootedState(host, course);
  const plannedAfterBoot = stateOf(host, course);
  host.remove();
  const other = prepared(course);
  const bootedBefore = bootedState(other, course);
  other.remove();
  return { before, planned, bootedBefore, bootedPlanned, plannedAfterBoot, steps: run.steps };
};

export const outcomeOf = (state: string, before: string, planned: string): string => {
  if (state === planned) return "as planned";
  return state === before ? "as before" : `BETWEEN: ${state}`;
};

/** Works on all items, a few at once, results in the order of the items. */
export const inTurn = async <T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> => {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
};

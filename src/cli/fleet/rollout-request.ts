/** What `rollout` is asked: every mistake of flags, inventory and state file at once, before any host is contacted. */
import { basename, resolve } from "node:path";
import { fleetOwner } from "../../delivery/script/token";
import { canaryProblems } from "../../fleet/fleet-plan";
import { connectionOfLeft } from "../../fleet/inventory";
import { loginOf } from "../../fleet/login";
import type { RolloutRequest } from "../../fleet/roll-out-fleet";
import { holdsNothing, parseMemory, type LoginFor, type RolloutMemory } from "../../fleet/rollout-memory";
import { windowProblems } from "../../fleet/window";
import { ProblemsError, type Problem } from "../../validation/problems";
import { problemsIn } from "../../validation/validation";
import { commandLineSource } from "../number-flag";
import { writableProblems } from "../output-file";
import { fleetFile, onlyProblems, readText, type FleetFile, type FleetOptions } from "./fleet-request";
import { readStateFile, stateEnding, stateSource } from "./state-file";

export interface RolloutOptions extends FleetOptions {
  readonly state?: string;
  readonly owner?: string;
  readonly fleet?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly report?: string;
  readonly json?: boolean;
}

const defaultFleet = "fleet";

/** The project of an owner that is no stack. */
const ownProject = "rollout";

/** Beside the inventory, unless the flag names another file. */
export const statePathOf = (file: string, { state }: Pick<RolloutOptions, "state">): string =>
  resolve(state ?? `${file}${stateEnding}`);

/** Where each host is reached now: by the inventory, or by its defaults for a host that left it. */
const loginForOf = ({ inventory, folder }: FleetFile): LoginFor => {
  const here = new Map(inventory.hosts.map(({ name, connection }) => [name, loginOf(connection)]));
  return (name, way) => {
    const known = here.get(name);
    if (known !== undefined) return known;
    const left = connectionOfLeft(inventory.defaults, way, folder, readText);
    return left === undefined ? undefined : loginOf(left);
  };
};

/** Mistakes of a damaged file that are shown; the rest says no more. */
const mistakesShown = 5;

const remedyOfState =
  "Put a copy of it back, or move it away: then every host of the inventory counts as new, which changes nothing on " +
  "hosts that hold their plan, and hosts that left the inventory are not known any more.";

const readMemory = (path: string, fleet: FleetFile, problems: Problem[]): RolloutMemory | undefined => {
  const text = readStateFile(path);
  problems.push(...problemsIn(text));
  if (!text.ok || text.value === undefined) return undefined;
  const memory = parseMemory(text.value, loginForOf(fleet));
  problems.push(
    ...problemsIn(memory)
      .slice(0, mistakesShown)
      .map(({ path: place, limit }) => ({
        path: "--state",
        value: path,
        limit: `cannot be used: ${place === "" ? "it" : place} ${limit}`,
        source: stateSource,
        remedy: remedyOfState,
      })),
  );
  return memory.ok ? memory.value : undefined;
};

/** Names of waves are made of it. */
const isFleetName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$/.test(name);

const ownerOfFlag = (owner: string, problems: Problem[]): string | undefined => {
  const [project = "", stack = "", ...more] = owner.split("/");
  if (project !== "" && stack !== "" && more.length === 0) return fleetOwner(project, stack);
  problems.push({
    ...{ path: "--owner", value: owner, limit: "must be PROJECT/STACK", source: commandLineSource },
    remedy: "Write the names of the project and of the stack, with one slash between them.",
  });
  return undefined;
};

const memoryOf = (file: string, options: RolloutOptions, fleet: FleetFile, problems: Problem[]): RolloutMemory => {
  const path = statePathOf(file, options);
  const known = readMemory(path, fleet, problems);
  const named = options.owner === undefined ? undefined : ownerOfFlag(options.owner, problems);
  const { fleet: fleetName = known?.fleet ?? defaultFleet } = options;
  if (!isFleetName(fleetName))
    problems.push({
      ...{ path: "--fleet", value: fleetName, source: commandLineSource },
      limit: "is no name of a fleet: letters, digits, dot, hyphen and underscore, at most 80",
      remedy: "Choose such a name.",
    });
  if (known !== undefined && named !== undefined && named !== known.owner && !holdsNothing(known))
    problems.push({
      ...{ path: "--owner", value: options.owner, source: stateSource },
      limit: `is not ${known.owner}, in whose name the hosts of ${path} were rolled out`,
      remedy: "Leave --owner out, or name another file with --state.",
    });
  const isAnother = known !== undefined && named !== undefined && named !== known.owner;
  return {
    owner: named ?? known?.owner ?? fleetOwner(ownProject, basename(file)),
    fleet: fleetName,
    // Nothing stands there but what was not done in another name.
    waves: isAnother ? [] : (known?.waves ?? []),
  };
};

/** Hosts that left the inventory may be named, too: they are put back. */
const rememberedNames = ({ waves }: RolloutMemory): readonly string[] =>
  waves.flatMap(({ inputs, state, stranded }) => [inputs.hosts, state.leftover, stranded].flatMap(Object.keys));

/** @throws ProblemsError with everything that is wrong */
export const rolloutRequest = (
  file: string,
  options: RolloutOptions,
  more: readonly Problem[],
): RolloutRequest & { readonly statePath: string } => {
  const problems: Problem[] = [...more];
  if (options.report !== undefined && options.dryRun === true)
    problems.push({
      ...{ path: "--report", limit: "is the page of a rollout, and --dry-run makes none", source: commandLineSource },
      remedy: "Leave out one of the two.",
    });
  if (options.report !== undefined) problems.push(...writableProblems("--report", options.report));
  const fleet = fleetFile(file, options, problems);
  if (fleet === undefined) throw new ProblemsError("No host was contacted.", problems);
  const { inventory } = fleet;
  const memory = memoryOf(file, options, fleet, problems);
  const only = options.only ?? fleet.rollout.only;
  const rollout = { ...fleet.rollout, ...(only === undefined ? {} : { only }) };
  const hosts = Object.fromEntries(inventory.hosts.map((host) => [host.name, host]));
  problems.push(
    ...onlyProblems([...Object.keys(hosts), ...rememberedNames(memory)], options.only),
    ...canaryProblems(rollout, hosts),
    ...windowProblems(rollout, new Date()),
  );
  if (problems.length > 0) throw new ProblemsError("No host was contacted.", problems);
  return {
    ...{ hosts: inventory.hosts, rollout, memory, observe: inventory.observe ?? true },
    statePath: statePathOf(file, options),
  };
};

/** The hosts of an inventory that a command works on: all mistakes at once, before any host is contacted. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import type { PlannedHost } from "../../fleet/fleet-plan";
import { loadInventory, type Inventory, type ReadFile } from "../../fleet/inventory";
import { rolloutSettings, type RolloutSettings } from "../../fleet/rollout-settings";
import { ProblemsError, type Problem } from "../../validation/problems";
import { problemsIn } from "../../validation/validation";
import { commandLineSource, numberOf } from "../number-flag";

export interface FleetOptions {
  readonly only?: readonly string[];
  readonly lanes?: string;
}

export interface FleetRequest {
  /** In the order of the inventory; one without a plan has to be asked what it is made of. */
  readonly hosts: readonly PlannedHost[];
  /** Hosts that are not contacted, because they exist no more. */
  readonly decommissioned: readonly string[];
  /** Hosts worked on at once. */
  readonly lanes: number;
}

/** Adds the flags that `fleetRequest` reads. */
export const addFleetFlags = (command: Command): Command =>
  command
    .option("--only <hosts...>", "names of the only hosts to look at")
    .option("--lanes <number>", "hosts read at once; default rollout.lanes of the inventory, or 64");

/** The folder from which paths in an inventory count: that of the Pulumi.yaml above it, else its own. */
const baseFolder = (file: string): string => {
  const own = dirname(resolve(file));
  for (let folder = own; ; folder = dirname(folder)) {
    if (["Pulumi.yaml", "Pulumi.yml"].some((name) => existsSync(join(folder, name)))) return folder;
    if (folder === dirname(folder)) return own;
  }
};

/** A problem for each name in `--only` that nobody has. */
export const onlyProblems = (names: Iterable<string>, only: readonly string[] = []): Problem[] => {
  const known = new Set(names);
  return only
    .filter((name) => !known.has(name))
    .map((value) => ({
      path: "--only",
      value,
      limit: "is no host of this inventory",
      source: commandLineSource,
      remedy: "Correct the name; the address of a host is not its name.",
    }));
};

const nothingToDo = (file: string): Problem => ({
  path: "inventory",
  value: file,
  limit: "holds no host",
  source: "a check of nothing must not let anything pass",
  remedy: "Name the file of the fleet.",
});

const chosenHosts = (inventory: Inventory, only: readonly string[] | undefined): Inventory["hosts"] =>
  only === undefined ? inventory.hosts : inventory.hosts.filter(({ name }) => only.includes(name));

/** The file of a fleet as a whole. */
export interface FleetFile {
  readonly inventory: Inventory;
  /** With the lanes of the flag. */
  readonly rollout: RolloutSettings;
  /** The folder from which paths in the inventory count. */
  readonly folder: string;
}

/** Reads the files that an inventory names. */
export const readText: ReadFile = (path) => readFileSync(path, "utf8");

/**
 * Reads the inventory and what the flags say of it.
 * @param problems gets what is wrong
 * @returns undefined where the inventory itself cannot be used
 */
export const fleetFile = (
  file: string,
  { lanes: lanesFlag }: Pick<FleetOptions, "lanes">,
  problems: Problem[],
): FleetFile | undefined => {
  const lanesRange = { minimum: 1, maximum: 1000, unit: "a whole number", isWhole: true };
  const lanes = lanesFlag === undefined ? undefined : numberOf("--lanes", lanesFlag, lanesRange, problems);
  const folder = baseFolder(file);
  const inventory = loadInventory(resolve(file), folder, readText);
  problems.push(...problemsIn(inventory));
  if (!inventory.ok) return undefined;
  if (inventory.value.hosts.length === 0) problems.push(nothingToDo(file));
  const rollout = rolloutSettings(inventory.value.rollout);
  problems.push(...problemsIn(rollout));
  if (!rollout.ok) return undefined;
  return { inventory: inventory.value, rollout: { ...rollout.value, lanes: lanes ?? rollout.value.lanes }, folder };
};

/**
 * Reads and checks the inventory and the flags.
 * @param more what is wrong with other flags
 * @throws ProblemsError with everything that is wrong
 */
export const fleetRequest = (file: string, options: FleetOptions, more: readonly Problem[] = []): FleetRequest => {
  const problems: Problem[] = [...more];
  const { only } = options;
  const fleet = fleetFile(file, options, problems);
  if (fleet === undefined) throw new ProblemsError("No host was contacted.", problems);
  const { inventory, rollout } = fleet;
  problems.push(
    ...onlyProblems(
      inventory.hosts.map(({ name }) => name),
      only,
    ),
  );
  if (problems.length > 0) throw new ProblemsError("No host was contacted.", problems);
  const chosen = chosenHosts(inventory, only);
  return {
    hosts: chosen.filter(({ decommissioned }) => !decommissioned),
    decommissioned: chosen.filter((host) => host.decommissioned).map(({ name }) => name),
    lanes: rollout.lanes,
  };
};

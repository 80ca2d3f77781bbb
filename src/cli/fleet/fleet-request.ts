/** The hosts of an inventory that a command works on: all mistakes at once, before any host is contacted. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { loadInventory, type Inventory } from "../../fleet/inventory";
import type { ReadableHost } from "../../fleet/read-fleet";
import { rolloutSettings } from "../../fleet/rollout-settings";
import { ProblemsError, type Problem } from "../../validation/problems";
import { problemsIn } from "../../validation/validation";
import { commandLineSource, numberOf } from "../number-flag";
import { hostPlan } from "./host-plan";

export interface FleetOptions {
  readonly only?: readonly string[];
  readonly lanes?: string;
}

export interface FleetRequest {
  /** In the order of the inventory. */
  readonly hosts: readonly ReadableHost[];
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

const onlyProblems = ({ hosts }: Inventory, only: readonly string[]): Problem[] => {
  const names = new Set(hosts.map(({ name }) => name));
  return only
    .filter((name) => !names.has(name))
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

/**
 * Reads and checks the inventory and the flags.
 * @param more what is wrong with other flags
 * @throws ProblemsError with everything that is wrong
 */
export const fleetRequest = (
  file: string,
  { only, lanes: lanesFlag }: FleetOptions,
  more: readonly Problem[] = [],
): FleetRequest => {
  const problems: Problem[] = [...more];
  const lanesRange = { minimum: 1, maximum: 1000, unit: "a whole number", isWhole: true };
  const lanes = lanesFlag === undefined ? undefined : numberOf("--lanes", lanesFlag, lanesRange, problems);
  const inventory = loadInventory(resolve(file), baseFolder(file), (path) => readFileSync(path, "utf8"));
  problems.push(...problemsIn(inventory));
  if (!inventory.ok) throw new ProblemsError("No host was contacted.", problems);
  problems.push(...onlyProblems(inventory.value, only ?? []));
  if (inventory.value.hosts.length === 0) problems.push(nothingToDo(file));
  const rollout = rolloutSettings(inventory.value.rollout);
  problems.push(...problemsIn(rollout));
  const chosen = chosenHosts(inventory.value, only);
  const hosts = chosen
    .filter(({ decommissioned }) => !decommissioned)
    .flatMap((host): ReadableHost[] => {
      const planned = hostPlan(host);
      problems.push(...problemsIn(planned));
      const { name, connection } = host;
      return planned.ok ? [{ name, connection, planned: planned.value }] : [];
    });
  if (problems.length > 0 || !rollout.ok) throw new ProblemsError("No host was contacted.", problems);
  const decommissioned = chosen.filter((host) => host.decommissioned).map(({ name }) => name);
  return { hosts, decommissioned, lanes: lanes ?? rollout.value.lanes };
};

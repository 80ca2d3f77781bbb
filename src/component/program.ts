/**
 * The program of the root Pulumi.yaml: a fleet described in stack configuration or an inventory file, no code needed.
 */
import { readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { loadInventory, readInventory, type Inventory, type InventoryHost } from "../fleet/inventory";
import { ProblemsError } from "../validation/problems";
import type { Checked } from "../validation/validation";
import { ConntrackFleet } from "./conntrack-fleet";
import type { FleetHostArgs } from "./fleet-args";

/**
 * Raw text of a configuration key. `Config.getObject` would warn of secrets inside; the component marks each of them
 * itself, and the structure must be known at once.
 */
const configuration = (key: string): string | undefined => pulumi.runtime.getConfig(`${pulumi.getProject()}:${key}`);

const objectIn = (key: string): unknown => {
  const text = configuration(key);
  return text === undefined || text === "" ? {} : (JSON.parse(text) as unknown);
};

const readText = (path: string): string => readFileSync(path, "utf8");

/**
 * The folder of Pulumi.yaml, from which relative paths count. Language hosts before 2024 report a placeholder instead;
 * then it is this package's own, whose Pulumi.yaml has dist/src/component/program.js as its main.
 */
const rootDirectory = pulumi.getRootDirectory();
const projectFolder = isAbsolute(rootDirectory) ? rootDirectory : resolve(__dirname, "../../..");

const readFleet = (): Checked<Inventory> => {
  const file = configuration("inventory");
  if (file !== undefined && file !== "") return loadInventory(file, projectFolder, readText);
  const [rollout, observe] = [configuration("rollout"), configuration("observe")];
  const document = {
    defaults: objectIn("defaults"),
    hosts: objectIn("hosts"),
    ...(rollout === undefined ? {} : { rollout: objectIn("rollout") }),
    ...(observe === undefined ? {} : { observe: observe !== "false" }),
  };
  return readInventory(document, projectFolder, readText);
};

const fleet = readFleet();
if (!fleet.ok)
  throw new pulumi.RunError(
    new ProblemsError("The fleet cannot be tuned; no host was contacted.", fleet.problems).message,
  );
if (fleet.value.hosts.length === 0)
  void pulumi.log.warn(
    "There is no host to tune. Name an inventory (`pulumi config set inventory hosts.yaml`) or set hosts in the stack's " +
      "configuration; `pulumi-conntrack facts HOST` prints entries that are ready to paste.",
  );

const argsOf = ({ connection, request, decommissioned }: InventoryHost): FleetHostArgs => ({
  connection,
  ...request,
  decommissioned,
});

const { hosts: inventory, rollout, observe } = fleet.value;
const tuned = new ConntrackFleet("fleet", {
  hosts: Object.fromEntries(inventory.map((host) => [host.name, argsOf(host)])),
  rollout,
  observe,
});

/** Names of hosts that the next update does, because this one could not. */
export const pending = tuned.pending;
/** Hosts of the fleet. */
export const count = tuned.count;

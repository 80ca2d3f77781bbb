/**
 * The program of the root Pulumi.yaml: a fleet described in stack configuration or an inventory file, no code needed.
 */
import { readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { checkInventory, loadInventory, type InventoryHost } from "../fleet/inventory";
import { summarizePlan } from "../plan/summary";
import { ProblemsError } from "../validation/problems";
import type { Checked } from "../validation/validation";
import { ConntrackTuning } from "./conntrack-tuning";
import { decommissionedOptions } from "./decommissioned";

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

const readFleet = (): Checked<InventoryHost[]> => {
  const file = configuration("inventory");
  return file === undefined || file === ""
    ? checkInventory({ defaults: objectIn("defaults"), hosts: objectIn("hosts") }, projectFolder, readText)
    : loadInventory(file, projectFolder, readText);
};

const fleet = readFleet();
if (!fleet.ok)
  throw new pulumi.RunError(
    new ProblemsError("The fleet cannot be tuned; no host was contacted.", fleet.problems).message,
  );
if (fleet.value.length === 0)
  void pulumi.log.warn(
    "There is no host to tune. Name an inventory (`pulumi config set inventory hosts.yaml`) or set hosts in the stack's " +
      "configuration; `pulumi-conntrack facts HOST` prints entries that are ready to paste.",
  );

for (const { name, connection, request, decommissioned } of fleet.value)
  new ConntrackTuning(name, { connection, ...request }, decommissioned ? decommissionedOptions : {});

/** One line for each host, known in preview. */
export const hosts = Object.fromEntries(
  fleet.value.map(({ name, planned, decommissioned }) => [
    name,
    decommissioned ? "decommissioned" : summarizePlan(planned.plan),
  ]),
);

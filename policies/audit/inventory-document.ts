/** An inventory as the rules judge it: every host planned, no key read, no host contacted. */
import { secretFields } from "../../src/delivery/ssh/connection";
import { isFields } from "../../src/validation/fields";
import { checkInventory, type InventoryHost, type ReadFile } from "../../src/fleet/inventory";
import type { PlanForKernel } from "../../src/plan/plan";
import type { Problem } from "../../src/validation/problems";
import { printableName } from "../../src/text/printable";
import { invalid, joinPath, problemsIn, valid, type Checked } from "../../src/validation/validation";
import { hostIdentity } from "../subjects/host-identity";
import type { AuditDocument } from "./judge";
import { Place } from "../rule";
import { hidden } from "./stack-secrets";
import type { FilePart, HostInputs, HostSubject, RefusedHost } from "../subjects/subjects";

/** Fields that only who connects needs: an audit runs where there are no keys. */
const keyFields = ["privateKey", "privateKeyPassphrase", "privateKeyFile"];

/** The endpoint without its keys and with its password hidden. */
const redact = (endpoint: unknown): unknown => {
  if (!isFields(endpoint)) return endpoint;
  const kept = Object.entries(endpoint).filter(([key]) => !keyFields.includes(key));
  return {
    ...Object.fromEntries(kept),
    ...(typeof endpoint.password === "string" ? { password: hidden } : {}),
    ...(endpoint.bastion === undefined ? {} : { bastion: redact(endpoint.bastion) }),
  };
};

const withoutKeys = (args: unknown): unknown =>
  isFields(args) && args.connection !== undefined ? { ...args, connection: redact(args.connection) } : args;

const isSecretField = (key: string): boolean => secretFields.some((field) => field === key);

/** Paths of everything that is called like a secret, also where it stands in the wrong place. */
const clearSecretsIn = (value: unknown, path: string): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((item, index) => clearSecretsIn(item, joinPath(path, index)));
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    const own = joinPath(path, key);
    return isSecretField(key) && field !== null ? [own] : clearSecretsIn(field, own);
  });
};

const inputsOf = ({ connection }: InventoryHost, { request, plan }: PlanForKernel): HostInputs => ({
  ...request,
  connection,
  settings: plan.settings,
  memory: plan.memory,
  verdict: plan.verdict,
});

/** Facts that a fleet reads from its hosts. */
const notDeclared = (name: string): Problem => ({
  path: joinPath("hosts", name, "facts"),
  limit: "do not say all of RAM, machine (both by an instanceType, too) and kernel, and an audit contacts no host",
  source: "docs/policies.md",
  remedy: "Declare them (`pulumi-conntrack facts HOST` prints them), or audit the exported stack.",
});

/**
 * Hosts of an inventory; a host that cannot be planned does not hide the others.
 * @param document `{defaults?, hosts}` as parsed
 * @param folder folder from which relative paths of known hosts count
 */
export const readInventory = (document: unknown, folder: string, readFile: ReadFile): Checked<AuditDocument> => {
  const fields = isFields(document) ? document : {};
  const shape = checkInventory(isFields(document) ? { ...document, hosts: {} } : document, folder, readFile);
  const { hosts: entries = {} } = fields;
  if (!shape.ok) return shape;
  if (!isFields(entries)) return invalid(problemsIn(checkInventory(document, folder, readFile)));

  const defaults = withoutKeys(fields.defaults);
  const hosts: HostSubject[] = [];
  const refused: RefusedHost[] = [];
  const parts: FilePart[] = [{ name: "defaults", clearSecrets: clearSecretsIn(fields.defaults, "defaults") }];
  for (const [key, args] of Object.entries(entries)) {
    const name = printableName(key);
    const checked = checkInventory({ defaults, hosts: { [key]: withoutKeys(args) } }, folder, readFile);
    parts.push({ name, clearSecrets: clearSecretsIn(args, joinPath("hosts", key)) });
    if (!checked.ok) refused.push({ name, problems: checked.problems });
    else
      for (const host of checked.value.filter(({ decommissioned }) => !decommissioned)) {
        const { planned, connection } = host;
        if (planned === undefined) refused.push({ name, problems: [notDeclared(key)] });
        else hosts.push({ name, inputs: inputsOf(host, planned), identity: hostIdentity(name, connection) });
      }
  }
  return valid({ place: Place.Inventory, hosts, commands: [], refused, parts });
};

/** An inventory as the rules judge it: every host planned, no key read, no host contacted. */
import { secretFields } from "../src/connection/connection";
import { checkInventory, type InventoryHost, type ReadFile } from "../src/inventory/inventory";
import type { Problem } from "../src/problems";
import { isValid, joinPath } from "../src/validation";
import type { AuditDocument } from "./judge";
import { Place } from "./rule";
import { hidden } from "./stack-document";
import type { HostInputs, HostSubject } from "./subjects";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A host that cannot be planned, with every mistake. */
export interface RefusedHost {
  readonly name: string;
  readonly problems: readonly Problem[];
}

interface Redacted {
  readonly endpoint: unknown;
  readonly clear: readonly string[];
}

/** Fields that only who connects needs: an audit runs where there are no keys. */
const keyFields = ["privateKey", "privateKeyPassphrase", "privateKeyFile"];

/** The endpoint without its keys, its password hidden, and the paths of secrets that stand in it. */
const redact = (endpoint: unknown, path: string): Redacted => {
  if (!isFields(endpoint)) return { endpoint, clear: [] };
  const clear = secretFields.filter((field) => endpoint[field] !== undefined).map((field) => joinPath(path, field));
  const bastion = redact(endpoint.bastion, joinPath(path, "bastion"));
  const kept = Object.entries(endpoint).filter(([key]) => !keyFields.includes(key));
  return {
    endpoint: {
      ...Object.fromEntries(kept),
      ...(typeof endpoint.password === "string" ? { password: hidden } : {}),
      ...(endpoint.bastion === undefined ? {} : { bastion: bastion.endpoint }),
    },
    clear: [...clear, ...bastion.clear],
  };
};

const withoutKeys = (args: unknown, path: string): { readonly args: unknown; readonly clear: readonly string[] } => {
  if (!isFields(args) || args.connection === undefined) return { args, clear: [] };
  const { endpoint, clear } = redact(args.connection, joinPath(path, "connection"));
  return { args: { ...args, connection: endpoint }, clear };
};

const inputsOf = ({ connection, request, planned }: InventoryHost): HostInputs => ({
  ...request,
  connection,
  settings: planned.plan.settings,
  memory: planned.plan.memory,
  verdict: planned.plan.verdict,
});

/**
 * Hosts of an inventory; a host that cannot be planned does not hide the others.
 * @param document `{defaults?, hosts}` as parsed
 * @param folder folder from which relative paths of known hosts count
 */
export const readInventory = (
  document: unknown,
  folder: string,
  readFile: ReadFile,
):
  | { readonly document: AuditDocument; readonly refused: readonly RefusedHost[] }
  | { readonly problems: readonly Problem[] } => {
  const fields = isFields(document) ? document : {};
  const shape = checkInventory(isFields(document) ? { ...document, hosts: {} } : document, folder, readFile);
  const { hosts: entries = {} } = fields;
  if (!isValid(shape) || !isFields(entries))
    return { problems: isValid(shape) ? checkInventory(document, folder, readFile).problems : shape.problems };

  const defaults = withoutKeys(fields.defaults, "defaults");
  const hosts: HostSubject[] = [];
  const refused: RefusedHost[] = [];
  for (const [name, args] of Object.entries(entries)) {
    const own = withoutKeys(args, joinPath("hosts", name));
    const checked = checkInventory({ defaults: defaults.args, hosts: { [name]: own.args } }, folder, readFile);
    if (!isValid(checked)) refused.push({ name, problems: checked.problems });
    // What stands in the defaults is told once, with the first host.
    const clearSecrets = [...(hosts.length === 0 ? defaults.clear : []), ...own.clear];
    if (isValid(checked))
      for (const host of checked.value.filter(({ gone }) => !gone))
        hosts.push({ name, inputs: inputsOf(host), clearSecrets });
  }
  return { document: { place: Place.Inventory, hosts, commands: [] }, refused };
};

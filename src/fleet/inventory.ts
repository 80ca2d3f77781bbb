/**
 * A fleet as data: `{defaults, hosts: {<name>: args}}`, from stack configuration or a YAML file. Every host is checked
 * before the first is used, and every mistake of every host is reported at once.
 */
import { resolve } from "node:path";
import { factsCommandLine, showableAddress } from "../delivery/ssh/address";
import { checkConnection, type Connection } from "../delivery/ssh/connection";
import { findHostKey } from "../delivery/ssh/known-hosts";
import { isFields, type Fields } from "../validation/fields";
import type { PlanForKernel } from "../plan/plan";
import type { Problem } from "../validation/problems";
import { invalid, joinPath, problemsIn, valid, type Checked } from "../validation/validation";
import { nameProblems } from "./host-name";
import { planHost } from "./host-plan";
import { duplicateProblems } from "./inventory-duplicates";
import { rolloutSettings } from "./rollout-settings";
import { parseInventoryText } from "./inventory-text";
import { merge } from "./merge";

/** One host of the fleet, checked. */
export interface InventoryHost {
  /** The host's identity for ever; a changed address is an update of the same host. */
  readonly name: string;
  readonly connection: Connection;
  /** Its arguments less connection. */
  readonly request: Fields;
  /** Undefined where the declared facts do not suffice: the host has to be asked. */
  readonly planned?: PlanForKernel;
  /** The host no longer exists: it leaves the state without being dialled. */
  readonly decommissioned: boolean;
}

/** A whole inventory, checked. */
export interface Inventory {
  readonly hosts: readonly InventoryHost[];
  /** What a host does not say itself, as written. */
  readonly defaults: Fields;
  /** How it is rolled out, as written; undefined where nothing is said. */
  readonly rollout?: Fields;
  /** Whether hosts are read before each preview and update. */
  readonly observe?: boolean;
}

/** Reads a file named in an inventory; throws an Error with a plain message where it cannot. */
export type ReadFile = (path: string) => string;

const contract = "the contract of the inventory, docs/inventory.md";

interface Resolved {
  readonly endpoint: Fields;
  readonly problems: readonly Problem[];
}

/** Replaces `privateKeyFile` and `knownHostsFile` by what the files hold; paths count from `folder`. */
const resolveFiles = (endpoint: Fields, base: string, folder: string, readFile: ReadFile): Resolved => {
  const problems: Problem[] = [];
  const read = (key: string): string | undefined => {
    const file = endpoint[key];
    if (file === undefined) return undefined;
    const path = joinPath(base, key);
    if (typeof file !== "string") {
      problems.push({ path, limit: "must be the path of a file", source: contract, remedy: "Write a path as text." });
      return undefined;
    }
    if (/[\r\n]|-----/.test(file)) {
      const remedy = "Write the path of a file; what it holds belongs into privateKey or hostKey.";
      problems.push({ path, limit: "holds a key, not the path of a file", source: contract, remedy });
      return undefined;
    }
    try {
      return readFile(resolve(folder, file.replace(/^~(?=\/)/, process.env.HOME ?? "~")));
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      problems.push({
        path,
        value: file,
        limit: `cannot be read: ${cause}`,
        source: contract,
        remedy: `Correct the path; relative ones count from ${folder}.`,
      });
      return undefined;
    }
  };
  const { privateKeyFile: _file, knownHostsFile: _known, ...rest } = endpoint;
  const privateKey = read("privateKeyFile");
  const knownHosts = endpoint.hostKey === undefined ? read("knownHostsFile") : undefined;
  const found =
    knownHosts !== undefined && typeof endpoint.host === "string"
      ? findHostKey(knownHosts, endpoint.host, typeof endpoint.port === "number" ? endpoint.port : undefined)
      : undefined;
  if (knownHosts !== undefined && found === undefined)
    problems.push({
      path: joinPath(base, "knownHostsFile"),
      value: endpoint.knownHostsFile,
      limit: `holds no key of ${showableAddress(endpoint).host ?? "this host"}`,
      source: "sshd(8), SSH_KNOWN_HOSTS FILE FORMAT",
      remedy: `\`${factsCommandLine(showableAddress(endpoint))}\` prints it; add it to the file or write it as hostKey.`,
    });
  return {
    endpoint: {
      ...rest,
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(found === undefined ? {} : { hostKey: found }),
    },
    problems,
  };
};

const resolveConnection = (connection: unknown, base: string, folder: string, readFile: ReadFile): Resolved => {
  if (!isFields(connection)) return { endpoint: {}, problems: [] };
  const target = resolveFiles(connection, base, folder, readFile);
  if (!isFields(connection.bastion)) return target;
  const bastion = resolveFiles(connection.bastion, joinPath(base, "bastion"), folder, readFile);
  return {
    endpoint: { ...target.endpoint, bastion: bastion.endpoint },
    problems: [...target.problems, ...bastion.problems],
  };
};

/** Fields of a connection by which its host is found, and not logged in. */
const wayFields: readonly string[] = ["host", "port", "hostKey", "knownHostsFile"];

/**
 * The connection for a host that is no part of the inventory any more: by what its defaults say of logging in.
 * @param way where the host was when it left; its key with it
 * @returns undefined where the defaults say nothing of logging in, or nothing that can be used
 */
export const connectionOfLeft = (
  { connection }: Fields,
  way: Pick<Connection, "host" | "port" | "hostKey">,
  folder: string,
  readFile: ReadFile,
): Connection | undefined => {
  if (!isFields(connection) || Object.keys(connection).every((key) => wayFields.includes(key))) return undefined;
  const { knownHostsFile: _known, ...login } = connection;
  const { endpoint, problems } = resolveConnection({ ...login, ...way }, "", folder, readFile);
  const checked = checkConnection(JSON.parse(JSON.stringify(endpoint)), "");
  return problems.length === 0 && checked.ok ? checked.value : undefined;
};

const checkHost = (
  name: string,
  fields: Fields,
  base: string,
  folder: string,
  readFile: ReadFile,
): Checked<InventoryHost> => {
  const { decommissioned = false, gone, connection, ...request } = fields;
  const resolved = resolveConnection(connection, joinPath(base, "connection"), folder, readFile);
  const checkedConnection = checkConnection(
    isFields(connection) ? resolved.endpoint : connection,
    joinPath(base, "connection"),
  );
  const planned = planHost(request, base);
  const problems: Problem[] = [...nameProblems(name, base), ...resolved.problems];
  if (gone !== undefined)
    problems.push({
      path: joinPath(base, "gone"),
      value: gone,
      limit: "is the old name of decommissioned",
      source: contract,
      remedy: "Write decommissioned instead of gone.",
    });
  if (typeof decommissioned !== "boolean")
    problems.push({
      path: joinPath(base, "decommissioned"),
      value: decommissioned,
      limit: "must be true or false",
      source: contract,
      remedy: "Write true for a host that no longer exists.",
    });
  // A file that could not be read explains the missing value by itself.
  const explained = new Set(
    resolved.problems.map(({ path }) =>
      path.replace(/privateKeyFile$/, "privateKey").replace(/knownHostsFile$/, "hostKey"),
    ),
  );
  problems.push(...problemsIn(checkedConnection).filter(({ path }) => !explained.has(path)), ...problemsIn(planned));
  if (problems.length > 0 || !checkedConnection.ok || !planned.ok) return invalid(problems);
  return valid({
    name,
    connection: checkedConnection.value,
    request,
    planned: planned.value,
    decommissioned: decommissioned === true,
  });
};

const knownKeys: readonly string[] = ["defaults", "hosts", "rollout", "observe"];

const observeProblems = (observe: unknown): Problem[] =>
  observe === undefined || typeof observe === "boolean"
    ? []
    : [
        {
          path: "observe",
          value: observe,
          limit: "must be true or false",
          source: contract,
          remedy: "Write false for hosts that shall not be read before each preview and update.",
        },
      ];

/**
 * Checks a whole fleet.
 * @param document `{defaults?, hosts, rollout?, observe?}` as read from configuration or a file
 * @param folder folder from which relative paths of key files count
 */
export const readInventory = (document: unknown, folder: string, readFile: ReadFile): Checked<Inventory> => {
  if (!isFields(document) || !isFields(document.hosts ?? {}) || !isFields(document.defaults ?? {}))
    return invalid([
      {
        path: "inventory",
        limit: "must hold `hosts:` with one object for each host, and may hold `defaults:`",
        source: contract,
        remedy: "`pulumi-conntrack facts HOST` prints such entries.",
      },
    ]);
  const unknownKeys = Object.keys(document).filter((key) => !knownKeys.includes(key));
  const problems: Problem[] = unknownKeys.map((key) => ({
    path: key,
    limit: "is not part of an inventory",
    source: contract,
    remedy: "Move it below `defaults:` or a host.",
  }));
  const { rollout, observe } = document;
  problems.push(...problemsIn(rolloutSettings(rollout)), ...observeProblems(observe));
  const defaults = (document.defaults ?? {}) as Fields;
  const hosts: InventoryHost[] = [];
  for (const [name, fields] of Object.entries((document.hosts ?? {}) as Fields)) {
    const base = joinPath("hosts", name);
    if (!isFields(fields)) {
      problems.push({
        path: base,
        limit: "must be an object",
        source: contract,
        remedy: "Write the host's arguments below its name.",
      });
      continue;
    }
    const checked = checkHost(name, merge(defaults, fields), base, folder, readFile);
    if (checked.ok) hosts.push(checked.value);
    else problems.push(...checked.problems);
  }
  problems.push(...duplicateProblems(hosts));
  if (problems.length > 0) return invalid(problems);
  return valid({
    ...{ hosts, defaults },
    ...(isFields(rollout) ? { rollout } : {}),
    ...(typeof observe === "boolean" ? { observe } : {}),
  });
};

/** The hosts of an inventory, checked as `readInventory` does. */
export const checkInventory = (
  document: unknown,
  folder: string,
  readFile: ReadFile,
): Checked<readonly InventoryHost[]> => {
  const inventory = readInventory(document, folder, readFile);
  return inventory.ok ? valid(inventory.value.hosts) : inventory;
};

/**
 * Reads and checks an inventory file.
 * @param file path as a person wrote it, relative to `folder`, as are the paths inside the file
 */
export const loadInventory = (file: string, folder: string, readFile: ReadFile): Checked<Inventory> => {
  const path = resolve(folder, file);
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return invalid([
      {
        path: "inventory",
        value: file,
        limit: `cannot be read: ${cause}`,
        source: contract,
        remedy: `Correct the path; relative ones count from ${folder}.`,
      },
    ]);
  }
  const parsed = parseInventoryText(text, file);
  return parsed.ok ? readInventory(parsed.value, folder, readFile) : parsed;
};

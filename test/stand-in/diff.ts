/** What changed between the old and the new inputs of a command, property by property, at every depth. */
import { isObject, type Properties, revealAll, type Value } from "./properties";

/** How one property changed. */
export type Change = "add" | "delete" | "update";

/** Changes by property path: `create`, `connection.port`, `triggers[0]`, `environment["a.b"]`. */
export type Changes = ReadonlyMap<string, Change>;

const child = (path: string, key: string): string => {
  const simple = /^[A-Za-z_][A-Za-z0-9_]*$/.test(key);
  if (!simple) return `${path}["${key.replaceAll('"', '\\"')}"]`;
  return path === "" ? key : `${path}.${key}`;
};

const compare = (path: string, before: Value | undefined, after: Value | undefined, into: Map<string, Change>) => {
  if (before === undefined && after === undefined) return;
  if (before === undefined) into.set(path, "add");
  else if (after === undefined) into.set(path, "delete");
  else if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(child(path, key), before[key], after[key], into);
    }
  } else if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    for (let index = 0; index < length; index += 1) compare(`${path}[${index}]`, before[index], after[index], into);
  } else if (before !== after) into.set(path, "update");
};

const compared = (properties: Properties): Properties =>
  Object.fromEntries(
    Object.entries(revealAll(properties)).filter(([key]) => key !== "version" && !key.startsWith("__")),
  );

/** Compares inputs without regard to secret marks; the keys `version` and `__*` belong to the engine. */
export const diffInputs = (before: Properties, after: Properties): Changes => {
  const changes = new Map<string, Change>();
  compare("", compared(before), compared(after), changes);
  return changes;
};

/** True where a change asks for a replacement: only when the list of triggers as a whole comes, goes or changes. */
export const replaces = (path: string): boolean => path === "triggers";

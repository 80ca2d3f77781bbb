/** What is wrong with the records of a fleet; what is right with one is right with all that equal it. */
import type { Problem } from "../validation/problems";
import { problemsIn } from "../validation/validation";
import { fleetHost, type HostRecord } from "./host-record";

/** More different hosts than one wave has. */
const maximumRemembered = 10_000;

/** Values of records that were found right, as text. */
const right = new Set<string>();

/** Address and key are each host's own, and are right as soon as they are texts. */
const isRightByItself = ({ host, hostKey }: HostRecord): boolean =>
  typeof host === "string" && host !== "" && (hostKey === undefined || typeof hostKey === "string");

export const recordProblems = (record: HostRecord, base: string): readonly Problem[] => {
  const { host: _host, hostKey: _hostKey, ...shared } = record;
  const text = JSON.stringify(shared);
  if (right.has(text) && isRightByItself(record)) return [];
  const problems = problemsIn(fleetHost(record, base));
  if (problems.length === 0 && right.size < maximumRemembered) right.add(text);
  return problems;
};

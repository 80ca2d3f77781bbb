/** One reading of a fleet: as the JSON of the contract, and as an exit code. */
import { compareHost, type ComparedItem, type HostComparison } from "../../fleet/host-comparison";
import type { FleetReading } from "../../fleet/read-fleet";
import { ExitCode } from "../subcommand";
import type { FleetRequest } from "./fleet-request";

export interface FleetCheck {
  /** When the last host had answered, as ISO 8601 in UTC. */
  readonly time: string;
  /** Hosts that were read, in the order of the inventory. */
  readonly hosts: ReadonlyMap<string, HostComparison>;
  /** Hosts that could not be read, and why. */
  readonly unread: ReadonlyMap<string, string>;
  /** Hosts that were not contacted, because they exist no more. */
  readonly decommissioned: readonly string[];
}

export const fleetCheck = (
  { hosts, decommissioned }: Pick<FleetRequest, "hosts" | "decommissioned">,
  { answers, unread }: FleetReading,
  time: Date,
): FleetCheck => ({
  time: time.toISOString(),
  hosts: new Map(
    hosts.flatMap(({ name, planned }) => {
      const answer = answers.get(name);
      return answer === undefined ? [] : [[name, compareHost(planned, answer)] as const];
    }),
  ),
  unread: new Map(hosts.flatMap(({ name }) => (unread.has(name) ? [[name, unread.get(name) ?? ""] as const] : []))),
  decommissioned,
});

export const differingItems = ({ items }: HostComparison): readonly ComparedItem[] =>
  items.filter(({ differs }) => differs);

const differenceJson = ({ key, live, onDisk, planned, note }: ComparedItem) => ({ key, live, onDisk, planned, note });

/** What `check --json` prints; docs/check.md describes it. */
export const checkJson = ({ time, hosts, unread, decommissioned }: FleetCheck): object => ({
  passed: unread.size === 0 && [...hosts.values()].every(({ status }) => status === "asPlanned"),
  time,
  hosts: Object.fromEntries(
    [...hosts].map(([name, host]) => {
      const { status, loadedBy, competingWriters, warnings } = host;
      return [
        name,
        { status, differences: differingItems(host).map(differenceJson), competingWriters, loadedBy, warnings },
      ];
    }),
  ),
  unread: Object.fromEntries(unread),
  decommissioned,
});

/** A host that could not be read weighs more than one that differs: nothing is known of it. */
export const checkExitCode = ({ hosts, unread }: FleetCheck): ExitCode => {
  if (unread.size > 0) return ExitCode.Internal;
  return [...hosts.values()].every(({ status }) => status === "asPlanned") ? ExitCode.Good : ExitCode.Failed;
};

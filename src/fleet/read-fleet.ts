/** Reads what planned hosts have, over the transport of a fleet and without an engine; writes nothing. */
import type { ReadBack } from "../delivery/answer/read-back";
import type { PlanForKernel } from "../plan/plan";
import { valueOrThrow } from "../validation/validation";
import { completeFleet, hostsToRead, isKnown, type KnownHost, type PlannedHost } from "./fleet-plan";
import { comparedKeys } from "./host-comparison";
import { hostRecord, wayOf } from "./host-record";
import type { RunOnHost } from "./host-run";
import { loginOf } from "./login";
import { observe } from "./observe";
import { reachHosts } from "./reach";
import { readHosts } from "./read-hosts";

export interface FleetReading {
  /** Hosts that are planned, by what is declared or by what they said, in the order of the request. */
  readonly hosts: readonly KnownHost[];
  /** What hosts said, by name. */
  readonly answers: ReadonlyMap<string, ReadBack>;
  /** Hosts that could not be read, and why, in words that may hold the host's own. */
  readonly unread: ReadonlyMap<string, string>;
}

export interface ReadFleetRequest {
  /** None of them decommissioned. */
  readonly hosts: readonly PlannedHost[];
  /** Hosts worked on at once. */
  readonly lanes: number;
  /** Aborted: no further host is begun. */
  readonly signal: AbortSignal;
  /** Told as each host ends. */
  readonly ended?: () => void;
}

/** Verify wants a token and reads nothing by it: whoever owns the host, the answer is the same. */
const nobody = { owner: "pulumi-conntrack/check", wave: "none" };

/** A host can say anything: an answer about what nobody asked for tells nothing of the plan. */
const refused = ({ drift }: ReadBack, planned: PlanForKernel): string | undefined => {
  const asked = comparedKeys(planned);
  const foreign = drift.find(({ key }) => !asked.has(key));
  return foreign === undefined
    ? undefined
    : `gave an answer that cannot be used: it is about ${foreign.key.slice(0, 80)}, which is not of the plan.`;
};

/** Asks hosts whose declared facts do not suffice what they are made of. */
const planAll = async (
  hosts: readonly PlannedHost[],
  run: RunOnHost,
  sudoOf: (name: string) => boolean,
  signal: AbortSignal,
): Promise<readonly PlannedHost[]> => {
  const waiting = Object.fromEntries(hostsToRead({ hosts }).map(({ name }) => [name, { connection: name }]));
  if (Object.keys(waiting).length === 0) return hosts;
  const completed = completeFleet({ hosts }, await readHosts({ hosts: waiting, sudoOf, run, signal }));
  return valueOrThrow(completed, "Not every host can be planned by what it says of itself; nothing was written.").hosts;
};

/**
 * Reads every host once, and one whose facts are not declared once more before. A host that cannot be read is named.
 * @throws ProblemsError where the facts of a host itself show that it cannot be planned
 */
export const readFleet = async ({ hosts, lanes, signal, ended }: ReadFleetRequest): Promise<FleetReading> => {
  const ways = Object.fromEntries(
    hosts.map(({ name, connection: { host, port, hostKey } }) => [name, { host, port, hostKey, connection: name }]),
  );
  const logins = Object.fromEntries(hosts.map(({ name, connection }) => [name, loginOf(connection)]));
  const sudoOf = (name: string): boolean => logins[name]?.sudo ?? false;
  const { run, close } = reachHosts(ways, logins, lanes, "preview");
  try {
    const all = await planAll(hosts, run, sudoOf, signal);
    const planned = all.filter(isKnown);
    const records = Object.fromEntries(
      planned.map(({ name, planned: plan }) => [name, hostRecord(wayOf(ways[name] ?? {}), plan)]),
    );
    const counted: RunOnHost = (...call) => run(...call).finally(ended);
    const seen = await observe({ asker: { ...nobody, sudoOf }, hosts: records, run: counted, signal });
    const said = new Map(Object.entries(seen.answers));
    const unread = new Map(Object.entries(seen.unread));
    for (const { name, unread: reason } of all) if (reason !== undefined) unread.set(name, reason);
    const answers = new Map<string, ReadBack>();
    for (const { name, planned: plan } of planned) {
      const answer = said.get(name);
      if (answer === undefined) continue;
      const refusal = refused(answer, plan);
      if (refusal === undefined) answers.set(name, answer);
      else unread.set(name, refusal);
    }
    return { hosts: planned, answers, unread };
  } finally {
    close();
  }
};

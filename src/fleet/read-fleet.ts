/** Reads what planned hosts have, over the transport of a fleet and without an engine; writes nothing. */
import type { ReadBack } from "../delivery/answer/read-back";
import type { Connection } from "../delivery/ssh/connection";
import type { PlanForKernel } from "../plan/plan";
import { comparedKeys } from "./host-comparison";
import { hostRecord } from "./host-record";
import type { RunOnHost } from "./host-run";
import { loginOf } from "./login";
import { observe } from "./observe";
import { reachHosts } from "./reach";

/** A host to be read: it is there, and there is a plan for it. */
export interface ReadableHost {
  readonly name: string;
  readonly connection: Connection;
  readonly planned: PlanForKernel;
}

export interface FleetReading {
  /** What hosts said, by name. */
  readonly answers: ReadonlyMap<string, ReadBack>;
  /** Hosts that could not be read, and why, in words that may hold the host's own. */
  readonly unread: ReadonlyMap<string, string>;
}

export interface ReadFleetRequest {
  readonly hosts: readonly ReadableHost[];
  /** Hosts worked on at once. */
  readonly lanes: number;
  /** Aborted: no further host is begun. */
  readonly signal: AbortSignal;
  /** Told as each host ends. */
  readonly ended?: () => void;
}

/** Verify wants a token and reads nothing by it: whoever owns the host, the answer is the same. */
const nobody = { owner: "pulumi-conntrack/check", wave: "none" };

/** A host can say anything: the answer of another run, or about what nobody asked for, tells nothing of the plan. */
const refused = ({ command, drift }: ReadBack, planned: PlanForKernel): string | undefined => {
  if (command !== "verify") return `gave an answer that cannot be used: it is one of ${command}.`;
  const asked = comparedKeys(planned);
  const foreign = drift.find(({ key }) => !asked.has(key));
  return foreign === undefined
    ? undefined
    : `gave an answer that cannot be used: it is about ${foreign.key.slice(0, 80)}, which is not of the plan.`;
};

/** Reads every host once. Never rejects. */
export const readFleet = async ({ hosts, lanes, signal, ended }: ReadFleetRequest): Promise<FleetReading> => {
  const records = Object.fromEntries(
    hosts.map(({ name, connection: { host, port, hostKey }, planned }) => [
      name,
      hostRecord({ host, port, hostKey, connection: name }, planned),
    ]),
  );
  const logins = Object.fromEntries(hosts.map(({ name, connection }) => [name, loginOf(connection)]));
  const { run, close } = reachHosts(records, logins, lanes, "preview");
  const counted: RunOnHost = (...call) => run(...call).finally(ended);
  const asker = { ...nobody, sudoOf: (name: string) => logins[name]?.sudo ?? false };
  const seen = await observe({ asker, hosts: records, run: counted, signal }).finally(close);
  const said = new Map(Object.entries(seen.answers));
  const unread = new Map(Object.entries(seen.unread));
  const answers = new Map<string, ReadBack>();
  for (const { name, planned } of hosts) {
    const answer = said.get(name);
    if (answer === undefined) continue;
    const refusal = refused(answer, planned);
    if (refusal === undefined) answers.set(name, answer);
    else unread.set(name, refusal);
  }
  return { answers, unread };
};

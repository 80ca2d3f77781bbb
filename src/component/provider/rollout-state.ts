/** The outputs of `conntrack:index:Rollout`. Inputs are never repeated in them: that would double the state. */
import * as z from "zod";
import type { HostRecord } from "../../fleet/host-record";
import type { Held } from "./held";
import { asSecret, revealed } from "./properties";
import type { Login } from "./rollout-inputs";

/** A host that left, and whose old values are not back yet. */
export interface Leftover {
  readonly record: HostRecord;
  readonly login: Login;
}

export interface RolloutState {
  /** Names of hosts that do not hold what they shall yet; the next update does exactly these. */
  readonly pending: readonly string[];
  /** Hosts of the wave. */
  readonly count: number;
  /** Names of hosts whose module is not loaded: the settings wait on disk for it. */
  readonly inactive: readonly string[];
  readonly leftover: Readonly<Record<string, Leftover>>;
  /**
   * Hosts that went over to another wave. Where that one could not take them, they are still ours, and destroy puts them
   * back; where it could, they answer that they are not.
   */
  readonly handedOver: Readonly<Record<string, Leftover>>;
  /** What an update that failed has done. */
  readonly held?: Held;
}

const record = z.record(z.string(), z.unknown());
const login = z.custom<Login>((value) => typeof value === "object");
const shared = z.object({
  profile: z.string(),
  profiles: z.record(z.string(), record),
  hosts: z.record(z.string(), record),
});

const schema = z.object({
  pending: z.array(z.string()).default([]),
  count: z.number().default(0),
  inactive: z.array(z.string()).default([]),
  leftover: z.record(z.string(), z.object({ record, login })).default({}),
  handedOver: z.record(z.string(), z.object({ record, login })).default({}),
  held: z
    .object({
      set: shared,
      released: z.array(z.string()).default([]),
      connections: z.record(z.string(), login).default({}),
    })
    .optional(),
}) satisfies z.ZodType<RolloutState>;

/** A wave of which nothing is known. */
export const emptyState: RolloutState = { pending: [], count: 0, inactive: [], leftover: {}, handedOver: {} };

/** Reads outputs as the engine sends them; outputs of another form count as empty. */
export const readState = (fields: unknown): RolloutState => {
  const read = schema.safeParse(revealed(fields));
  return read.success ? read.data : emptyState;
};

const secretValues = (logins: Readonly<Record<string, Login>>) =>
  Object.fromEntries(Object.entries(logins).map(([name, each]) => [name, asSecret(each)]));

const writeLeft = (key: string, hosts: RolloutState["leftover"]) => {
  const entries = Object.entries(hosts);
  const marked = entries.map(([name, each]) => [name, { ...each, login: asSecret(each.login) }] as const);
  return entries.length > 0 ? { [key]: Object.fromEntries(marked) } : {};
};

const writeHeld = ({ set, released, connections }: Held) => ({
  set,
  ...(released.length > 0 ? { released } : {}),
  ...(Object.keys(connections).length > 0 ? { connections: secretValues(connections) } : {}),
});

/** Outputs as they go to the engine; what is empty and nobody asks for is left out. */
export const writeState = (state: RolloutState): Readonly<Record<string, unknown>> => {
  const { pending, count, inactive, leftover, handedOver, held } = state;
  return {
    pending,
    count,
    ...(inactive.length > 0 ? { inactive } : {}),
    ...writeLeft("leftover", leftover),
    ...writeLeft("handedOver", handedOver),
    ...(held === undefined ? {} : { held: writeHeld(held) }),
  };
};

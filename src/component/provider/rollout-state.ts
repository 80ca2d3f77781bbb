/** The outputs of `conntrack:index:Rollout`. Inputs are never repeated in them: that would double the state. */
import * as z from "zod";
import type { HostRecord } from "../../fleet/host-record";
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
}

const schema = z.object({
  pending: z.array(z.string()).default([]),
  count: z.number().default(0),
  inactive: z.array(z.string()).default([]),
  leftover: z
    .record(z.string(), z.object({ record: z.record(z.string(), z.unknown()), login: z.custom<Login>() }))
    .default({}),
});

/** Reads outputs as the engine sends them; what is missing or of another form counts as empty. */
export const readState = (fields: unknown): RolloutState => {
  const read = schema.safeParse(revealed(fields));
  return read.success ? read.data : { pending: [], count: 0, inactive: [], leftover: {} };
};

/** Outputs as they go to the engine; empty lists that nobody asks for are left out. */
export const writeState = ({
  pending,
  count,
  inactive,
  leftover,
}: RolloutState): Readonly<Record<string, unknown>> => ({
  pending,
  count,
  ...(inactive.length > 0 ? { inactive } : {}),
  ...(Object.keys(leftover).length > 0
    ? {
        leftover: Object.fromEntries(
          Object.entries(leftover).map(([name, { record, login }]) => [name, { record, login: asSecret(login) }]),
        ),
      }
    : {}),
});

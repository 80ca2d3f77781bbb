/** The outputs of `conntrack:index:Rollout`. Inputs are never repeated in them: that would double the state. */
import type { Held } from "../../fleet/wave/held";
import { asSecret, revealed } from "./properties";
import type { Login } from "../../fleet/wave/wave-inputs";
import { emptyState, waveStateSchema, type WaveState } from "../../fleet/wave/wave-state";

/** Reads outputs as the engine sends them; outputs of another form count as empty. */
export const readState = (fields: unknown): WaveState => {
  const read = waveStateSchema.safeParse(revealed(fields));
  return read.success ? read.data : emptyState;
};

const secretValues = (logins: Readonly<Record<string, Login>>) =>
  Object.fromEntries(Object.entries(logins).map(([name, each]) => [name, asSecret(each)]));

const writeLeft = (key: string, hosts: WaveState["leftover"]) => {
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
export const writeState = (state: WaveState): Readonly<Record<string, unknown>> => {
  const { pending, count, inactive, leftover, handedOver, held, ...summary } = state;
  return {
    pending,
    count,
    ...(inactive.length > 0 ? { inactive } : {}),
    ...writeLeft("leftover", leftover),
    ...writeLeft("handedOver", handedOver),
    ...(held === undefined ? {} : { held: writeHeld(held) }),
    ...summary,
  };
};

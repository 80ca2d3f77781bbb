/** How the plugin and the command line reach hosts: the transport of this process, for the logins of a fleet. */
import { hostScript } from "../delivery/script/script";
import { targetOf, type SshTarget } from "../delivery/ssh/endpoint";
import { createLanes, type Lanes } from "../delivery/ssh/lanes";
import { defaultLimits, type StageLimits } from "../delivery/ssh/limits";
import { onlyBursts, untilItBoots, type RetryPolicy } from "../delivery/ssh/retry";
import { createTransport, type Transport } from "../delivery/ssh/transport";
import { wayOf, type HostRecord } from "./host-record";
import type { RunOnHost } from "./host-run";
import type { Login } from "./login";

type Records = Readonly<Record<string, HostRecord>>;
type Logins = Readonly<Record<string, Login>>;

/** Who waits: an update has the time that a booting host needs, a person before a preview has not. */
export type Patience = "update" | "preview";

/** A preview waits for a dead host so long, and no longer. */
const previewSeconds = 5;
const previewDialSeconds = 3;

/** The pauses between so many dials of the command plugin, which the arguments count: 0.1 s, then half as long again. */
const deadlineSeconds = (dialErrorLimit: number): number => {
  let [pause, sum] = [0.1, 0];
  for (let dials = 0; dials < dialErrorLimit && sum < 600; dials += 1)
    [sum, pause] = [sum + pause, Math.min(pause * 1.5, 5)];
  return sum;
};

const never: RetryPolicy = { reasons: new Set(), deadlineSeconds: 0 };

const retryOf = ({ dialErrorLimit }: Login): RetryPolicy => {
  if (dialErrorLimit === undefined) return untilItBoots;
  return dialErrorLimit === 0 ? never : { ...untilItBoots, deadlineSeconds: deadlineSeconds(dialErrorLimit) };
};

const limitsOf = ({ perDialTimeoutSeconds }: Login): StageLimits => ({
  ...defaultLimits,
  dial: perDialTimeoutSeconds ?? defaultLimits.dial,
});

const hurried: StageLimits = { ...defaultLimits, dial: previewDialSeconds, keyExchange: previewSeconds, total: 60 };

/** Lanes by their number: all waves with the same number share one pool. */
const createPools = () => {
  const pools = new Map<number, Lanes>();
  return (count: number): Lanes => {
    const pool = pools.get(count) ?? createLanes(count);
    pools.set(count, pool);
    return pool;
  };
};
const poolOf = createPools();

/** A line that stands for a login that is not there: nobody is dialled. */
const noLogin = {
  ok: false,
  reason: "credentials",
  message: "has no connection in this fleet",
  remedy: "Give the host a connection.",
} as const;

/** Opens the way to hosts; `close` lets go of bastions. */
export const reachHosts = (
  hosts: Records,
  logins: Logins,
  lanes: number,
  patience: Patience,
): { readonly run: RunOnHost; readonly close: () => void } => {
  const transports = new Map<string, Transport>();
  const transportFor = (login: Login): Transport => {
    const { dialErrorLimit, perDialTimeoutSeconds } = login;
    const key = patience === "preview" ? "" : JSON.stringify({ dialErrorLimit, perDialTimeoutSeconds });
    const known = transports.get(key);
    if (known !== undefined) return known;
    const made = createTransport({
      lanes: poolOf(lanes),
      ...(patience === "preview"
        ? { limits: hurried, retry: onlyBursts(previewSeconds) }
        : { limits: limitsOf(login), retry: retryOf(login) }),
    });
    transports.set(key, made);
    return made;
  };
  const targetFor = (record: HostRecord, login: Login): SshTarget => {
    const { connection: _connection, ...way } = wayOf(record);
    return targetOf({ ...login, ...way }, process.env.SSH_AUTH_SOCK);
  };
  return {
    run: async (name, command, signal) => {
      const record = hosts[name];
      const login = record === undefined ? undefined : logins[wayOf(record).connection];
      if (record === undefined || login === undefined) return noLogin;
      return transportFor(login).run(targetFor(record, login), { command, stdin: hostScript }, signal);
    },
    close: () => transports.forEach(({ close }) => close()),
  };
};

/** How long each stage may take. Every limit is absolute: a host that sends a byte now and then does not extend it. */
import type { Stage } from "./failure";

/** Seconds by stage. */
export type StageLimits = Readonly<Record<Stage, number>> & {
  /** All stages together. */
  readonly total?: number;
  /** Between questions whether a silent peer still lives; three without an answer end the connection. */
  readonly keepalive: number;
};

/**
 * Name lookup and TCP; key exchange; login (PAM and reverse lookups take their time); the host's script, which ends
 * itself after 120 s and then has half a minute for putting back.
 */
export const defaultLimits: StageLimits = { dial: 10, keyExchange: 10, authentication: 30, run: 180, keepalive: 5 };

const millisecondsPerSecond = 1000;

/** Measures one attempt: what is left for a stage now. */
export interface Countdown {
  readonly keepaliveSeconds: number;
  /** Calls `expired` when the stage's time is over; gives the function that stops this. */
  readonly start: (stage: Stage, expired: (seconds: number) => void) => () => void;
}

export const startCountdown = (limits: StageLimits): Countdown => {
  const startedAt = performance.now();
  const secondsFor = (stage: Stage): number => {
    const spent = (performance.now() - startedAt) / millisecondsPerSecond;
    return Math.min(limits[stage], Math.max((limits.total ?? Infinity) - spent, 0));
  };
  return {
    keepaliveSeconds: limits.keepalive,
    start: (stage, expired) => {
      const seconds = secondsFor(stage);
      const said = seconds < limits[stage] ? (limits.total ?? seconds) : limits[stage];
      const timer = setTimeout(() => expired(said), seconds * millisecondsPerSecond);
      return () => clearTimeout(timer);
    },
  };
};

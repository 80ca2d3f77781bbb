/** What is tried again, after which pause, and until when. */
import { setTimeout as pause } from "node:timers/promises";
import type { FailureReason, SshFailure } from "./failure";

export interface RetryPolicy {
  /** Failures that are worth another attempt; one that is not retryable in itself never is. */
  readonly reasons: ReadonlySet<FailureReason>;
  /** Time for attempts and pauses; no attempt begins after it. Waiting for a lane does not count. */
  readonly deadlineSeconds: number;
}

/** For hosts that may boot, and servers that refuse bursts. */
export const untilItBoots: RetryPolicy = {
  reasons: new Set(["unreachable", "busy", "timeout", "cut"]),
  deadlineSeconds: 60,
};

/** For a person who waits: only what passes within seconds. */
export const onlyBursts = (deadlineSeconds: number): RetryPolicy => ({ reasons: new Set(["busy"]), deadlineSeconds });

/** Time and chance, so that tests need neither. */
export interface Clock {
  readonly nowMs: () => number;
  /** Ends early where the signal is aborted. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  sleep: (milliseconds, signal) => pause(milliseconds, undefined, { signal }).catch(() => undefined),
  random: Math.random,
};

const firstPauseMs = 200;
const growth = 2;
const longestPauseMs = 5000;

/** The pause after the given number of failures: doubled each time, and spread so that hosts do not come back at once. */
const pauseMs = (failures: number, random: number): number =>
  Math.min(firstPauseMs * growth ** (failures - 1), longestPauseMs) * (0.5 + random / 2);

/**
 * Repeats an attempt as the policy says and gives the last outcome.
 * @param attempt tells with its outcome how long it took, without what it waited for a lane
 */
export const withRetries = async <Outcome extends { readonly ok: true } | SshFailure>(
  attempt: () => Promise<{ readonly outcome: Outcome; readonly tookMs: number }>,
  { reasons, deadlineSeconds }: RetryPolicy,
  signal?: AbortSignal,
  clock: Clock = systemClock,
): Promise<Outcome> => {
  let spentMs = 0;
  for (let failures = 1; ; failures += 1) {
    const { outcome, tookMs } = await attempt();
    if (outcome.ok || !outcome.retryable || !reasons.has(outcome.reason)) return outcome;
    const wait = pauseMs(failures, clock.random());
    spentMs += tookMs + wait;
    if (spentMs > deadlineSeconds * 1000 || signal?.aborted === true) return outcome;
    await clock.sleep(wait, signal);
  }
};

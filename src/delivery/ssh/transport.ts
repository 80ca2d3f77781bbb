/** Commands on many hosts: in lanes, with limits and retries, each distinct bastion reached once. */
import { createBastions } from "./bastions";
import type { SshTarget } from "./endpoint";
import { sshFailure } from "./failure";
import { processLanes, type Lanes } from "./lanes";
import { defaultLimits, type StageLimits } from "./limits";
import { systemClock, untilItBoots, withRetries, type Clock, type RetryPolicy } from "./retry";
import { runOnHost, type RemoteCommand, type RunOutcome } from "./run-on-host";

export interface TransportOptions {
  /** Those of the process unless given. */
  readonly lanes?: Lanes;
  readonly limits?: StageLimits;
  readonly retry?: RetryPolicy;
  readonly clock?: Clock;
}

export interface Transport {
  /**
   * Runs a command on a host, in one connection. Never rejects: what went wrong is the outcome. An aborted `signal`
   * begins no attempt any more; one that is under way ends by itself, within its limits.
   */
  readonly run: (target: SshTarget, remote: RemoteCommand, signal?: AbortSignal) => Promise<RunOutcome>;
  /** Closes the bastions. */
  readonly close: () => void;
}

export const createTransport = ({
  lanes = processLanes,
  limits = defaultLimits,
  retry = untilItBoots,
  clock = systemClock,
}: TransportOptions = {}): Transport => {
  const bastions = createBastions();
  return {
    run: (target, remote, signal) => {
      let last: RunOutcome = sshFailure("cancelled", "dial", "was not reached: the work was cancelled before its turn");
      const attempt = async () => {
        let tookMs = 0;
        const handed = await lanes.run(async () => {
          const startedMs = clock.nowMs();
          const outcome = await runOnHost(target, remote, limits, bastions);
          tookMs = clock.nowMs() - startedMs;
          return outcome;
        }, signal);
        if (handed.started) last = handed.value;
        return { outcome: last, tookMs };
      };
      return withRetries(attempt, retry, signal, clock);
    },
    close: bastions.close,
  };
};

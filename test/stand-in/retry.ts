/** Repeated attempts with growing pauses, as Pulumi's `retry.Until` makes them. */

const firstPauseMs = 100;
const growth = 1.5;
const longestPauseMs = 5_000;

/** The limit that means: never give up. */
const unlimited = -1;

/**
 * Calls `attempt` until it succeeds. Every failure counts, and the attempt after `limit` failures is the last one:
 * `limit` + 1 attempts, one for 0, endless for -1.
 * @throws Error `after LIMIT failed attempts: CAUSE`
 */
export const withRetries = async <T>(
  what: string,
  limit: number,
  status: (line: string) => void,
  attempt: () => Promise<T>,
): Promise<T> => {
  let pauseMs = firstPauseMs;
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (limit > unlimited && failures >= limit) {
        throw new Error(`after ${failures} failed attempts: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    status(`${what} ${failures + 1}/${limit === unlimited ? "inf" : limit} failed: retrying`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(pauseMs * growth, longestPauseMs);
  }
};

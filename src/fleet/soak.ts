/** The time between setting the hosts of a wave and reading them again. */

/** A day: whoever wants to wait longer uses two updates. */
export const longestSoakSeconds = 86_400;

/** So often a person who waits is told. */
const toldEverySeconds = 10;

/**
 * Waits.
 * @param told how many seconds have passed, every ten of them
 * @returns false where it was ended by the signal
 */
export const soak = (seconds: number, signal: AbortSignal, told: (passed: number) => void): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal.aborted || seconds <= 0) {
      resolve(!signal.aborted);
      return;
    }
    const begun = performance.now();
    const ticking = setInterval(() => told(Math.round((performance.now() - begun) / 1000)), toldEverySeconds * 1000);
    const end = (passed: boolean): void => {
      clearInterval(ticking);
      clearTimeout(waiting);
      signal.removeEventListener("abort", stop);
      resolve(passed);
    };
    const stop = (): void => end(false);
    const waiting = setTimeout(() => end(true), seconds * 1000);
    signal.addEventListener("abort", stop, { once: true });
  });

/** How many hosts are worked on at once. */

/** What came of work that asked for a lane. */
export type Handed<T> = { readonly started: true; readonly value: T } | { readonly started: false };

export interface Lanes {
  /** Waits for a free lane and does the work in it; work whose signal is aborted by then is never begun. */
  readonly run: <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<Handed<T>>;
}

/** A pool of `count` lanes, first come, first served. Work that has begun is never disturbed: it ends by itself. */
export const createLanes = (count: number): Lanes => {
  let free = count;
  const waiting: (() => void)[] = [];
  const take = (): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
  const giveBack = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    run: async (work, signal) => {
      await take();
      try {
        return signal?.aborted === true ? { started: false } : { started: true, value: await work() };
      } finally {
        giveBack();
      }
    },
  };
};

/** Handshakes that one processor keeps up with; more only wait for each other. */
export const defaultLaneCount = 64;

/** The lanes of this process: whoever reaches hosts shares them. */
export const processLanes: Lanes = createLanes(defaultLaneCount);

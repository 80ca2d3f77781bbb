/** When the flows of a class begin: evenly spaced, Poisson or heavy-tailed, thinned by a factor. */
import { nextUnit, type RandomState } from "./random";
import type { TrafficClass } from "./scenario";

/** The stream of arrivals of one class. */
export interface Arrivals {
  /** Time of the next arrival in seconds; Infinity when there are no more. */
  next: number;
  /** Moves `next` on. */
  readonly advance: () => void;
}

const DEFAULT_SHAPE = 1.5;

/**
 * The longest gap as a multiple of the shortest. An unbounded Pareto distribution of a shape near 1 has its mean in gaps
 * that no run is long enough to meet, and so comes at several times the declared rate.
 */
const PARETO_RANGE = 1000;

/**
 * Shortest gap of a bounded Pareto distribution of mean 1; source: Harchol-Balter, Crovella and Murta, On Choosing a
 * Task Assignment Policy for a Distributed Server System (1999).
 */
const shortestGap = (shape: number): number => {
  const logRange = Math.log(PARETO_RANGE);
  const mean = (shape * Math.expm1((1 - shape) * logRange)) / (1 - shape) / -Math.expm1(-shape * logRange);
  return 1 / mean;
};

/** Gaps in units of the mean gap; source: Devroye, Non-Uniform Random Variate Generation, II.2 (inversion). */
const GAPS = {
  even: () => () => 1,
  poisson: (random: RandomState) => () => -Math.log(nextUnit(random)),
  pareto: (random: RandomState, shape: number) => {
    const shortest = shortestGap(shape);
    const beyond = PARETO_RANGE ** -shape;
    return () => shortest / (beyond + (1 - beyond) * nextUnit(random)) ** (1 / shape);
  },
};

const atRate = (traffic: TrafficClass, rate: number, end: number, random: RandomState): Arrivals => {
  const start = traffic.startSeconds ?? 0;
  const kind = traffic.arrivals ?? "even";
  const gap = GAPS[kind](random, traffic.shape ?? DEFAULT_SHAPE);
  const time = (gaps: number): number => {
    const at = start + gaps / rate;
    return at < end ? at : Infinity;
  };
  const first = kind === "even" ? 0 : gap();
  const arrivals = {
    // A field, because a captured number that is not whole is allocated anew with each change.
    gaps: first,
    next: rate > 0 ? time(first) : Infinity,
    advance: () => {
      arrivals.gaps += gap();
      arrivals.next = time(arrivals.gaps);
    },
  };
  return arrivals;
};

/** The exact count of each second; within a second evenly spaced or (`poisson`) uniform in order of time. */
const eachSecond = (
  traffic: TrafficClass,
  counts: readonly number[],
  thinning: number,
  end: number,
  random: RandomState,
): Arrivals => {
  const start = traffic.startSeconds ?? 0;
  const isEven = traffic.arrivals !== "poisson";
  let second = -1;
  let offered = 0;
  let thinned = 0;
  let count = 0;
  let done = 0;
  let within = 0;

  const openSecond = (): boolean => {
    while (done === count) {
      second += 1;
      const more = counts[second];
      if (more === undefined) return false;
      offered += more;
      count = Math.floor(offered / thinning) - thinned;
      thinned += count;
      done = 0;
      within = 0;
    }
    return true;
  };
  const time = (): number => {
    if (!openSecond()) return Infinity;
    // Order statistics: the least of n uniform numbers above x leaves (1 - x) * u^(1/n) above itself.
    within = isEven ? done / count : 1 - (1 - within) * nextUnit(random) ** (1 / (count - done));
    const at = start + second + within;
    return at < end ? at : Infinity;
  };
  const arrivals = {
    next: time(),
    advance: () => {
      done += 1;
      arrivals.next = time();
    },
  };
  return arrivals;
};

/** The arrivals of a class before `durationSeconds`, one of every `thinning`. */
export const createArrivals = (
  traffic: TrafficClass,
  durationSeconds: number,
  thinning: number,
  random: RandomState,
): Arrivals => {
  const end = Math.min(traffic.endSeconds ?? Infinity, durationSeconds);
  return traffic.newEachSecond === undefined
    ? atRate(traffic, (traffic.newPerSecond ?? 0) / thinning, end, random)
    : eachSecond(traffic, traffic.newEachSecond, thinning, end, random);
};

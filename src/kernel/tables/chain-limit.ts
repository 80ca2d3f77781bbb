/** Chains: how long one may grow on insertion (MIN_CHAINLEN and MAX_CHAINLEN), and how long they are on average. */
import type { Row } from "../lookup";
import type { ChainLimitRules } from "../rules";

interface ChainEra {
  readonly limit: ChainLimitRules;
  /** Longest mean chain of a full table that refuses less than one new connection in ten thousand. */
  readonly safeNodesPerBucket: number;
}

/** Measured on 5.15 to 6.2: 1e-4 of new connections refused at a mean of 3 nodes. */
const FIRST: ChainEra = { limit: { base: 8, range: 24 }, safeNodesPerBucket: 2 };
/** The same share is refused near a mean of 32; half of that is the mean of a full table before 5.15. */
const SAFER: ChainEra = { limit: { base: 50, range: 30 }, safeNodesPerBucket: 16 };

const backport = "c77737b736ce in the stable releases of 17 March 2023 (announcement of 5.15.103)";

export const CHAIN_LIMIT: readonly Row<ChainEra>[] = [
  { since: [5, 15, 0], value: FIRST, source: "commit c9c3b6811f74, 5.15" },
  { stable: [5, 15, 103], value: SAFER, source: backport },
  { stable: [6, 1, 20], value: SAFER, source: backport },
  { stable: [6, 2, 7], value: SAFER, source: backport },
  { since: [6, 3, 0], value: SAFER, source: "commit c77737b736ce, 6.3" },
];

/** Mean chain at which a kernel without a limit merely gets slow: two nodes for each of its own 8 entries a bucket. */
export const SLOW_NODES_PER_BUCKET = 16;

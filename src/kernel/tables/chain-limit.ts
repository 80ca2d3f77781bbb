/** Limit on the length of a chain on insertion: nf_conntrack_core.c, MIN_CHAINLEN and MAX_CHAINLEN. */
import type { Row } from "../lookup";
import type { ChainLimitRules } from "../rules";

const FIRST: ChainLimitRules = { base: 8, range: 24 };
const SAFER: ChainLimitRules = { base: 50, range: 30 };

const backport = "c77737b736ce in the stable releases of 17 March 2023 (announcement of 5.15.103)";

export const CHAIN_LIMIT: readonly Row<ChainLimitRules>[] = [
  { since: [5, 15, 0], value: FIRST, source: "commit c9c3b6811f74, 5.15" },
  { stable: [5, 15, 103], value: SAFER, source: backport },
  { stable: [6, 1, 20], value: SAFER, source: backport },
  { stable: [6, 2, 7], value: SAFER, source: backport },
  { since: [6, 3, 0], value: SAFER, source: "commit c77737b736ce, 6.3" },
];

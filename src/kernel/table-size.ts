/** How many buckets and entries a kernel takes by itself, exact to the integer. */
import { KiB } from "../text/units";
import type { Problem } from "../validation/problems";
import { type Checked, invalid, valid, valueOrThrow } from "../validation/validation";
import type { KernelRules } from "./rules";

/** The answer of the `defaults` command. */
export interface DefaultTable {
  readonly buckets: number;
  readonly max: number;
  /** Limit of expectations (helpers); undefined before 2.6.23, which had none. */
  readonly expectMax: number | undefined;
  /** Bytes of the slab object of one entry. */
  readonly entryBytes: number;
  /** Bytes of the bucket heads. */
  readonly tableBytes: number;
  readonly era: string;
}

/** What a kernel sizes its table from. */
interface DefaultTableRequest {
  /** The kernel's own MemTotal in KiB (before 2.6.32: the RAM up to its top, close to the nominal size). */
  readonly memTotalKiB: number;
  /** The module's parameter; 0 or none means automatic. */
  readonly hashsize?: number | undefined;
}

/** The kernel aims at one bucket byte for each so many bytes of RAM. */
const RAM_PER_BUCKET_BYTE = 16384;

/** Buckets as the kernel rounds them: up to whole pages since 2.6.23, not at all before. Idempotent. */
export const roundBuckets = ({ tableSize, pageSizeBytes }: KernelRules, buckets: number): number => {
  if (!tableSize.roundsToPage) return buckets;
  const bucketsPerPage = pageSizeBytes / tableSize.bucketBytes;
  return Math.ceil(buckets / bucketsPerPage) * bucketsPerPage;
};

/** The most buckets that this kernel can be asked for. */
export const maximumRoundedBuckets = (rules: KernelRules): number => {
  const { maximumBuckets, bucketBytes } = rules.tableSize;
  const rounded = roundBuckets(rules, maximumBuckets);
  return rounded > maximumBuckets ? rounded - rules.pageSizeBytes / bucketBytes : rounded;
};

/** Buckets that the kernel takes from the RAM, not yet rounded. */
const automaticBuckets = ({ tableSize, pageSizeBytes }: KernelRules, memTotalKiB: number): number => {
  const countedBytes = Math.floor((memTotalKiB * KiB) / pageSizeBytes) * pageSizeBytes;
  const step = tableSize.steps.find(({ aboveBytes }) => countedBytes > aboveBytes);
  const computed = Math.floor(Math.floor(countedBytes / RAM_PER_BUCKET_BYTE) / tableSize.bucketBytes);
  return Math.max(step?.buckets ?? computed, tableSize.minimumBuckets);
};

/** Problems with the RAM that a kernel shall size its table by. */
export const problemsOfMemory = (memTotalKiB: number): readonly Problem[] =>
  Number.isSafeInteger(memTotalKiB * KiB) && Number.isInteger(memTotalKiB) && memTotalKiB > 0
    ? []
    : [
        {
          path: "memTotalKiB",
          value: memTotalKiB,
          limit: `must be a whole number of KiB, 1 to ${Math.floor(Number.MAX_SAFE_INTEGER / KiB)}`,
          source: "/proc/meminfo, MemTotal",
          remedy: "Write the number that /proc/meminfo prints after MemTotal.",
        },
      ];

/** Problems with a number of buckets that is asked for, as a module parameter or at run time. */
export const checkBuckets = (rules: KernelRules, buckets: number, path: string): readonly Problem[] => {
  const problem = (limit: string, source: string, remedy: string): readonly Problem[] => [
    { path, value: buckets, limit, source, remedy },
  ];
  if (!Number.isInteger(buckets) || buckets < 0) {
    return problem(
      "must be a whole number that is not negative",
      "kernel/params.c: EINVAL",
      "Write a number of buckets, or leave it out for the kernel's own size.",
    );
  }
  const { maximumBuckets } = rules.tableSize;
  if (roundBuckets(rules, buckets) > maximumBuckets) {
    return problem(
      `must be at most ${maximumBuckets} after rounding`,
      "nf_conntrack_core.c, nf_ct_alloc_hashtable: ENOMEM",
      "Ask for fewer buckets.",
    );
  }
  return [];
};

const checkHashsize = (rules: KernelRules, hashsize: number): readonly Problem[] =>
  rules.tableSize.acceptsHashsize || hashsize === 0
    ? checkBuckets(rules, hashsize, "hashsize")
    : [
        {
          path: "hashsize",
          value: hashsize,
          limit: `does not exist in ${rules.release.text}`,
          source: "net/ipv4/netfilter/ip_conntrack_core.c, 2.4.0",
          remedy: "Leave it out.",
        },
      ];

/** As `defaultTable`; wrong where memTotalKiB or hashsize is something that the kernel refuses. */
export const tryDefaultTable = (
  rules: KernelRules,
  { memTotalKiB, hashsize = 0 }: DefaultTableRequest,
): Checked<DefaultTable> => {
  const problems = [...problemsOfMemory(memTotalKiB), ...checkHashsize(rules, hashsize)];
  if (problems.length > 0) return invalid(problems);

  const { tableSize } = rules;
  const given = hashsize > 0;
  const unrounded = given ? hashsize : automaticBuckets(rules, memTotalKiB);
  const buckets = roundBuckets(rules, unrounded);
  const factor = given ? tableSize.maxPerGivenBucket : tableSize.maxPerBucket;
  const lists = tableSize.expectations && Math.max(Math.floor(buckets / tableSize.expectations.bucketsPerList), 1);
  return valid({
    buckets,
    max: (tableSize.maxFromRounded ? buckets : unrounded) * factor,
    expectMax: tableSize.expectations && lists && lists * tableSize.expectations.maxPerList,
    entryBytes: rules.entry.objectBytes,
    tableBytes: buckets * tableSize.bucketBytes,
    era: rules.era,
  });
};

/**
 * What this kernel makes of so much RAM by itself, or when only `hashsize` is given.
 * @throws ProblemsError where memTotalKiB or hashsize is something that the kernel refuses
 */
export const defaultTable = (rules: KernelRules, request: DefaultTableRequest): DefaultTable =>
  valueOrThrow(tryDefaultTable(rules, request), "The kernel's own table cannot be worked out.");

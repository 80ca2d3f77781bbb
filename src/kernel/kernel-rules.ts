/** One kernel's rules, assembled from the tables. */
import { type Architecture, readArchitecture } from "./architecture";
import { type Row, lookup, lookupRow } from "./lookup";
import { defaultPageSizeBytes, PAGE_SIZES_BYTES, PAGE_SIZES_SOURCE } from "./page-size";
import { pathRules } from "./paths";
import type { Problem } from "../validation/problems";
import { type Checked, invalid, problemsIn, valid, valueOrThrow } from "../validation/validation";
import { type KernelRelease, readKernelRelease } from "./release";
import type {
  EarlyDropRules,
  EntryRules,
  FullTableRules,
  GarbageCollectionRules,
  KernelRules,
  TableSizeRules,
  TcpRules,
} from "./rules";
import { CHAIN_LIMIT, SLOW_NODES_PER_BUCKET } from "./tables/chain-limit";
import { type EntryLayout, EXTENSION_BY_DEFAULT, EXTENSION_BYTES, LAYOUT_32, LAYOUT_64 } from "./tables/entry";
import { ERA, MODULE } from "./tables/era";
import { COLLECTOR_KILLS, DYING_LIST_ENDS_WALK, MAXIMUM_MAX, LOG_LINE, SEARCH, MINIMUM_MAX } from "./tables/full-table";
import { GARBAGE_COLLECTION } from "./tables/garbage-collection";
import {
  ICMP_DELETED_WHEN_ANSWERED,
  RESET_SETS_CLOSE_TIMEOUT,
  STATE_TABLE,
  SYN_RETRANSMISSION_KEEPS_DEADLINE,
  TRACKS_WINDOW,
  UDP_ASSURED_AFTER_SECONDS,
  UNACKNOWLEDGED_TIMEOUT,
} from "./tables/protocols";
import {
  ACCEPTS_HASHSIZE,
  EXPECTATIONS,
  MAXIMUM_TABLE_BYTES,
  MAX_FROM_ROUNDED,
  MAX_PER_BUCKET,
  MAX_PER_GIVEN_BUCKET,
  MINIMUM_BUCKETS,
  POINTERS_PER_BUCKET,
  RAM_COUNTER,
  RESIZABLE,
  ROUNDS_TO_PAGE,
  SAME_SIZE_REALLOCATES,
  STEPS_32,
  STEPS_64,
  TABLE_PER_NAMESPACE,
} from "./tables/table-size";
import { flagRules, MAXIMUM_HZ, timeoutRules } from "./timeouts";

/** Which kernel on which machine. */
export interface KernelRequest {
  /** What `uname -r` prints. */
  readonly kernel: string;
  /** What `uname -v` prints, or Ubuntu's /proc/version_signature: shows the upstream patch level. */
  readonly unameVersion?: string | undefined;
  /** What `uname -m` prints. */
  readonly arch: string;
  /** What `getconf PAGESIZE` prints; the distribution's usual page for this machine unless given. */
  readonly pageSizeBytes?: number | undefined;
  /** Ticks per second (CONFIG_HZ); 250 for the collector and the portable bounds for timeouts unless given. */
  readonly hz?: number | undefined;
}

/** HZ of Debian's and Ubuntu's kernels, taken where none is given. */
export const DEFAULT_HZ = 250;

const checkPageSize = (pageSizeBytes: number | undefined): readonly Problem[] =>
  pageSizeBytes === undefined || PAGE_SIZES_BYTES.some((known) => known === pageSizeBytes)
    ? []
    : [
        {
          path: "pageSizeBytes",
          value: pageSizeBytes,
          limit: `must be one of ${PAGE_SIZES_BYTES.join(", ")} bytes`,
          source: PAGE_SIZES_SOURCE,
          remedy: "Write what `getconf PAGESIZE` prints on the host, or leave it out.",
        },
      ];

const checkHz = (hz: number | undefined): readonly Problem[] =>
  hz === undefined || (Number.isInteger(hz) && hz >= 24 && hz <= MAXIMUM_HZ)
    ? []
    : [
        {
          path: "hz",
          value: hz,
          limit: `must be a whole number of ticks per second, 24 to ${MAXIMUM_HZ}`,
          source: "kernel/Kconfig.hz and arch/*/Kconfig, HZ",
          remedy: "Write CONFIG_HZ of the host's kernel (/boot/config-*), or leave it out.",
        },
      ];

const tableSizeRules = (release: KernelRelease, { bits, pointerBytes }: Architecture): TableSizeRules => {
  const bucketBytes = lookup(POINTERS_PER_BUCKET, release) * pointerBytes;
  return {
    bucketBytes,
    steps: lookup(bits === 64 ? STEPS_64 : STEPS_32, release),
    minimumBuckets: lookup(MINIMUM_BUCKETS, release),
    maxPerBucket: lookup(MAX_PER_BUCKET, release),
    maxPerGivenBucket: MAX_PER_GIVEN_BUCKET,
    roundsToPage: lookup(ROUNDS_TO_PAGE, release),
    maxFromRounded: lookup(MAX_FROM_ROUNDED, release),
    acceptsHashsize: lookup(ACCEPTS_HASHSIZE, release),
    maximumBuckets: Math.floor(lookup(MAXIMUM_TABLE_BYTES, release) / bucketBytes),
    expectations: lookupRow(EXPECTATIONS, release)?.value,
    ramCounter: lookup(RAM_COUNTER, release),
    resizable: lookup(RESIZABLE, release),
    sameSizeReallocates: lookup(SAME_SIZE_REALLOCATES, release),
  };
};

const entryRules = (release: KernelRelease, architecture: Architecture): EntryRules => {
  const rows: readonly Row<EntryLayout>[] = architecture.bits === 64 ? LAYOUT_64 : LAYOUT_32;
  const layout = lookup(rows, release);
  const alignment = layout.alignment === "cacheLine" ? architecture.cacheLineBytes : architecture.pointerBytes;
  return {
    objectBytes: Math.ceil(layout.bytes / alignment) * alignment,
    objectBytesMeasured: layout.measured && architecture.cacheLineBytes === 64,
    extensionBytes: lookup(EXTENSION_BYTES, release),
    extensionByDefault: lookup(EXTENSION_BY_DEFAULT, release),
  };
};

const fullTableRules = (release: KernelRelease): FullTableRules => {
  const minimumMax = lookup(MINIMUM_MAX, release);
  return {
    zeroMaxIsUnlimited: minimumMax === 0,
    minimumMax,
    maximumMax: MAXIMUM_MAX,
    logLine: lookup(LOG_LINE, release),
  };
};

const earlyDropRules = (release: KernelRelease): EarlyDropRules => ({
  ...lookup(SEARCH, release),
  dyingListEndsWalk: lookup(DYING_LIST_ENDS_WALK, release),
  collectorKillsAbove95Percent: lookup(COLLECTOR_KILLS, release),
});

const garbageCollectionRules = (release: KernelRelease, hz: number): GarbageCollectionRules => {
  const row = lookup(GARBAGE_COLLECTION, release);
  if (row.kind !== "averaging") return row;
  const { initial, ...rest } = row;
  return { ...rest, initialSeconds: "seconds" in initial ? initial.seconds : initial.jiffies / hz };
};

const tcpRules = (release: KernelRelease): TcpRules => ({
  tracksWindow: lookup(TRACKS_WINDOW, release),
  synRetransmissionKeepsDeadline: lookup(SYN_RETRANSMISSION_KEEPS_DEADLINE, release),
  resetSetsCloseTimeout: lookup(RESET_SETS_CLOSE_TIMEOUT, release),
  unacknowledgedTimeout: lookup(UNACKNOWLEDGED_TIMEOUT, release),
  stateTable: lookup(STATE_TABLE, release),
});

/** Every problem with what is given of a request; what is left out is not looked at. */
export const problemsOfKernel = (request: Partial<KernelRequest>): Problem[] => [
  ...(request.kernel === undefined ? [] : problemsIn(readKernelRelease(request.kernel, request.unameVersion))),
  ...(request.arch === undefined ? [] : problemsIn(readArchitecture(request.arch))),
  ...checkPageSize(request.pageSizeBytes),
  ...checkHz(request.hz),
];

const rulesOf = (request: KernelRequest, release: KernelRelease, architecture: Architecture): KernelRules => ({
  release,
  architecture,
  pageSizeBytes: request.pageSizeBytes ?? defaultPageSizeBytes(release, architecture),
  era: lookup(ERA, release),
  module: lookup(MODULE, release),
  tableSize: tableSizeRules(release, architecture),
  entry: entryRules(release, architecture),
  tablePerNamespace: lookup(TABLE_PER_NAMESPACE, release),
  chainLimit: lookupRow(CHAIN_LIMIT, release)?.value.limit,
  safeNodesPerBucket: lookupRow(CHAIN_LIMIT, release)?.value.safeNodesPerBucket ?? SLOW_NODES_PER_BUCKET,
  fullTable: fullTableRules(release),
  earlyDrop: earlyDropRules(release),
  garbageCollection: garbageCollectionRules(release, request.hz ?? DEFAULT_HZ),
  udp: { assuredAfterSeconds: lookup(UDP_ASSURED_AFTER_SECONDS, release) },
  tcp: tcpRules(release),
  icmp: { deletedWhenAllAnswered: lookup(ICMP_DELETED_WHEN_ANSWERED, release) },
  timeouts: timeoutRules(release, request.hz),
  flags: flagRules(release),
  paths: pathRules(release),
});

/** As `kernelRules`, with every problem of the request instead of an error. */
export const tryKernelRules = (request: KernelRequest): Checked<KernelRules> => {
  const release = readKernelRelease(request.kernel, request.unameVersion);
  const architecture = readArchitecture(request.arch);
  const problems = problemsOfKernel(request);
  return problems.length === 0 && release.ok && architecture.ok
    ? valid(rulesOf(request, release.value, architecture.value))
    : invalid(problems);
};

/**
 * Everything that this package knows of what one kernel does on one machine.
 * @throws ProblemsError with every problem of the request: release, machine, page size, HZ
 */
export const kernelRules = (request: KernelRequest): KernelRules =>
  valueOrThrow(tryKernelRules(request), "The kernel's rules cannot be worked out.");

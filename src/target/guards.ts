/** What must be true of a host before anything is written; a host on which it is not is refused. */
import type { KernelRules } from "../kernel/rules";
import { countedShare } from "../sizing/memory";
import { KiB } from "../text/units";
import { bucketsTaken } from "./live-values";
import type { TargetRequest } from "./request";

export interface TargetGuards {
  /** Least MemTotal: a host with less contradicts the declared RAM. */
  readonly minimumRamKiB: number;
  /** Least RAM (LowTotal on 32 bits) from which on the full table fits its share. */
  readonly minimumLowKiB: number;
  /** Memory of the planned buckets. */
  readonly tableKiB: number;
  /** Least free memory where the table is resized, while the old one is still there. */
  readonly minimumFreeKiB: number;
  /** What a kernel of the planned era shows. */
  readonly era: {
    readonly module: KernelRules["module"];
    /** The number of buckets can be written by sysctl. */
    readonly bucketsWritable: boolean;
    readonly bucketsTaken: "live" | "load" | "none";
    /** Its statistics count chains that are too long. */
    readonly chainLimit: boolean;
  };
  /** Each network namespace may hold so many entries, unless max may shrink below what is there. */
  readonly maximumEntries: number | undefined;
  /** Max may not become less than it is. */
  readonly keepsMax: boolean;
  /** Whose settings may be taken over, beside its own: `project/stack/name`, or `any`. */
  readonly adopt?: string;
}

/** Entries may fill this part of a new max. */
export const roomForEntries = 0.8;

/** A new table may take a quarter of the free memory. */
const tablesInFreeMemory = 4;

const kibibytes = (bytes: number): number => Math.ceil(bytes / KiB);

export const targetGuards = (request: TargetRequest): TargetGuards => {
  const { rules, settings, memory, memTotalKiB, memoryShare, allowShrink = false, adopt } = request;
  return {
    minimumRamKiB: Math.ceil(memTotalKiB * countedShare),
    minimumLowKiB: Math.ceil(kibibytes(memory.fullBytes) / memoryShare),
    tableKiB: kibibytes(memory.tableBytes),
    minimumFreeKiB: tablesInFreeMemory * kibibytes(memory.tableBytes),
    era: {
      module: rules.module,
      bucketsWritable: rules.paths.bucketsWritable,
      bucketsTaken: bucketsTaken(rules),
      chainLimit: rules.chainLimit !== undefined,
    },
    maximumEntries: allowShrink ? undefined : Math.floor(settings.max * roomForEntries),
    keepsMax: !allowShrink,
    ...(adopt === undefined ? {} : { adopt }),
  };
};

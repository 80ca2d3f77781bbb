/** What a host said of itself, in the form in which a plan takes it: equal machines say the same. */
import type { HostReport, ReadBack } from "../delivery/answer/read-back";
import type { HostFacts } from "../plan/request";
import { KiB } from "../text/units";
import { fleetHost, type HostRecord } from "./host-record";

/** What a plan needs to know of a host, and what stands there now. */
export interface HostReading {
  readonly facts: HostFacts;
  /** Live values and entries; absent while no table is there. */
  readonly max?: number;
  readonly buckets?: number;
  readonly entries?: number;
}

/** Classes of RAM between a power of two and the next. */
const classesPerOctave = 8;

/**
 * RAM rounded down to its class, an eighth of the power of two below it: 15.6 GiB count as 15, 7.7 as 7.5. Machines of
 * one size differ by some MiB, and so does one machine from kernel to kernel.
 */
export const memoryClassMiB = (memTotalKiB: number): number => {
  const memoryMiB = Math.max(1, Math.floor(memTotalKiB / KiB));
  const step = Math.max(1, 2 ** Math.floor(Math.log2(memoryMiB)) / classesPerOctave);
  return Math.floor(memoryMiB / step) * step;
};

/** The next greater class of the same RAM: what a class below it may become by a new kernel. */
export const isNextClass = (oneMiB: number, otherMiB: number): boolean => {
  const [less, more] = [Math.min(oneMiB, otherMiB), Math.max(oneMiB, otherMiB)];
  return more <= less * (1 + 1 / classesPerOctave);
};

/** From the answer of `facts`. */
export const readingOf = (report: HostReport): HostReading => {
  const { arch, kernel, versionSignature, unameVersion, cores, pageSizeBytes, lowTotalKiB, settings, entries } = report;
  const { max, buckets } = settings;
  return {
    facts: {
      memoryMiB: memoryClassMiB(report.memTotalKiB),
      ...{ arch, kernel, cores },
      unameVersion: versionSignature ?? unameVersion,
      ...(pageSizeBytes === undefined ? {} : { pageSizeBytes: pageSizeBytes }),
      ...(lowTotalKiB === undefined ? {} : { lowTotalKiB: memoryClassMiB(lowTotalKiB) * KiB }),
    },
    ...{ max, buckets, entries },
  };
};

/**
 * The same from the answer of `verify`, where the state has all facts from the host itself and its kernel is still the
 * same; undefined where it has to be asked.
 */
export const readingAgain = (record: HostRecord, answer: ReadBack): HostReading | undefined => {
  if (record.factsFromHost !== true || record.kernel !== answer.kernel) return undefined;
  const host = fleetHost(record);
  if (!host.ok) return undefined;
  const { max, buckets } = answer.settings;
  const facts = { ...host.value.facts, memoryMiB: memoryClassMiB(answer.memTotalKiB) };
  return { facts, ...{ max, buckets, entries: answer.entries } };
};

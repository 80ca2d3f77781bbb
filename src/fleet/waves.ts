/**
 * Which wave of a rollout a host belongs to. Only its own name and the thresholds decide, so that a host that comes or
 * goes moves no other one.
 */
import { createHash } from "node:crypto";

/** One wave that holds everything. */
export const oneWave: readonly number[] = [100];

/** 32 bits of the hash are read. */
const hashRange = 2 ** 32;

/** Where a name stands between 0 and 100: the first 32 bits of its SHA-256 as a percentage, below 100. */
export const percentileOf = (name: string): number =>
  (createHash("sha256").update(name).digest().readUInt32BE(0) / hashRange) * 100;

/**
 * The wave of a host, counted from 1.
 * @param thresholds cumulative percentages in rising order, the last of them 100
 */
export const waveOf = (name: string, thresholds: readonly number[]): number => {
  const percentile = percentileOf(name);
  return thresholds.findIndex((threshold) => percentile < threshold) + 1;
};

/** The names of each wave, in the order given; a wave may be empty. */
export const namesByWave = (
  names: readonly string[],
  thresholds: readonly number[],
): readonly (readonly string[])[] => {
  const waves = thresholds.map((): string[] => []);
  for (const name of names) waves[waveOf(name, thresholds) - 1]?.push(name);
  return waves;
};

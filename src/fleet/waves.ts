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

/** One wave of a fleet. */
export interface Wave {
  /** Name of its resource, and part of the tokens on its hosts. */
  readonly name: string;
  readonly hosts: readonly string[];
  /** Where it stands among the others, in words. */
  readonly place: string;
}

/** The place of a wave without others. */
export const onlyWave = "1 of 1";

/** Ending of the name of the wave that is tried first; the others are numbered. */
const canaryEnding = "canary";

/** The fleet of a wave by its name. */
export const fleetOfWave = (wave: string): string => wave.replace(new RegExp(`-(\\d+|${canaryEnding})$`), "");

/**
 * The waves in their order; one may be empty. With the fleet's name in theirs: a fleet that is renamed, or a host that
 * goes over to another, is no longer its own.
 * @param canary names of the hosts of a first wave of their own; they are in no other
 */
export const wavesOf = (
  fleet: string,
  names: readonly string[],
  { canary = [], waves }: { readonly canary?: readonly string[]; readonly waves: readonly number[] },
): readonly Wave[] => {
  const first = new Set(canary);
  const numbered = waves.map((): string[] => []);
  for (const name of names) if (!first.has(name)) numbered[waveOf(name, waves) - 1]?.push(name);
  const all = [
    ...(first.size > 0 ? [{ ending: canaryEnding, hosts: names.filter((name) => first.has(name)) }] : []),
    ...numbered.map((hosts, index) => ({ ending: String(index + 1), hosts })),
  ].map(({ ending, hosts }) => ({ name: `${fleet}-${ending}`, hosts }));
  return all.map((wave, index) => {
    const before = all[index - 1];
    return { ...wave, place: `${index + 1} of ${all.length}${before === undefined ? "" : `, after ${before.name}`}` };
  });
};

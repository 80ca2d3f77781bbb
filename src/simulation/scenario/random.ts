/**
 * Reproducible random numbers: sfc32 (C. Doty-Humphrey, PractRand), 32 bits a call, no allocation.
 * The same seed gives the same numbers on every machine, because only integer operations are used.
 */

/** Four words of state; create it with `seedRandom`. */
export type RandomState = Int32Array;

const ROUNDS_OF_WARMING_UP = 12;

/** The state that follows from a seed. @param seed whole number, 0 to 2^53 - 1 */
export const seedRandom = (seed: number): RandomState => {
  const state = Int32Array.of(seed | 0, Math.floor(seed / 2 ** 32) | 0, 0x9e3779b9 | 0, 1);
  for (let round = 0; round < ROUNDS_OF_WARMING_UP; round += 1) nextInt32(state);
  return state;
};

/** A uniform signed 32-bit integer. */
export const nextInt32 = (state: RandomState): number => {
  const b = state[1] as number;
  const c = state[2] as number;
  const counter = state[3] as number;
  const result = ((((state[0] as number) + b) | 0) + counter) | 0;
  state[0] = b ^ (b >>> 9);
  state[1] = (c + (c << 3)) | 0;
  state[2] = (((c << 21) | (c >>> 11)) + result) | 0;
  state[3] = (counter + 1) | 0;
  return result;
};

/** A uniform number in (0, 1]: never 0, so that a logarithm or a power of it is finite. */
export const nextUnit = (state: RandomState): number => ((nextInt32(state) >>> 0) + 1) / 2 ** 32;

/** A uniform whole number in 0 .. range - 1. */
export const nextBelow = (state: RandomState, range: number): number =>
  ((nextInt32(state) >>> 0) * range * 2 ** -32) | 0;

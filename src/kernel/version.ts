/** Kernel versions as three numbers, and how they compare. */

/** `[5, 10, 262]`; for 2.4 and 2.6 the third number is the release (`[2, 6, 32]`) and a fourth one is left out. */
export type KernelVersion = readonly [major: number, minor: number, patch: number];

/** Negative where `a` is older than `b`, 0 where they are the same, positive where it is newer. */
export const compareVersions = (a: KernelVersion, b: KernelVersion): number =>
  a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

/** True where both belong to one stable series (5.10.1 and 5.10.262); 2.4 and 2.6 have none in this sense. */
export const sameSeries = (a: KernelVersion, b: KernelVersion): boolean => a[0] >= 3 && a[0] === b[0] && a[1] === b[1];

/** `5.10.262`. */
export const formatVersion = (version: KernelVersion): string => version.join(".");

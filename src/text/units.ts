/** Sizes of memory. */

/** Bytes of a KiB; KiB of a MiB. */
export const KiB = 1024;

/** Bytes of a MiB. */
export const MiB = KiB * KiB;

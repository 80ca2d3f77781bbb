/** Most that an `int` of the kernel holds: include/vdso/limits.h. */
export const INT_MAX = 2 ** 31 - 1;

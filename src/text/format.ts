/** Numbers as people read them. */

const mebibyte = 2 ** 20;

/** Bytes as whole MiB, below 10 MiB with one decimal: `98 MiB`, `2.5 MiB`. */
export const formatMiB = (bytes: number): string => {
  const value = bytes / mebibyte;
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} MiB`;
};

/** A share, 0 to 1, in percent with one decimal: `0.6 %`; very small ones as `< 0.1 %`. */
export const formatPercent = (share: number): string => {
  const percent = share * 100;
  return percent > 0 && percent < 0.05 ? "< 0.1 %" : `${Number(percent.toFixed(1))} %`;
};

const units: readonly (readonly [seconds: number, name: string])[] = [
  [86400, "day"],
  [3600, "hour"],
  [60, "minute"],
];

/** Seconds in their greatest even unit: `5 days`, `2 hours`, `90 seconds`. */
export const formatSeconds = (seconds: number): string => {
  const [size, name] = units.find(([unit]) => seconds >= unit && seconds % unit === 0) ?? [1, "second"];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? "" : "s"}`;
};

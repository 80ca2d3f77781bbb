/** Numbers as people read them. */
import { MiB } from "./units";

/** A whole number with its thousands apart: `1,048,576`. */
export const formatCount = (count: number): string => Math.round(count).toLocaleString("en-US");

/** A number with at most so many decimals: `1.25`, `2`. */
export const formatDecimal = (value: number, decimals: number): string => String(Number(value.toFixed(decimals)));

/** Bytes as whole MiB, below 10 MiB with one decimal: `98 MiB`, `2.5 MiB`. */
export const formatMiB = (bytes: number): string => {
  const value = bytes / MiB;
  return `${value < 10 ? formatDecimal(value, 1) : Math.round(value)} MiB`;
};

/** A share, 0 to 1, in percent with one decimal: `0.6 %`, `75.0 %`; very small ones as `< 0.1 %`. */
export const formatPercent = (share: number): string => {
  const percent = share * 100;
  return percent > 0 && percent < 0.05 ? "< 0.1 %" : `${percent.toFixed(1)} %`;
};

const units: readonly (readonly [seconds: number, name: string])[] = [
  [86400, "day"],
  [3600, "hour"],
  [60, "minute"],
];

/** A timeout, whole seconds, in its largest even unit: `5 days`, `2 hours`, `90 seconds`. */
export const formatSeconds = (seconds: number): string => {
  const [size, name] = units.find(([unit]) => seconds >= unit && seconds % unit === 0) ?? [1, "second"];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? "" : "s"}`;
};

/** A measured time in seconds with one decimal: `12.5 s`. */
export const formatElapsed = (seconds: number): string => `${seconds.toFixed(1)} s`;

/** How long something took, in the words for its size: `12.5 s`, `5 min 12 s`, `2 h 5 min`. */
export const formatDuration = (seconds: number): string => {
  if (seconds < 60) return formatElapsed(seconds);
  const [whole, perMinute] = [Math.round(seconds), 60];
  const minutes = Math.floor(whole / perMinute);
  return minutes < perMinute
    ? `${minutes} min ${whole % perMinute} s`
    : `${Math.floor(minutes / perMinute)} h ${minutes % perMinute} min`;
};

/**
 * How full the table has been, by the max in force at the time. The packet path only keeps the highest count since the
 * last look, so that no packet pays for a division; each second, and before each new max, that count is held against max.
 */
import type { Fullest, Model } from "./model";

export const createFullest = (): Fullest => ({ fill: -1, count: 0, max: 0 });

/** Holds a count against the max in force. */
export const compare = (fullest: Fullest, count: number, { max, realMax }: Model): void => {
  const fill = count / max;
  if (max === Infinity || fill <= fullest.fill) return;
  fullest.fill = fill;
  fullest.count = count;
  fullest.max = realMax;
};

/** Takes the highest count since the last look into the run's figures. */
export const lookAtPeak = (model: Model): void => {
  const { counters, table } = model;
  if (counters.recentPeak > counters.peak) counters.peak = counters.recentPeak;
  compare(model.fullest, counters.recentPeak, model);
  counters.recentPeak = table.count;
};

/** Puts another max in force. One that another write replaces within the tick was never in force. */
export const writeMax = (model: Model, max: number, realMax: number, now: number): void => {
  if (now > model.maxSince) lookAtPeak(model);
  model.max = max;
  model.realMax = realMax;
  model.maxSince = now;
};

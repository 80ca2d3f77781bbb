import type { TrafficClass } from "../simulation/scenario/scenario";

/** Flows of one kind at a constant rate; the fields are those of a scenario's class. */
export type SteadyClass = Omit<
  TrafficClass,
  "startSeconds" | "endSeconds" | "newEachSecond" | "flood" | "newPerSecond"
> & {
  /** New flows each second. */
  readonly newPerSecond: number;
};

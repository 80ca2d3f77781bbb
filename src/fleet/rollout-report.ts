/** A rollout as data: what a page about it is made of. */
import type { UpdateSummary } from "./wave/wave-state";

/** One wave in a report. */
export interface ReportedWave {
  readonly name: string;
  /** Where it stands among the others, in words. */
  readonly place?: string;
  readonly hosts: number;
  readonly pending: readonly string[];
  /** Since when each of them is, ISO 8601 in UTC. */
  readonly pendingSince?: Readonly<Record<string, string>>;
  /** Absent where nothing was ever done. */
  readonly lastUpdate?: UpdateSummary;
}

export interface RolloutReport {
  /** `project/stack`. */
  readonly owner: string;
  /** In the order in which they are rolled out. */
  readonly waves: readonly ReportedWave[];
}

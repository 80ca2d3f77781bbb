/** What the next update would change on a host, setting by setting, with the files that carry each. */
import type { ReadBack } from "../delivery/answer/read-back";
import type { PlanForKernel } from "../plan/plan";
import { ModuleState } from "../target/files";
import { targetRequest } from "../target/from-plan";
import { sortedTimeouts } from "../target/live-values";
import { carries, filePlaces } from "../target/persistence";
import { targetState } from "../target/target";
import { compareHost, competitionSentences, foundLive, plannedContent } from "./host-comparison";

export interface PlannedChange {
  /** `max`, `buckets`, a timeout's sysctl name, `module`, or the path of a file. */
  readonly key: string;
  /** Left out where it is not known. */
  readonly before?: number | string;
  readonly after: number | string;
  /** Paths of the files in which it persists. */
  readonly files: readonly string[];
  readonly note?: string;
}

export interface PlannedChanges {
  /** False where the host was not read, so that every setting may change. */
  readonly isRead: boolean;
  readonly changes: readonly PlannedChange[];
  /** Settings and files that stay as they are. */
  readonly unchanged: number;
  /** What the host itself gives reason to say. */
  readonly warnings: readonly string[];
}

/** From what a host answered to verify. */
export const changesOnHost = (planned: PlanForKernel, answer: ReadBack): PlannedChanges => {
  const comparison = compareHost(planned, answer);
  const { items, isLive, warnings } = comparison;
  const changes = items
    .filter(({ differs, isKept }) => differs && isKept !== true)
    .map(({ key, live, onDisk, planned: after, files, note }): PlannedChange => {
      const before = after === plannedContent ? (onDisk ?? "missing") : foundLive({ live }, isLive);
      return { key, before, after, files, ...(note === undefined ? {} : { note }) };
    });
  const kept = items
    .filter(({ isKept }) => isKept)
    .map(({ key, live, planned: wanted, note }) => `${key} stays ${live} and not ${wanted}: it is ${note}.`);
  return {
    isRead: true,
    changes,
    unchanged: items.length - changes.length,
    warnings: [...kept, ...(changes.length > 0 ? [...competitionSentences(comparison), ...warnings] : warnings)],
  };
};

/** Every setting with the files that carry it where the module is loaded and used. */
const allSettings = (planned: PlanForKernel): readonly PlannedChange[] => {
  const { settings, files } = targetState(targetRequest(planned));
  const places = filePlaces(files, ModuleState.ModuleInUse);
  const values = [
    ["max", settings.max] as const,
    ["buckets", settings.buckets] as const,
    ...sortedTimeouts(settings.timeouts),
  ];
  return values.map(([key, after]) => ({
    key,
    after,
    files: places
      .filter((place) => carries(place, key, planned.rules))
      .map((place) => place.map(({ path }) => path).join(" or ")),
  }));
};

/** Of a host that could not be read. */
export const changesUnread = (planned: PlanForKernel): PlannedChanges => ({
  isRead: false,
  changes: allSettings(planned),
  unchanged: 0,
  warnings: [],
});

/** Against what the kernel takes by itself at boot. */
export const changesOfDefaults = (planned: PlanForKernel): PlannedChanges => {
  const { kernelDefault } = planned.plan;
  const defaults: Readonly<Record<string, number | undefined>> = {
    ...kernelDefault,
    ...Object.fromEntries(
      Object.entries(planned.rules.timeouts).map(([key, { defaultSeconds }]) => [key, defaultSeconds]),
    ),
  };
  const all = allSettings(planned);
  const changes = all
    .map((change) => ({ ...change, before: defaults[change.key] }))
    .filter(({ before, after }) => before !== after);
  return { isRead: true, changes, unchanged: all.length - changes.length, warnings: [] };
};

/** The page of a rollout, in sentences that a terminal and a ticket share. */
import { nameHosts } from "../../fleet/host-changes";
import { nameFailed, plural, shownText } from "../../fleet/wave/report-lines";
import { fleetOfWave } from "../../fleet/waves";
import type { GateSummary, Outcome, UpdateSummary } from "../../fleet/wave/wave-state";
import type { ReportedWave, RolloutReport } from "../../fleet/rollout-report";
import { formatDuration } from "../../text/format";

const outcomeWords: Readonly<Record<Outcome, string>> = {
  set: "set",
  restored: "left the wave and have their own values again",
  putBack: "put back to what they had before",
  notPutBack: "could not be put back and hold the new values",
  failed: "failed",
  notBegun: "not begun",
};

/** `13 set, 2 failed`. */
export const outcomesText = ({ outcomes }: Pick<UpdateSummary, "outcomes">): string => {
  const parts = (Object.keys(outcomeWords) as Outcome[]).flatMap((outcome) => {
    const count = outcomes[outcome] ?? 0;
    return count === 0 ? [] : [`${count} ${outcomeWords[outcome]}`];
  });
  return parts.length === 0 ? "no host was touched" : parts.join(", ");
};

/** `passed after 600 s`. */
export const gateResult = ({ passed, soakSeconds }: GateSummary): string =>
  `${passed ? "passed" : "did not pass"}${soakSeconds > 0 ? ` after ${soakSeconds} s` : ""}`;

/** `5 hosts, at most fill 41 %, drop 0/s`. */
export const gateReadings = ({ hosts, highest }: GateSummary): string => {
  const shown = shownText(highest);
  return `${plural(hosts, "host")} read${shown === "" ? "" : `, at most ${shown}`}`;
};

/** To the second: nobody waits for a wave in milliseconds. */
export const timeText = (time: string): string => time.replace(/\.\d+(?=Z$)/, "");

/** When a wave was worked on, and for how long. */
export const workText = ({ begun, seconds }: Pick<UpdateSummary, "begun" | "seconds">): string =>
  `begun ${timeText(begun)}, took ${formatDuration(seconds)}`;

/** Stands for a wave on which nothing was ever done, or by a release that kept no summary. */
export const noUpdate = "no update on record";

/** Hosts that are pending since the same time, the longest first; those of which nobody knows it last. */
export const pendingSentences = ({ pending, pendingSince = {} }: ReportedWave): readonly string[] => {
  const bySince = new Map<string, string[]>();
  for (const name of pending) {
    const since = Object.hasOwn(pendingSince, name) ? (pendingSince[name] ?? "") : "";
    const names = bySince.get(since) ?? [];
    bySince.set(since, names);
    names.push(name);
  }
  const last = "\uFFFF";
  return [...bySince]
    .sort(([one], [other]) => ((one || last) < (other || last) ? -1 : 1))
    .map(
      ([since, names]) =>
        `${names.length} pending${since === "" ? "" : ` since ${timeText(since)}`}: ${nameFailed(names)}`,
    );
};

const sum = (waves: readonly ReportedWave[], of: (wave: ReportedWave) => number): number =>
  waves.reduce((total, wave) => total + of(wave), 0);

/** Hosts of a rollout that do not hold what they shall yet. */
export const pendingCount = ({ waves }: RolloutReport): number => sum(waves, ({ pending }) => pending.length);

/** The fleet by the names of its waves. */
export const fleetName = ({ waves }: RolloutReport): string => {
  const fleets = new Set(waves.map(({ name }) => fleetOfWave(name)));
  return [...fleets].join(", ");
};

/** `shop/prod, fleet edge`. */
export const titleOf = (report: RolloutReport): string =>
  report.waves.length === 0 ? report.owner : `${report.owner}, fleet ${fleetName(report)}`;

/** `100 hosts in 3 waves: 12 pending in edge-1.` */
export const reportSummary = (report: RolloutReport): string => {
  const { waves } = report;
  const pending = pendingCount(report);
  const hosts = sum(waves, (wave) => wave.hosts);
  const unfinished = waves.filter((wave) => wave.pending.length > 0).map(({ name }) => name);
  const state = pending === 0 ? "nothing pending" : `${pending} pending in ${nameHosts(unfinished)}`;
  return `${plural(hosts, "host")} in ${plural(waves.length, "wave")}: ${state}.`;
};

/** Where a wave stands and how many hosts it has. */
export const waveTitle = ({ name, place, hosts }: ReportedWave): string =>
  `${name}${place === undefined ? "" : ` (wave ${place})`}: ${plural(hosts, "host")}`;

/** What comes before the command that goes on. */
export const goOnSentence = "Correct the cause; this does exactly what is pending, and then the waves that follow:";

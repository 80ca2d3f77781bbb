/** Runs settings against a declared load in the simulation: a steady state first, then the flood, then calm. */
import type { KernelRules } from "../kernel/rules";
import type { Settings } from "../kernel/settings";
import { valid, type Checked } from "../validation/validation";
import { simulateOnce } from "../simulation/cached";
import type { SimulationResult } from "../simulation/report/result";
import type { Scenario, TrafficClass } from "../simulation/scenario/scenario";
import { judge, type Verdict } from "../simulation/report/verdict";
import {
  entriesOf,
  floodTimeout,
  heldSeconds,
  lastTimeout,
  latenessSeconds,
  rateOf,
  pauseSeconds,
  timeoutSeconds,
} from "./steady-state";
import { busiestClasses, type Flood, type NamedClass, type Traffic } from "./traffic";

export interface JudgedRun {
  readonly result: SimulationResult;
  readonly verdict: Verdict;
}

/**
 * Seconds of steady load before the collector's pauses. What lives longer is put into the table at the start, because a
 * run of the five days that an established timeout may take would prove nothing more.
 */
const longestSteadySeconds = 240;
const minimumSteadySeconds = 60;
const minimumPauseSeconds = 30;
const seed = 1;

const floodPattern = { udp: "unreplied", tcp: "syn", icmp: "unreplied" } as const;

const floodClass = ({ protocol, newPerSecond, seconds }: Flood, startSeconds: number): TrafficClass => ({
  protocol,
  pattern: floodPattern[protocol],
  newPerSecond,
  startSeconds,
  endSeconds: startSeconds + seconds,
  flood: true,
});

/** A number in whole parts, the earlier ones not smaller. */
const evenly = (count: number, parts: number): number[] =>
  Array.from({ length: parts }, (_, i) => Math.floor((count + parts - 1 - i) / parts));

/** The scenario that judges the settings. */
export const judgingScenario = (rules: KernelRules, settings: Settings, traffic: Traffic): Scenario => {
  const classes = busiestClasses(traffic);
  const timeout = timeoutSeconds(rules, settings.timeouts);
  const held = ({ flows }: NamedClass): number => heldSeconds(rules, flows, timeout);
  const pause = Math.max(pauseSeconds(rules, settings.buckets), minimumPauseSeconds);
  // A pass may come just before the first entries expire; what they leave behind is most just before the next.
  const steady = Math.ceil(
    Math.min(Math.max(minimumSteadySeconds, ...classes.map(held)), longestSteadySeconds) + 2 * pause,
  );
  const { flood } = traffic;
  // Long enough for the flood's last entries to expire, and for the collector to find them.
  const calm = flood === undefined ? 0 : Math.ceil(timeout(floodTimeout(flood)) + pause) + 1;
  const durationSeconds = steady + (flood?.seconds ?? 0) + calm;

  const lateness = latenessSeconds(rules, rateOf(classes), settings.buckets);
  const missing = classes.map((each) =>
    Math.max(entriesOf(rules, each, timeout, lateness) - each.flows.newPerSecond * steady, 0),
  );
  // A table that is full already shows no more with more entries.
  const room = Math.min(1, settings.max / missing.reduce((sum, count) => sum + count, 0));
  const gathered = classes.flatMap(({ flows }, i) => {
    const count = Math.round((missing[i] ?? 0) * room);
    return count > 0 ? [{ flows, count, outlives: timeout(lastTimeout(rules, flows) ?? "") > durationSeconds }] : [];
  });
  return {
    kernel: rules.release.text,
    arch: rules.architecture.machine,
    pageSizeBytes: rules.pageSizeBytes,
    settings,
    durationSeconds,
    seed,
    // What the load would have gathered before the run: entries whose timeout outlives the run need no packets,
    preload: gathered.flatMap(({ flows: { protocol, pattern }, count, outlives }) =>
      outlives ? [{ protocol, pattern, count }] : [],
    ),
    traffic: [
      ...classes.map(({ flows }) => flows),
      // the others are alive, and their packets, spread over the interval, keep them so.
      ...gathered.flatMap(({ flows, count, outlives }): TrafficClass[] => {
        const { newPerSecond: _rate, arrivals: _arrivals, shape: _shape, ...alive } = flows;
        const spread = Math.min(Math.ceil(flows.intervalSeconds ?? 1), steady);
        return outlives ? [] : [{ ...alive, newEachSecond: evenly(count, spread), lifeSeconds: durationSeconds }];
      }),
      ...(flood === undefined ? [] : [floodClass(flood, steady)]),
    ],
    thinning: "auto",
  };
};

/** Runs and judges settings; the same question is answered once in a process. Wrong where the load cannot be run. */
export const runJudged = (rules: KernelRules, settings: Settings, traffic: Traffic): Checked<JudgedRun> => {
  const run = simulateOnce(judgingScenario(rules, settings, traffic), { rules });
  if (!run.ok) return run;
  return valid({ result: run.value, verdict: judge(run.value, { era: rules.era, settings, traffic }) });
};

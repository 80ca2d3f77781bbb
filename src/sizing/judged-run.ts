/** Runs settings against a declared load in the simulation: a steady state first, then the flood, then calm. */
import type { KernelRules } from "../kernel/rules";
import { simulateOnce } from "../simulation/cached";
import type { SimulationResult } from "../simulation/result";
import type { Scenario, ScenarioSettings, TrafficClass } from "../simulation/scenario";
import { judge, type Verdict } from "../simulation/verdict";
import { heldSeconds, lastTimeout, timeoutSeconds } from "./steady-state";
import { busiestClasses, type Flood, type NamedClass, type Traffic } from "./traffic";

export interface JudgedRun {
  readonly result: SimulationResult;
  readonly verdict: Verdict;
}

/**
 * Seconds of steady load that are run. What lives longer is put into the table at the start, because a run of the five
 * days that an established timeout may take would prove nothing more.
 */
const longestSteadySeconds = 240;
const leastSteadySeconds = 60;
/** Calm after the steady load or the flood; a pass of every era's collector falls into it, save the rare ones. */
const calmSeconds = 60;
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

/** The scenario that judges the settings. */
export const judgingScenario = (rules: KernelRules, settings: ScenarioSettings, traffic: Traffic): Scenario => {
  const classes = busiestClasses(traffic);
  const timeout = timeoutSeconds(rules, settings.timeouts ?? {});
  const held = ({ flows }: NamedClass): number => heldSeconds(rules, flows, timeout);
  const steady = Math.ceil(
    Math.min(Math.max(leastSteadySeconds, ...classes.map(held)), longestSteadySeconds) + calmSeconds,
  );
  const floodSeconds = traffic.flood?.seconds ?? 0;
  const durationSeconds = steady + (floodSeconds > 0 ? floodSeconds + calmSeconds : 0);
  const gathered = classes.flatMap((named) => {
    const count = Math.round(named.flows.newPerSecond * (held(named) - steady));
    return count > 0
      ? [{ named, count, outlives: timeout(lastTimeout(rules, named.flows) ?? "") > durationSeconds }]
      : [];
  });
  return {
    kernel: rules.release.text,
    arch: rules.architecture.machine,
    pageSizeBytes: rules.pageSizeBytes,
    settings,
    durationSeconds,
    seed,
    // What the load would have gathered before the run: entries whose timeout outlives the run need no packets,
    preload: gathered.flatMap(({ named: { flows }, count, outlives }) =>
      outlives ? [{ protocol: flows.protocol, pattern: flows.pattern, count }] : [],
    ),
    traffic: [
      ...classes.map(({ flows }) => flows),
      // the others are alive, and their packets keep them so.
      ...gathered.flatMap(({ named: { flows }, count, outlives }): TrafficClass[] => {
        const { newPerSecond: _rate, arrivals: _arrivals, shape: _shape, ...alive } = flows;
        return outlives ? [] : [{ ...alive, newEachSecond: [count], lifeSeconds: durationSeconds }];
      }),
      ...(traffic.flood === undefined ? [] : [floodClass(traffic.flood, steady)]),
    ],
    thinning: "auto",
  };
};

/**
 * Runs and judges settings; the same question is answered once in a process.
 * @throws ProblemsError where a class contradicts itself
 */
export const runJudged = (
  rules: KernelRules,
  settings: ScenarioSettings & { readonly timeouts: Readonly<Record<string, number>> },
  traffic: Traffic,
): JudgedRun => {
  const result = simulateOnce(judgingScenario(rules, settings, traffic), { rules });
  return { result, verdict: judge(result, { era: rules.era, settings, traffic }) };
};

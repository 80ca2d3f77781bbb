/** The declared load's part of a plan: the table that carries it, and the simulation's verdict on what will be set. */
import type { Settings, Timeouts } from "../kernel/settings";
import type { Problem } from "../validation/problems";
import { invalid, valid, type Checked } from "../validation/validation";
import {
  budgetBytes,
  fullBytesFor,
  maximumMaxWithin,
  floorOf,
  shareToHold,
  type SizingRequest,
} from "../sizing/from-ram";
import { countedShare, maximumMemoryShare } from "../sizing/memory";
import { fitTraffic, shortenings, type FittedTraffic, type Shortfall } from "../sizing/from-traffic";
import { runJudged, type JudgedRun } from "../sizing/judged-run";
import { settingsHash } from "../simulation/scenario/settings-hash";
import type { Traffic } from "../sizing/traffic";
import type { PlanContext } from "./context";
import { MiB } from "../text/units";
import { formatMiB, formatPercent } from "../text/format";
import { OnVerdict } from "./request";
import { memoryKind } from "./table-plan";
import { shortTimeoutName } from "./timeout-plan";

/** What the simulation says of a plan; nothing where no traffic was declared. */
export const VerdictOutcome = { Passed: "passed", Failed: "failed", NotJudged: "notJudged" } as const;
export type VerdictOutcome = (typeof VerdictOutcome)[keyof typeof VerdictOutcome];

export interface PlanVerdict {
  readonly outcome: VerdictOutcome;
  /** SHA-256 over kernel era, settings and traffic: another setting, another hash. */
  readonly settingsHash: string;
  /** Maximum number of entries in the run. */
  readonly peakEntries?: number;
  /** The same as a part of max, floods included. */
  readonly peakFill?: number;
  readonly drops?: number;
  readonly earlyDrops?: number;
  readonly chainRefusals?: number;
  readonly longestChain?: number;
  readonly meanNodesPerLookup?: number;
  readonly memoryBytesAtPeak?: number;
  readonly secondsToFull?: number;
  readonly secondsToRecover?: number;
  /** What fails and what to change, in sentences. */
  readonly failures: readonly string[];
}

const simulationSource = "the simulation of this kernel, docs/simulation.md";

/** True for what the simulation says of a request that is right: settings fail, or no table of this host carries the load. */
export const isOfVerdict = ({ source }: Problem): boolean => source === simulationSource;

const orUndefined = (value: number | null): number | undefined => value ?? undefined;

const storedVerdict = ({ result, verdict }: JudgedRun): PlanVerdict => ({
  outcome: verdict.passed ? VerdictOutcome.Passed : VerdictOutcome.Failed,
  settingsHash: verdict.settingsHash,
  peakEntries: result.peak,
  peakFill: orUndefined(result.peakFill),
  drops: result.drops,
  earlyDrops: result.earlyDrops,
  chainRefusals: result.chainRefusals,
  longestChain: result.longestChain,
  meanNodesPerLookup: result.meanNodesPerLookup,
  memoryBytesAtPeak: result.memoryBytesAtPeak,
  secondsToFull: orUndefined(result.secondsToFull),
  secondsToRecover: orUndefined(result.secondsToRecover),
  failures: verdict.failures,
});

/** Paths of a scenario's classes as the person wrote them. */
const asDeclared = (problems: readonly Problem[]): Checked<never> =>
  invalid(problems.map((problem) => ({ ...problem, path: problem.path.replace(/^traffic\[/, "traffic.classes[") })));

const isShortfall = (fitted: FittedTraffic | Shortfall): fitted is Shortfall => "neededEntries" in fitted;

/** How the memory could be enough; nothing where no memory is, because the kernel counts no further. */
const moreMemory = (sizing: SizingRequest, neededEntries: number): string[] => {
  if (neededEntries > sizing.rules.fullTable.maximumMax) return ["spread the load over more hosts"];
  const neededBytes = fullBytesFor(sizing, neededEntries);
  const ramMiB = Math.ceil(neededBytes / sizing.memoryShare / countedShare / MiB);
  const share = shareToHold(sizing, neededBytes);
  return [
    sizing.rules.architecture.bits === 32 ? "run a 64-bit kernel" : `give the host ${ramMiB} MiB of RAM`,
    ...(share > maximumMemoryShare ? [] : [`set memoryShare to ${share}`]),
  ];
};

const shortfallProblem = ({ sizing }: PlanContext, short: Shortfall): Problem => {
  const { neededEntries, affordableEntries, heaviest } = short;
  const neededBytes = fullBytesFor(sizing, neededEntries);
  const ways = moreMemory(sizing, neededEntries);
  if (heaviest !== undefined) {
    const { name, entries, neededWithoutIt } = heaviest;
    ways.push(
      `exempt ${name} (${entries} entries) from tracking by a NOTRACK rule, which leaves ${neededWithoutIt} to hold` +
        (neededWithoutIt > affordableEntries ? " and is not enough alone" : ""),
    );
  }
  return {
    path: "traffic",
    limit:
      `needs ${neededEntries} entries, ${formatMiB(neededBytes)}, even with the shortest timeouts that the plan may set; ` +
      `${formatPercent(sizing.memoryShare)} of the ${memoryKind(sizing)} holds ${affordableEntries}: ` +
      `${neededEntries - affordableEntries} entries and ${formatMiB(neededBytes - budgetBytes(sizing))} are missing`,
    source: simulationSource,
    remedy: `${ways.join(", or ").replace(/^./, (first) => first.toUpperCase())}.`,
  };
};

/** The table that carries the declared load; undefined where not even the smallest table of this host fits. */
export const planTraffic = (
  context: PlanContext,
  traffic: Traffic,
  timeouts: Timeouts,
): Checked<FittedTraffic | undefined> => {
  const { sizing, request } = context;
  const floorEntries = floorOf(sizing).floor;
  // planTable reports that: it has nothing to do with the load.
  if (floorEntries > maximumMaxWithin(sizing)) return valid(undefined);
  const fitted = fitTraffic({
    sizing,
    traffic,
    timeouts,
    byHand: new Set(Object.keys(request.settings?.timeouts ?? {})),
    floorEntries,
    buckets: request.settings?.buckets,
  });
  if (!fitted.ok) return asDeclared(fitted.problems);
  return isShortfall(fitted.value) ? invalid([shortfallProblem(context, fitted.value)]) : valid(fitted.value);
};

/** Why a timeout was shortened for the load. */
export const shorteningReason = (sysctl: string, seconds: number): string => {
  const source = shortenings.find(({ timeout }) => timeout === shortTimeoutName(sysctl))?.source ?? "";
  return `Shortened to ${seconds} seconds, because the declared traffic does not fit otherwise; not below ${source}.`;
};

/** The verdict on the settings, with the warnings that follow from it; wrong where it fails and nobody let it pass. */
export const judgePlan = (
  context: PlanContext,
  traffic: Traffic | undefined,
  settings: Settings,
): Checked<{ readonly verdict: PlanVerdict; readonly warnings: readonly string[] }> => {
  if (traffic === undefined) {
    const hash = settingsHash({ era: context.rules.era, settings });
    return valid({
      verdict: { outcome: VerdictOutcome.NotJudged, settingsHash: hash, failures: [] },
      warnings: [],
    });
  }
  const judged = runJudged(context.rules, settings, traffic);
  if (!judged.ok) return asDeclared(judged.problems);
  const verdict = storedVerdict(judged.value);
  if (verdict.failures.length === 0 || context.request.onVerdict === OnVerdict.Warn)
    return valid({ verdict, warnings: verdict.failures });
  return invalid(
    verdict.failures.map((failure) => ({
      path: "traffic",
      limit: failure.replace(/[.]$/, ""),
      source: simulationSource,
      remedy: "Change the settings, or set onVerdict to warn to go on nevertheless.",
    })),
  );
};

/** The declared load's part of a plan: the table that carries it, and the simulation's verdict on what will be set. */
import { ProblemsError, type Problem } from "../problems";
import { budgetBytes, shareToHold } from "../sizing/from-ram";
import { reserveShare } from "../sizing/memory";
import { fitTraffic, shortenings, type FittedTraffic, type Shortfall } from "../sizing/from-traffic";
import { runJudged, type JudgedRun } from "../sizing/judged-run";
import { roleFloor } from "../sizing/roles";
import { settingsHash } from "../simulation/settings-hash";
import type { Traffic } from "../sizing/traffic";
import type { PlanContext } from "./context";
import { formatMiB, formatPercent } from "./format";
import { OnVerdict } from "./request";
import { shortTimeoutName } from "./timeout-plan";

/** What the simulation says of a plan; nothing where no traffic was declared. */
export const VerdictOutcome = { Passed: "passed", Failed: "failed", NotJudged: "notJudged" } as const;
export type VerdictOutcome = (typeof VerdictOutcome)[keyof typeof VerdictOutcome];

export interface PlanVerdict {
  readonly outcome: VerdictOutcome;
  /** SHA-256 over kernel era, settings and traffic: another setting, another hash. */
  readonly settingsHash: string;
  /** Greatest number of entries in the run. */
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

interface PlannedSettings {
  readonly max: number;
  readonly buckets: number;
  readonly timeouts: Readonly<Record<string, number>>;
}

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
const asDeclared = (error: ProblemsError): Problem[] =>
  error.problems.map((problem) => ({ ...problem, path: problem.path.replace(/^traffic\[/, "traffic.classes[") }));

const withProblems = <T>(make: () => T): T | Problem[] => {
  try {
    return make();
  } catch (error) {
    if (error instanceof ProblemsError) return asDeclared(error);
    throw error;
  }
};

const isShortfall = (fitted: FittedTraffic | Shortfall): fitted is Shortfall => "neededEntries" in fitted;

const bytesPerMiB = 2 ** 20;

const shortfallProblem = ({ sizing }: PlanContext, short: Shortfall): Problem => {
  const { neededEntries, neededBytes, affordableEntries, heaviest } = short;
  const budget = budgetBytes(sizing);
  const ramMiB = Math.ceil(neededBytes / sizing.memoryShare / (1 - reserveShare) / bytesPerMiB);
  const rest = heaviest.neededWithoutIt;
  return {
    path: "traffic",
    limit:
      `needs ${neededEntries} entries, ${formatMiB(neededBytes)}, even with the shortest timeouts; ` +
      `${formatPercent(sizing.memoryShare)} of the memory holds ${affordableEntries}: ` +
      `${neededEntries - affordableEntries} entries and ${formatMiB(neededBytes - budget)} are missing`,
    source: "the simulation of this kernel, docs/simulation.md",
    remedy:
      `Give the host ${ramMiB} MiB of RAM, or set memoryShare to ${shareToHold(sizing, neededBytes)}, or exempt ${heaviest.name} ` +
      `(${heaviest.entries} entries) from tracking by a NOTRACK rule, which leaves ${rest} to hold` +
      `${rest > affordableEntries ? " and is not enough alone" : ""}.`,
  };
};

/** The table that carries the declared load. */
export const planTraffic = (
  context: PlanContext,
  traffic: Traffic,
  timeouts: Readonly<Record<string, number>>,
): FittedTraffic | Problem[] => {
  const { sizing, request } = context;
  const fitted = withProblems(() =>
    fitTraffic({
      sizing,
      traffic,
      timeouts,
      byHand: new Set(Object.keys(request.settings?.timeouts ?? {})),
      floorEntries: Math.max(sizing.kernelDefaultMax, roleFloor(sizing.role, sizing.cores)),
      buckets: request.settings?.buckets,
    }),
  );
  if (Array.isArray(fitted)) return fitted;
  return isShortfall(fitted) ? [shortfallProblem(context, fitted)] : fitted;
};

/** Why a timeout was shortened for the load. */
export const shorteningReason = (sysctl: string, seconds: number): string => {
  const source = shortenings.find(({ timeout }) => timeout === shortTimeoutName(sysctl))?.source ?? "";
  return `Shortened to ${seconds} seconds, because the declared traffic does not fit otherwise; not below ${source}.`;
};

/** The verdict on the settings, with the problems or warnings that follow from it. */
export const judgePlan = (
  context: PlanContext,
  traffic: Traffic | undefined,
  settings: PlannedSettings,
): { readonly verdict: PlanVerdict; readonly problems: Problem[]; readonly warnings: string[] } => {
  if (traffic === undefined) {
    const hash = settingsHash({ era: context.rules.era, settings });
    return {
      verdict: { outcome: VerdictOutcome.NotJudged, settingsHash: hash, failures: [] },
      problems: [],
      warnings: [],
    };
  }
  const judged = withProblems(() => runJudged(context.rules, settings, traffic));
  if (Array.isArray(judged)) {
    const hash = settingsHash({ era: context.rules.era, settings, traffic });
    return {
      verdict: { outcome: VerdictOutcome.NotJudged, settingsHash: hash, failures: [] },
      problems: judged,
      warnings: [],
    };
  }
  const verdict = storedVerdict(judged);
  if (context.request.onVerdict === OnVerdict.Warn) return { verdict, problems: [], warnings: [...verdict.failures] };
  return {
    verdict,
    problems: verdict.failures.map((failure) => ({
      path: "traffic",
      limit: failure.replace(/[.]$/, ""),
      source: "the simulation of this kernel, docs/simulation.md",
      remedy: "Change the settings, or set onVerdict to warn to go on nevertheless.",
    })),
    warnings: [],
  };
};

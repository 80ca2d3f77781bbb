/**
 * The smallest table that carries a declared load: an analytic first guess, the simulation as judge. Where memory does
 * not allow it, timeouts are shortened in a stated order, never below their floors.
 */
import type { Timeouts } from "../kernel/settings";
import { valid, type Checked } from "../validation/validation";
import { MAXIMUM_FLOOD_FILL, MAXIMUM_PEAK_FILL, type Verdict } from "../simulation/report/verdict";
import { bucketsFor, maximumMaxWithin, type SizingRequest } from "./from-ram";
import { runJudged, type JudgedRun } from "./judged-run";
import { minimumEstablished, roles } from "./roles";
import {
  entriesOf,
  floodTimeout,
  heldSeconds,
  lastTimeout,
  latenessSeconds,
  rateOf,
  timeoutSeconds,
} from "./steady-state";
import { busiestClasses, type Traffic } from "./traffic";

/** One step of the stated order: the timeout and the least that it is shortened to. */
interface Shortening {
  readonly timeout: string;
  readonly floorSeconds: number;
  readonly source: string;
}

/**
 * The order in which timeouts give way, the one that harms living connections least first.
 * An `established` entry that is silent for two hours is dead unless its peers have turned keepalive off.
 */
export const shortenings: readonly Shortening[] = [
  { timeout: "tcp_timeout_established", floorSeconds: minimumEstablished.seconds, source: "RFC 5382, REQ-5" },
  { timeout: "tcp_timeout_time_wait", floorSeconds: 60, source: "include/net/tcp.h, TCP_TIMEWAIT_LEN" },
  { timeout: "tcp_timeout_syn_sent", floorSeconds: 60, source: "RFC 6298: SYNs after 1, 3, 7, 15 and 31 s" },
  { timeout: "tcp_timeout_close_wait", floorSeconds: 60, source: "nf_conntrack_proto_tcp.c: the kernel's own" },
  { timeout: "tcp_timeout_unacknowledged", floorSeconds: 120, source: "RFC 1122, 4.2.3.5: R2 of at least 100 s" },
  { timeout: "generic_timeout", floorSeconds: 120, source: "Bottlerocket, release-sysctl.conf" },
  { timeout: "udp_timeout_stream", floorSeconds: 120, source: "RFC 4787, REQ-5" },
];

/** The size, the timeouts that had to be shortened for it, and the simulation's word. */
export interface FittedTraffic {
  readonly max: number;
  /** Only what was shortened, by sysctl name. */
  readonly shortened: Timeouts;
  /** Fails where no max helps, as where buckets set by hand make chains too long. */
  readonly verdict: Verdict;
}

/** Why nothing fits, and what would. */
export interface Shortfall {
  /** Entries that the load needs with the shortest timeouts, headroom included. */
  readonly neededEntries: number;
  readonly affordableEntries: number;
  /** What holds most entries, its number of them, and what the rest would need; absent where that helps nothing. */
  readonly heaviest?: { readonly name: string; readonly entries: number; readonly neededWithoutIt: number };
}

interface TrafficRequest {
  readonly sizing: SizingRequest;
  readonly traffic: Traffic;
  /** Timeouts of the role and by hand; those by hand are never shortened. */
  readonly timeouts: Timeouts;
  readonly byHand: ReadonlySet<string>;
  /** Fewest entries of the plan: the kernel's own and the role's. */
  readonly floorEntries: number;
  /** Buckets set by hand. */
  readonly buckets?: number;
}

const bucketsOf = ({ sizing, buckets }: TrafficRequest, max: number): number =>
  buckets ?? bucketsFor(sizing.rules, max, sizing);

const run = (request: TrafficRequest, timeouts: Timeouts, max: number): Checked<JudgedRun> =>
  runJudged(request.sizing.rules, { max, buckets: bucketsOf(request, max), timeouts }, request.traffic);

interface Guess {
  /** Entries by the name of a class or load; floods have one too. */
  readonly held: ReadonlyMap<string, number>;
  /** Max that leaves the headroom, by arithmetic. */
  readonly max: number;
}

/** What a flood is called among the classes. */
const floodName = "the flood";

const guess = (request: TrafficRequest, timeouts: Timeouts): Guess => {
  const { rules } = request.sizing;
  const { flood } = request.traffic;
  const timeout = timeoutSeconds(rules, timeouts);
  const classes = busiestClasses(request.traffic);
  const bareFlood =
    flood === undefined ? 0 : flood.newPerSecond * Math.min(flood.seconds, timeout(floodTimeout(flood)));
  const bare = classes.reduce(
    (sum, { flows }) => sum + flows.newPerSecond * heldSeconds(rules, flows, timeout),
    bareFlood,
  );
  const buckets = bucketsOf(request, Math.max(Math.ceil(bare), 1));
  const latenessAt = (newFlowsPerSecond: number): number => latenessSeconds(rules, newFlowsPerSecond, buckets);
  const lateness = latenessAt(rateOf(classes));

  const held = new Map<string, number>();
  const hold = (name: string, entries: number): void => void held.set(name, (held.get(name) ?? 0) + entries);
  for (const each of classes) hold(each.name, entriesOf(rules, each, timeout, lateness));
  const steady = [...held.values()].reduce((sum, entries) => sum + entries, 0);
  if (flood === undefined) return { held, max: Math.ceil(steady / MAXIMUM_PEAK_FILL) };

  const late = latenessAt(rateOf(classes) + flood.newPerSecond);
  const flooded = flood.newPerSecond * Math.min(flood.seconds, timeout(floodTimeout(flood)) + late);
  hold(floodName, flooded);
  return { held, max: Math.ceil(Math.max(steady / MAXIMUM_PEAK_FILL, (steady + flooded) / MAXIMUM_FLOOD_FILL)) };
};

/** Max that leaves the headroom over the peaks that a run showed; twice its max where that was too small to show them. */
const neededMax = ({ result }: JudgedRun): number => {
  if (result.secondsToFull !== null) return result.settings.max * 2;
  const { fullest, fullestWithoutFlood, hasFlood } = result;
  const quietPeak = fullestWithoutFlood?.count ?? 0;
  const floodPeak = hasFlood ? (fullest?.count ?? 0) : 0;
  return Math.ceil(Math.max(quietPeak / MAXIMUM_PEAK_FILL, floodPeak / MAXIMUM_FLOOD_FILL));
};

/** Runs before the search gives up: each asks for what the last one showed, so three are usual. */
const mostRuns = 8;
/** A peak moves a little with the number of buckets; so much more is asked for where a run just fails. */
const step = 1.01;
/** Room beyond the arithmetic in the first run, so that the peak shows undisturbed; no later run asks for so much less. */
const roomy = 1.5;

/** True where only chains fail, in buckets that do not grow with max. */
const noMaxHelps = ({ buckets }: TrafficRequest, { verdict: { findings } }: JudgedRun): boolean =>
  buckets !== undefined && findings.every(({ name, passed }) => passed || name === "chainRefusals");

/** A table that carries the load, or the number of entries that it would need where that is more than was allowed. */
type Fit = FittedTraffic | number;

/**
 * The smallest max that the simulation passes, or only its number where that is more than `mostEntries`. Neither that
 * limit nor the floor leads the search, so that a host of just the memory that was asked for finds the very same max.
 */
const search = (request: TrafficRequest, timeouts: Timeouts, mostEntries: number): Checked<Fit> => {
  const { maximumMax } = request.sizing.rules.fullTable;
  let max = Math.max(Math.ceil(guess(request, timeouts).max * roomy), 1);
  let last: FittedTraffic | undefined;
  let best: FittedTraffic | undefined;
  for (let runs = 0; runs < mostRuns && max <= maximumMax; runs += 1) {
    const judged = run(request, timeouts, max);
    if (!judged.ok) return judged;
    const { verdict, result } = judged.value;
    const needed = Math.max(neededMax(judged.value), 1);
    if (needed > mostEntries * roomy && result.secondsToFull === null) return valid(needed);
    last = { max, shortened: {}, verdict };
    if (!verdict.passed && noMaxHelps(request, judged.value)) return valid(last);
    if (verdict.passed) best = last;
    max = verdict.passed ? needed : Math.max(needed, Math.ceil(max * step));
    if (best !== undefined && max >= best.max) break;
  }
  const found = best ?? last;
  if (found === undefined || max > maximumMax) return valid(max);
  return valid(found.max <= mostEntries ? found : found.max);
};

const maxOf = (fit: Fit): number => (typeof fit === "number" ? fit : fit.max);

/** As `search`, never below the floor of the plan. */
const fitFromFloor = (request: TrafficRequest, timeouts: Timeouts, mostEntries: number): Checked<Fit> => {
  const max = request.floorEntries;
  const atFloor = (): Checked<FittedTraffic> => {
    const judged = run(request, timeouts, max);
    return judged.ok ? valid({ max, shortened: {}, verdict: judged.value.verdict }) : judged;
  };
  if (guess(request, timeouts).max <= max) {
    const fitted = atFloor();
    if (!fitted.ok || fitted.value.verdict.passed) return fitted;
  }
  const found = search(request, timeouts, mostEntries);
  return !found.ok || maxOf(found.value) >= max ? found : atFloor();
};

const shorten = (request: TrafficRequest, timeouts: Timeouts, { timeout, floorSeconds }: Shortening): Timeouts => {
  const { rules, role } = request.sizing;
  const name = `${rules.module}_${timeout}`;
  const now = timeoutSeconds(rules, timeouts)(timeout);
  const floor = Math.max(floorSeconds, roles[role].timeouts[timeout]?.floor?.seconds ?? 0);
  const isUsed = busiestClasses(request.traffic).some(({ flows }) => lastTimeout(rules, flows) === timeout);
  const { flood } = request.traffic;
  const isFloods = flood !== undefined && floodTimeout(flood) === timeout;
  const isFixed = request.byHand.has(name) || rules.timeouts[name]?.path === undefined;
  return isFixed || now <= floor || (!isUsed && !isFloods) ? timeouts : { ...timeouts, [name]: floor };
};

/** What exempting the heaviest class, load or flood would leave; undefined where it would leave no less. */
const exemption = (
  request: TrafficRequest,
  timeouts: Timeouts,
  neededEntries: number,
): Checked<Shortfall["heaviest"]> => {
  const { held } = guess(request, timeouts);
  const [name, entries] = [...held].reduce((most, each) => (each[1] > most[1] ? each : most), ["", 0]);
  const rest: Traffic = {
    classes: busiestClasses(request.traffic).flatMap((each) => (each.name === name ? [] : [each.flows])),
    flood: name === floodName ? undefined : request.traffic.flood,
  };
  const fitted = fitFromFloor({ ...request, traffic: rest }, timeouts, Infinity);
  if (!fitted.ok) return fitted;
  const neededWithoutIt = maxOf(fitted.value);
  return valid(neededWithoutIt < neededEntries ? { name, entries: Math.ceil(entries), neededWithoutIt } : undefined);
};

/**
 * Fits the table to the load; wrong where the load cannot be run.
 * @param request its `floorEntries` must fit into the memory
 */
export const fitTraffic = (request: TrafficRequest): Checked<FittedTraffic | Shortfall> => {
  const affordableEntries = Math.min(maximumMaxWithin(request.sizing), request.sizing.rules.fullTable.maximumMax);
  const candidates = [request.timeouts];
  for (const each of shortenings) {
    const last = candidates.at(-1) ?? request.timeouts;
    const shorter = shorten(request, last, each);
    if (shorter !== last) candidates.push(shorter);
  }
  let neededEntries = Infinity;
  for (const [index, candidate] of candidates.entries()) {
    const isLast = index === candidates.length - 1;
    // Arithmetic alone passes over what is far too large while there are shorter timeouts to try.
    if (!isLast && guess(request, candidate).max > affordableEntries * roomy) continue;
    const fitted = fitFromFloor(request, candidate, isLast ? Infinity : affordableEntries);
    if (!fitted.ok) return fitted;
    neededEntries = maxOf(fitted.value);
    if (typeof fitted.value === "number" || neededEntries > affordableEntries) continue;
    const changed = Object.entries(candidate).filter(([name, seconds]) => request.timeouts[name] !== seconds);
    return valid({ ...fitted.value, shortened: Object.fromEntries(changed) });
  }
  const shortest = candidates.at(-1) ?? request.timeouts;
  const heaviest = exemption(request, shortest, neededEntries);
  return heaviest.ok ? valid({ neededEntries, affordableEntries, heaviest: heaviest.value }) : heaviest;
};

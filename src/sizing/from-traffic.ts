/**
 * The smallest table that carries a declared load: an analytic first guess, the simulation as judge. Where memory does
 * not allow it, timeouts are shortened in a stated order, never below their floors.
 */
import { GREATEST_FLOOD_FILL, GREATEST_PEAK_FILL, type Verdict } from "../simulation/verdict";
import { bucketsFor, fullBytesFor, greatestMaxWithin, type SizingRequest } from "./from-ram";
import { runJudged, type JudgedRun } from "./judged-run";
import { roles } from "./roles";
import { entriesOf, heldSeconds, lastTimeout, latenessSeconds, timeoutSeconds } from "./steady-state";
import { busiestClasses, type NamedClass, type Traffic } from "./traffic";

export type Timeouts = Readonly<Record<string, number>>;

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
  { timeout: "tcp_timeout_established", floorSeconds: 7440, source: "RFC 5382, REQ-5" },
  { timeout: "tcp_timeout_time_wait", floorSeconds: 60, source: "include/net/tcp.h, TCP_TIMEWAIT_LEN" },
  { timeout: "tcp_timeout_fin_wait", floorSeconds: 60, source: "net.ipv4.tcp_fin_timeout" },
  { timeout: "tcp_timeout_syn_sent", floorSeconds: 60, source: "RFC 6298: SYNs after 1, 3, 7, 15 and 31 s" },
  { timeout: "tcp_timeout_unacknowledged", floorSeconds: 120, source: "RFC 1122, 4.2.3.5: R2 of at least 100 s" },
  { timeout: "generic_timeout", floorSeconds: 120, source: "Bottlerocket, release-sysctl.conf" },
  { timeout: "udp_timeout_stream", floorSeconds: 120, source: "RFC 4787, REQ-5" },
];

/** What fits: the size, the timeouts that had to be shortened for it, and the simulation's word. */
export interface FittedTraffic {
  readonly max: number;
  /** Only what was shortened, by sysctl name. */
  readonly shortened: Timeouts;
  readonly verdict: Verdict;
}

/** Why nothing fits, and what would. */
export interface Shortfall {
  /** Entries that the load needs with the shortest timeouts, headroom included. */
  readonly neededEntries: number;
  readonly neededBytes: number;
  readonly affordableEntries: number;
  /** The class that holds most entries, its number of them, and what the rest would need. */
  readonly heaviest: { readonly name: string; readonly entries: number; readonly neededWithoutIt: number };
}

export interface TrafficRequest {
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

const run = (request: TrafficRequest, timeouts: Timeouts, max: number): JudgedRun =>
  runJudged(request.sizing.rules, { max, buckets: bucketsOf(request, max), timeouts }, request.traffic);

/** Lookups a second: each flow's handshake and end, and its data. */
const lookupsOf = ({ flows }: NamedClass): number =>
  flows.newPerSecond *
  (4 + (flows.intervalSeconds === undefined ? 0 : (2 * (flows.lifeSeconds ?? 0)) / flows.intervalSeconds));

interface Guess {
  readonly classes: readonly { readonly name: string; readonly entries: number }[];
  /** Max that leaves the headroom, by arithmetic. */
  readonly max: number;
}

const guess = (request: TrafficRequest, timeouts: Timeouts): Guess => {
  const { rules } = request.sizing;
  const timeout = timeoutSeconds(rules, timeouts);
  const named = busiestClasses(request.traffic);
  const lookups = named.reduce((sum, each) => sum + lookupsOf(each), 0);
  const bare = named.reduce((sum, { flows }) => sum + flows.newPerSecond * heldSeconds(rules, flows, timeout), 0);
  const lateness = latenessSeconds(rules, lookups, bucketsOf(request, Math.max(Math.ceil(bare), request.floorEntries)));
  const classes = named.map((each) => ({ name: each.name, entries: entriesOf(rules, each, timeout, lateness) }));
  const steady = classes.reduce((sum, { entries }) => sum + entries, 0);
  const { flood } = request.traffic;
  const floodTimeout = timeout(
    flood?.protocol === "tcp" ? "tcp_timeout_syn_sent" : `${flood?.protocol ?? "udp"}_timeout`,
  );
  const flooded = flood === undefined ? 0 : flood.newPerSecond * Math.min(flood.seconds, floodTimeout + lateness);
  return {
    classes,
    max: Math.ceil(Math.max(steady / GREATEST_PEAK_FILL, (steady + flooded) / GREATEST_FLOOD_FILL)),
  };
};

/** Max that leaves the headroom over the peaks that a run showed; twice its max where that was too small to show them. */
const neededMax = ({ result }: JudgedRun): number => {
  if (result.secondsToFull !== null) return result.settings.max * 2;
  const quietPeak = (result.peakFillBeforeFlood ?? 0) * result.settings.max;
  const floodPeak = result.peakFillBeforeFlood === result.peakFill ? 0 : result.peak;
  return Math.ceil(Math.max(quietPeak / GREATEST_PEAK_FILL, floodPeak / GREATEST_FLOOD_FILL));
};

/** Runs before the search gives up: each asks for what the last one showed, so three are usual. */
const mostRuns = 8;
/** A peak moves a little with the number of buckets; so much more is asked for where a run just fails. */
const step = 1.01;
/** Room beyond the arithmetic in the first run, so that the peak shows undisturbed; no later run asks for so much less. */
const roomy = 1.5;

/**
 * The smallest max that the simulation passes, or only its number where that is more than `mostEntries`. The limit may
 * end the search but does not lead it, so that a host of just the memory that was asked for finds the very same max.
 */
const search = (request: TrafficRequest, timeouts: Timeouts, mostEntries: number): FittedTraffic | number => {
  let max = Math.max(request.floorEntries, Math.ceil(guess(request, timeouts).max * roomy));
  let best: FittedTraffic | undefined;
  for (let runs = 0; runs < mostRuns; runs += 1) {
    const judged = run(request, timeouts, max);
    const needed = Math.max(request.floorEntries, neededMax(judged));
    if (needed > mostEntries * roomy && judged.result.secondsToFull === null) return needed;
    if (judged.verdict.passed) best = { max, shortened: {}, verdict: judged.verdict };
    max = judged.verdict.passed ? needed : Math.max(needed, Math.ceil(max * step));
    if (best !== undefined && max >= best.max) break;
  }
  return best !== undefined && best.max <= mostEntries ? best : (best?.max ?? max);
};

const shorten = (request: TrafficRequest, timeouts: Timeouts, { timeout, floorSeconds }: Shortening): Timeouts => {
  const { rules, role } = request.sizing;
  const name = `${rules.module}_${timeout}`;
  const now = timeoutSeconds(rules, timeouts)(timeout);
  const floor = Math.max(floorSeconds, roles[role].timeouts[timeout]?.floor?.seconds ?? 0);
  const isUsed = busiestClasses(request.traffic).some(({ flows }) => lastTimeout(rules, flows) === timeout);
  const isFloods = timeout === "tcp_timeout_syn_sent" && request.traffic.flood?.protocol === "tcp";
  const isFixed = request.byHand.has(name) || rules.timeouts[name]?.path === undefined;
  return isFixed || now <= floor || (!isUsed && !isFloods) ? timeouts : { ...timeouts, [name]: floor };
};

/** The max that a load needs, whatever memory allows. */
const unboundedMax = (request: TrafficRequest, timeouts: Timeouts): number => {
  const fitted = search(request, timeouts, Infinity);
  return typeof fitted === "number" ? fitted : fitted.max;
};

const shortfall = (request: TrafficRequest, timeouts: Timeouts, affordableEntries: number): Shortfall => {
  const { classes } = guess(request, timeouts);
  const heaviest = classes.reduce((most, each) => (each.entries > most.entries ? each : most), {
    name: "",
    entries: 0,
  });
  const rest: Traffic = {
    classes: busiestClasses(request.traffic).flatMap(({ name, flows }) => (name === heaviest.name ? [] : [flows])),
    flood: request.traffic.flood,
  };
  const neededEntries = unboundedMax(request, timeouts);
  return {
    neededEntries,
    neededBytes: fullBytesFor(request.sizing, neededEntries),
    affordableEntries,
    heaviest: {
      name: heaviest.name,
      entries: Math.ceil(heaviest.entries),
      neededWithoutIt: unboundedMax({ ...request, traffic: rest }, timeouts),
    },
  };
};

/**
 * Fits the table to the load.
 * @throws ProblemsError where a class contradicts itself
 */
export const fitTraffic = (request: TrafficRequest): FittedTraffic | Shortfall => {
  const affordable = greatestMaxWithin(request.sizing);
  const candidates = [request.timeouts];
  for (const each of shortenings) {
    const last = candidates.at(-1) ?? request.timeouts;
    const shorter = shorten(request, last, each);
    if (shorter !== last) candidates.push(shorter);
  }
  for (const candidate of candidates) {
    // Arithmetic alone rules out what is far too large; the simulation judges the rest.
    if (guess(request, candidate).max > affordable * roomy) continue;
    const fitted = search(request, candidate, affordable);
    if (typeof fitted === "number") continue;
    const changed = Object.entries(candidate).filter(([name, seconds]) => request.timeouts[name] !== seconds);
    return { ...fitted, shortened: Object.fromEntries(changed) };
  }
  return shortfall(request, candidates.at(-1) ?? request.timeouts, affordable);
};

/** Thinning: table and traffic made smaller by one factor, so that a run's time does not grow with the host's size. */
import type { Scenario, TrafficClass } from "../scenario/scenario";

/** Fewer entries than this and the figures begin to scatter. */
const MINIMUM_ENTRIES = 16_384;
/**
 * Fewer buckets than this and the refusals of 5.15 and later scatter. Of a table of 1024 buckets at 1000 to 3000 new
 * flows a second, 64 and 32 kept ones gave the whole table's refusals within 2 %, 16 within 6 %; nodes walked within 2 %.
 */
const MINIMUM_BUCKETS = 32;
/** Nodes walked that are the work of a packet. */
const NODES_OF_A_PACKET = 20;
/** Packets that a run may present before it is thinned; about half a second of work. */
const UNTHINNED_PACKETS = 1_500_000;

/** Flows of a class that begin before the end of the run. */
export const flowsOf = (traffic: TrafficClass, durationSeconds: number): number => {
  const start = traffic.startSeconds ?? 0;
  const end = Math.min(traffic.endSeconds ?? Infinity, durationSeconds);
  const listed = (traffic.newEachSecond ?? []).reduce((sum, count) => sum + count, 0);
  return listed + (traffic.newPerSecond ?? 0) * Math.max(end - start, 0);
};

/** The lowest limit that is in force in a run; Infinity where none ever is. */
export const minimumMax = ({ settings, events = [] }: Scenario): number =>
  Math.min(...[settings, ...events.map((event) => event.settings)].map(({ max }) => max || Infinity));

/** About the pause between two passes of the collector over a busy table. */
const PASS_SECONDS = 30;

/** About how many packets a flow sends. */
const packetsOf = ({ lifeSeconds, intervalSeconds, retransmissions = 0 }: TrafficClass, durationSeconds: number) => {
  const life = Math.min(lifeSeconds ?? 0, durationSeconds);
  return 7 + retransmissions + (intervalSeconds === undefined ? 0 : (2 * life) / intervalSeconds);
};

/**
 * The factor of a scenario: as given, or (`auto`) the smallest whole number that keeps a run short, at most so large that
 * the thinned table still holds 16,384 entries at its smallest max, and 32 buckets.
 */
export const thinningOf = (scenario: Scenario): number => {
  if (scenario.thinning !== "auto") return scenario.thinning ?? 1;
  const { settings, traffic, durationSeconds, preload = [] } = scenario;
  const packets = traffic.reduce(
    (sum, each) => sum + flowsOf(each, durationSeconds) * packetsOf(each, durationSeconds),
    preload.reduce((sum, { count }) => sum + count, 0),
  );
  const limit = minimumMax(scenario);
  const entries = limit === Infinity ? settings.buckets : limit;
  const held = Math.min(entries, packets);
  // A lookup walks half of its chain, and each entry stands in two.
  const walked = held / settings.buckets / NODES_OF_A_PACKET;
  // Each pass of the collector visits the buckets and both nodes of each entry, a packet being the work of three.
  const passes = ((settings.buckets + 2 * held) * durationSeconds) / PASS_SECONDS / 3;
  const work = packets * (1 + walked) + passes;
  const most = Math.min(entries / MINIMUM_ENTRIES, settings.buckets / MINIMUM_BUCKETS);
  return Math.max(Math.floor(Math.min(Math.ceil(work / UNTHINNED_PACKETS), most)), 1);
};

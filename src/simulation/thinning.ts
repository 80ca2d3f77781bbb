/** Thinning: table and traffic made smaller by one factor, so that a run's time does not grow with the host's size. */
import type { Scenario, TrafficClass } from "./scenario";

/** Fewer entries than this and the figures begin to scatter. */
const LEAST_ENTRIES = 16_384;
/** Packets that a run may present before it is thinned; about half a second of work. */
const UNTHINNED_PACKETS = 1_500_000;

/** Flows of a class that begin before the end of the run. */
export const flowsOf = (traffic: TrafficClass, durationSeconds: number): number => {
  const start = traffic.startSeconds ?? 0;
  const end = Math.min(traffic.endSeconds ?? Infinity, durationSeconds);
  const listed = (traffic.newEachSecond ?? []).reduce((sum, count) => sum + count, 0);
  return listed + (traffic.newPerSecond ?? 0) * Math.max(end - start, 0);
};

/** The least limit that is in force in a run; Infinity where none ever is. */
export const leastMax = ({ settings, events = [] }: Scenario): number =>
  Math.min(...[settings, ...events.map((event) => event.settings)].map(({ max }) => max || Infinity));

/** About the pause between two passes of the collector over a busy table. */
const PASS_SECONDS = 30;

/** About how many packets a flow sends. */
const packetsOf = ({ lifeSeconds, intervalSeconds, retransmissions = 0 }: TrafficClass, durationSeconds: number) => {
  const life = Math.min(lifeSeconds ?? 0, durationSeconds);
  return 7 + retransmissions + (intervalSeconds === undefined ? 0 : (2 * life) / intervalSeconds);
};

/**
 * The factor of a scenario: as given, or (`auto`) the least whole number that keeps a run short, at most so great that the thinned
 * table still holds 16,384 entries.
 */
export const thinningOf = (scenario: Scenario): number => {
  if (scenario.thinning !== "auto") return scenario.thinning ?? 1;
  const { settings, traffic, durationSeconds, preload = [] } = scenario;
  const packets = traffic.reduce(
    (sum, each) => sum + flowsOf(each, durationSeconds) * packetsOf(each, durationSeconds),
    preload.reduce((sum, { count }) => sum + count, 0),
  );
  const entries = settings.max > 0 ? settings.max : settings.buckets;
  // Each pass of the collector visits the buckets and both nodes of each entry, a packet being the work of three.
  const work = packets + ((settings.buckets + 2 * Math.min(entries, packets)) * durationSeconds) / PASS_SECONDS / 3;
  const most = Math.min(entries, settings.buckets) / LEAST_ENTRIES;
  return Math.max(Math.floor(Math.min(Math.ceil(work / UNTHINNED_PACKETS), most)), 1);
};

/** How many entries a steady load holds, worked out: the first guess that the simulation then judges. */
import type { KernelRules } from "../kernel/rules";
import type { Timeouts } from "../kernel/settings";
import type { SteadyClass } from "./steady-class";
import type { Flood, NamedClass } from "./traffic";

/** Seconds of each timeout: the plan's where it sets one, else the kernel's. */
type TimeoutSeconds = (shortName: string) => number;

/** Timeouts by their name without `nf_conntrack_` or `ip_conntrack_`. */
export const timeoutSeconds =
  (rules: KernelRules, planned: Timeouts): TimeoutSeconds =>
  (shortName) => {
    const name = `${rules.module}_${shortName}`;
    return planned[name] ?? rules.timeouts[name]?.defaultSeconds ?? 0;
  };

const datagramTimeout = { udp: "udp_timeout", icmp: "icmp_timeout", generic: "generic_timeout", tcp: "" } as const;

/** Seconds of unacknowledged data: a timeout of its own since 2.6.29. */
const silentTimeout = (rules: KernelRules, { unacknowledged }: SteadyClass): string =>
  unacknowledged === true && rules.tcp.unacknowledgedTimeout ? "tcp_timeout_unacknowledged" : "tcp_timeout_established";

/** The timeout that an entry of this class leaves by, undefined where its end deletes it at once. */
export const lastTimeout = (rules: KernelRules, flows: SteadyClass): string | undefined => {
  switch (flows.pattern) {
    case "unreplied":
    case "query":
      return datagramTimeout[flows.protocol];
    case "stream":
      return flows.protocol === "udp" && (flows.lifeSeconds ?? 0) > rules.udp.assuredAfterSeconds
        ? "udp_timeout_stream"
        : datagramTimeout[flows.protocol];
    case "syn":
      return "tcp_timeout_syn_sent";
    case "refused":
      return undefined;
    case "halfclosed":
      return "tcp_timeout_close_wait";
    case "session":
      if (flows.end === "silent") return silentTimeout(rules, flows);
      return flows.end === "rst" ? "tcp_timeout_close" : "tcp_timeout_time_wait";
  }
};

/** Seconds from an entry's first packet to the end of its last timeout. */
export const heldSeconds = (rules: KernelRules, flows: SteadyClass, timeout: TimeoutSeconds): number => {
  const last = lastTimeout(rules, flows);
  const life =
    flows.pattern === "session" || flows.pattern === "stream" || flows.pattern === "halfclosed"
      ? (flows.lifeSeconds ?? 0)
      : 0;
  return life + (last === undefined ? 0 : timeout(last));
};

/** The timeout that the entries of a flood leave by. */
export const floodTimeout = ({ protocol }: Flood): string =>
  protocol === "tcp" ? "tcp_timeout_syn_sent" : datagramTimeout[protocol];

/** Longest pause between two looks of the collector at the same entry, in seconds; kernel rules, section of collectors. */
export const pauseSeconds = ({ garbageCollection }: KernelRules, buckets: number): number => {
  switch (garbageCollection.kind) {
    case "timers":
      return 0;
    case "fixedWorker":
      return (
        garbageCollection.periodSeconds *
        Math.max(garbageCollection.bucketsDivisor, buckets / garbageCollection.bucketsLimit)
      );
    case "adaptiveSlices":
      return garbageCollection.bucketsDivisor / garbageCollection.pauseMaximumDivisor;
    case "fixedCycle":
      return garbageCollection.periodSeconds;
    case "averaging":
      return garbageCollection.maximumSeconds;
  }
};

/**
 * Seconds that an expired entry is still counted at the worst moment of the collector's pause: (1 - e^-LP) / L with P the
 * pause and L = 2 x new flows a second / buckets. The lookup of a new flow reaps what it meets in its whole chain; later
 * ones end at their own entry, which stands before the older ones.
 */
export const latenessSeconds = (rules: KernelRules, newFlowsPerSecond: number, buckets: number): number => {
  const pause = pauseSeconds(rules, buckets);
  const met = (2 * newFlowsPerSecond) / buckets;
  return met * pause < 1e-9 ? pause : (1 - Math.exp(-met * pause)) / met;
};

/** New flows a second of all classes. */
export const rateOf = (classes: readonly NamedClass[]): number =>
  classes.reduce((sum, { flows }) => sum + flows.newPerSecond, 0);

/** Entries of one class, counted until the collector takes them. */
export const entriesOf = (
  rules: KernelRules,
  { flows }: NamedClass,
  timeout: TimeoutSeconds,
  lateness: number,
): number => {
  const held = heldSeconds(rules, flows, timeout);
  return flows.newPerSecond * (held === 0 ? 0 : held + lateness);
};

/** Timeouts in ticks, in the order in which the trackers look them up. */
import type { KernelRules } from "../../kernel/rules";
import type { Timeouts } from "../../kernel/settings";
import { SYN_SENT2_TIMEOUT_SECONDS, TCP_STATES, type TcpState } from "../../kernel/tcp-states";

/** Ticks by index: first the TCP states in the order of TCP_STATES, then the rest. */
export type TimeoutTicks = Int32Array;

/** Names of the sysctls of the TCP states without their prefix. */
const TCP_NAMES: Readonly<Record<TcpState, string | undefined>> = {
  none: undefined,
  synSent: "tcp_timeout_syn_sent",
  synRecv: "tcp_timeout_syn_recv",
  established: "tcp_timeout_established",
  finWait: "tcp_timeout_fin_wait",
  closeWait: "tcp_timeout_close_wait",
  lastAck: "tcp_timeout_last_ack",
  timeWait: "tcp_timeout_time_wait",
  close: "tcp_timeout_close",
  synSent2: undefined,
};

const OTHER_NAMES = [
  "tcp_timeout_max_retrans",
  "tcp_timeout_unacknowledged",
  "udp_timeout",
  "udp_timeout_stream",
  "icmp_timeout",
  "generic_timeout",
] as const;

const NAMES: readonly (string | undefined)[] = [...TCP_STATES.map((state) => TCP_NAMES[state]), ...OTHER_NAMES];

const indexOf = (name: (typeof OTHER_NAMES)[number]): number => NAMES.indexOf(name);

export const MAX_RETRANS_TIMEOUT = indexOf("tcp_timeout_max_retrans");
export const UNACKNOWLEDGED_TIMEOUT = indexOf("tcp_timeout_unacknowledged");
export const UDP_TIMEOUT = indexOf("udp_timeout");
export const UDP_STREAM_TIMEOUT = indexOf("udp_timeout_stream");
export const ICMP_TIMEOUT = indexOf("icmp_timeout");
export const GENERIC_TIMEOUT = indexOf("generic_timeout");
export const CLOSE_TIMEOUT = TCP_STATES.indexOf("close");

/** The kernel's defaults in ticks. A timeout that a kernel lacks is 0, and its rules never ask for it. */
export const defaultTimeoutTicks = (rules: KernelRules, hz: number): TimeoutTicks => {
  const ticks = Int32Array.from(NAMES, (name) =>
    name === undefined ? 0 : (rules.timeouts[`${rules.module}_${name}`]?.defaultSeconds ?? 0) * hz,
  );
  ticks[TCP_STATES.indexOf("synSent2")] = SYN_SENT2_TIMEOUT_SECONDS * hz;
  return ticks;
};

/** Writes timeouts given by sysctl name; names of trackers that are not modelled (SCTP, GRE ...) change nothing. */
export const writeTimeouts = (ticks: TimeoutTicks, rules: KernelRules, hz: number, given: Timeouts): void => {
  NAMES.forEach((name, index) => {
    const seconds = name === undefined ? undefined : given[`${rules.module}_${name}`];
    if (seconds !== undefined) ticks[index] = seconds * hz;
  });
};

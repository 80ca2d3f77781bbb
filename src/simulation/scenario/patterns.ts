/**
 * What the flows of a traffic class send, and when: patterns as data.
 *
 * A flow goes through stages: `opening` at its start, `repeated` every interval, `closing` at the end of its life.
 * The packets of a stage follow each other at once, each only if the one before it passed: they are answers.
 */
import {
  ANSWER,
  FIN,
  FIN_REPLY,
  HANDSHAKE_ACK,
  REQUEST,
  RST,
  RST_REPLY,
  SYN,
  SYN_ACK,
  TCP_DATA,
  TCP_DATA_ACK,
} from "./packets";
import type { TrafficClass } from "./scenario";

const PROTOCOLS = ["udp", "tcp", "icmp", "generic"] as const;
/** Index into PROTOCOLS. */
export const [UDP, TCP, ICMP] = [0, 1, 2] as const;

/** A traffic class in ticks of the kernel, ready to run. */
export interface FlowClass {
  readonly protocol: number;
  readonly opening: readonly number[];
  /** The packet of a flow that sends no other. */
  readonly onlyPacket: number | undefined;
  /** False where nobody ever answers the opening. */
  readonly openingAnswered: boolean;
  /** True where a flow whose opening was dropped gives up (after its retransmissions). */
  readonly endsWithoutOpening: boolean;
  readonly repeated: readonly number[];
  readonly repetitions: number;
  readonly intervalTicks: number;
  readonly closing: readonly number[];
  readonly closingAnswered: boolean;
  /** Ticks from the last repetition (or the opening) to the closing. */
  readonly closingTicks: number;
  /** How often an unanswered stage is sent again, after 1, 2, 4 ... seconds. */
  readonly retransmissions: number;
}

const HANDSHAKE = [SYN, SYN_ACK, HANDSHAKE_ACK];

/** How a TCP session ends, by the `end` of the scenario; RST of a `silent` peer is lost or was never sent. */
const ENDINGS: Readonly<Record<NonNullable<TrafficClass["end"]>, readonly number[]>> = {
  fin: [FIN, TCP_DATA_ACK, FIN_REPLY, HANDSHAKE_ACK],
  rst: [RST],
  silent: [],
};

interface Stages {
  readonly opening: readonly number[];
  readonly openingAnswered?: false;
  readonly repeated?: readonly number[];
  readonly closing?: readonly number[];
  readonly closingAnswered?: false;
}

const sessionStages = ({ end = "fin", unacknowledged = false }: TrafficClass): Stages => ({
  opening: HANDSHAKE,
  repeated: [TCP_DATA, TCP_DATA_ACK],
  ...(unacknowledged ? { closing: [TCP_DATA], closingAnswered: false as const } : { closing: ENDINGS[end] }),
});

/** Stages by pattern. Which protocols know which pattern is checked with the scenario. */
const STAGES: Readonly<Record<TrafficClass["pattern"], (traffic: TrafficClass) => Stages>> = {
  unreplied: () => ({ opening: [REQUEST], openingAnswered: false }),
  query: () => ({ opening: [REQUEST, ANSWER] }),
  stream: () => ({ opening: [REQUEST, ANSWER], repeated: [REQUEST, ANSWER] }),
  syn: () => ({ opening: [SYN], openingAnswered: false }),
  refused: () => ({ opening: [SYN, RST_REPLY] }),
  session: sessionStages,
  halfclosed: () => ({ opening: HANDSHAKE, repeated: [TCP_DATA, TCP_DATA_ACK], closing: [FIN, TCP_DATA_ACK] }),
};

/** Repetitions before the life ends: at 1, 2, ... intervals; `stream` sends at the very end too, as it has no closing. */
const repetitionsOf = (lifeTicks: number, intervalTicks: number, closes: boolean): number => {
  if (intervalTicks === 0) return 0;
  return closes ? Math.max(Math.ceil(lifeTicks / intervalTicks) - 1, 0) : Math.floor(lifeTicks / intervalTicks);
};

/** Maximum number of ticks that a flow may live, so that sums stay below 2^31. */
const FOR_EVER = 2 ** 30;

/** A class of the scenario in the ticks of a kernel with this HZ. */
export const compileClass = (traffic: TrafficClass, hz: number): FlowClass => {
  const stages = STAGES[traffic.pattern](traffic);
  const { repeated = [], closing = [] } = stages;
  const ticks = (seconds: number): number => Math.min(Math.max(Math.round(seconds * hz), 1), FOR_EVER);
  const opensOnly = repeated.length === 0;
  const life = traffic.lifeSeconds ?? (traffic.pattern === "halfclosed" ? 0 : Infinity);
  const lifeTicks = (opensOnly && closing.length === 0) || life === 0 ? 0 : ticks(life);
  const intervalTicks = opensOnly || traffic.intervalSeconds === undefined ? 0 : ticks(traffic.intervalSeconds);
  const repetitions = repetitionsOf(lifeTicks, intervalTicks, closing.length > 0);
  const retransmissions = traffic.retransmissions ?? 0;
  const isSingle = opensOnly && closing.length === 0 && stages.opening.length === 1 && retransmissions === 0;
  return {
    protocol: PROTOCOLS.indexOf(traffic.protocol),
    opening: stages.opening,
    onlyPacket: isSingle ? stages.opening[0] : undefined,
    openingAnswered: stages.openingAnswered ?? true,
    endsWithoutOpening: traffic.protocol === "tcp" || opensOnly,
    repeated,
    repetitions,
    intervalTicks,
    closing: lifeTicks >= FOR_EVER ? [] : closing,
    closingAnswered: stages.closingAnswered ?? true,
    closingTicks: lifeTicks - repetitions * intervalTicks,
    retransmissions,
  };
};

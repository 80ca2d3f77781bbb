/** What the TCP tracker does with a packet: tcp_packet() and tcp_new() of nf_conntrack_proto_tcp.c. */
import type { KernelRules } from "../../kernel/rules";
import { TCP_PACKETS, TCP_STATES, TCP_TRANSITIONS, type TcpOutcome } from "../../kernel/tcp-states";
import { expireEntry, type Model, setDeadline } from "./model";
import { ACK_KIND, ACKNOWLEDGES, AGAIN, DATA, kindOf, KINDS, REPLY, RST_KIND, SYN_KIND } from "../scenario/packets";
import {
  ANY_UNACKNOWLEDGED,
  ASSURED,
  RETRANSMISSIONS_MASK,
  RETRANSMISSIONS_SHIFT,
  SEEN_REPLY,
  STATE_MASK,
  UNACKNOWLEDGED,
} from "./status";
import { STATUS } from "./table";
import { CLOSE_TIMEOUT, MAX_RETRANS_TIMEOUT, UNACKNOWLEDGED_TIMEOUT } from "./timeouts";

const NONE = TCP_STATES.indexOf("none");
const SYN_SENT = TCP_STATES.indexOf("synSent");
const SYN_RECV = TCP_STATES.indexOf("synRecv");
const ESTABLISHED = TCP_STATES.indexOf("established");
const FIN_WAIT = TCP_STATES.indexOf("finWait");
const CLOSE = TCP_STATES.indexOf("close");
const STATES = STATE_MASK + 1;
const IGNORED = -1;
const INVALID = -2;

/** True for states in which a connection is still being opened. */
export const isHalfOpen = (state: number): boolean => state <= SYN_RECV || state > CLOSE;

/** True for FIN_WAIT to CLOSE: what the collector may kill above 95 % even where ASSURED (tcp_can_early_drop). */
export const isClosing = (state: number): boolean => state >= FIN_WAIT && state <= CLOSE;

const codeOf = (outcome: TcpOutcome): number =>
  outcome === "ignored" ? IGNORED : outcome === "invalid" ? INVALID : TCP_STATES.indexOf(outcome);

/** The transitions of a kernel as one array: direction, kind, state. */
export const compileTransitions = (rules: KernelRules): Int8Array => {
  const table = TCP_TRANSITIONS[rules.tcp.stateTable];
  const codes = new Int8Array(2 * KINDS * STATES).fill(INVALID);
  (["original", "reply"] as const).forEach((direction, reply) => {
    TCP_PACKETS.forEach((packet, kind) => {
      const row = table[direction][packet];
      row.forEach((outcome, state) => (codes[(reply * KINDS + kind) * STATES + state] = codeOf(outcome)));
    });
  });
  return codes;
};

const transition = (model: Model, packet: number, state: number): number =>
  model.transitions[((packet & REPLY) * KINDS + kindOf(packet)) * STATES + state] as number;

/** True where this packet may open an entry: a SYN, or with tcp_loose an ACK of a connection under way. */
export const mayOpenTcp = (model: Model, packet: number): boolean => {
  if ((packet & REPLY) !== 0) return false;
  const state = transition(model, packet, NONE);
  return state >= 0 && (state !== ESTABLISHED || model.tcpLoose);
};

/** Marks of the window: what is unacknowledged in which direction, retransmissions in a row. */
const trackWindow = (status: number, packet: number): number => {
  const reply = packet & REPLY;
  let next = status;
  if ((packet & ACKNOWLEDGES) !== 0) next &= ~(UNACKNOWLEDGED << (1 - reply));
  if ((packet & DATA) !== 0) next |= UNACKNOWLEDGED << reply;
  if (kindOf(packet) !== ACK_KIND) return next;
  if ((packet & AGAIN) === 0) return next & ~RETRANSMISSIONS_MASK;
  return (next & RETRANSMISSIONS_MASK) === RETRANSMISSIONS_MASK ? next : next + (1 << RETRANSMISSIONS_SHIFT);
};

/** The timeout of a packet that was accepted, first match of the kernel's own order. */
const timeoutOf = (model: Model, status: number, kind: number, state: number): number => {
  const { timeouts, rules } = model;
  const ofState = timeouts[state] as number;
  if (!rules.tcp.tracksWindow) return ofState;
  const retransmissions = (status & RETRANSMISSIONS_MASK) >>> RETRANSMISSIONS_SHIFT;
  const ofRetransmission = timeouts[MAX_RETRANS_TIMEOUT] as number;
  if (retransmissions >= model.tcpMaxRetransmissions && ofState > ofRetransmission) return ofRetransmission;
  if (kind === RST_KIND && rules.tcp.resetSetsCloseTimeout) return timeouts[CLOSE_TIMEOUT] as number;
  const ofUnacknowledged = timeouts[UNACKNOWLEDGED_TIMEOUT] as number;
  const waits = rules.tcp.unacknowledgedTimeout && (status & ANY_UNACKNOWLEDGED) !== 0;
  return waits && ofState > ofUnacknowledged ? ofUnacknowledged : ofState;
};

/** ASSURED comes with the handshake's last packet, or (window tracking) with any packet of a picked-up connection. */
const becomesAssured = (model: Model, packet: number, old: number, state: number): boolean =>
  state === ESTABLISHED &&
  (old === SYN_RECV
    ? model.rules.tcp.tracksWindow || ((packet & REPLY) === 0 && kindOf(packet) === ACK_KIND)
    : old === ESTABLISHED && model.rules.tcp.tracksWindow);

/**
 * Gives a packet to the entry of its connection, `status` being the entry's word (fresh for a new entry).
 * @returns false where the packet is INVALID and a rule set that drops such packets stops it
 */
export const tcpPacket = (model: Model, record: number, packet: number, now: number): boolean => {
  const { words } = model.table;
  const before = words[record + STATUS] as number;
  const old = before & STATE_MASK;
  const state = transition(model, packet, old);
  if (state === INVALID) return false;
  if (state === IGNORED) {
    // The reply mark is set behind the tracker, whatever that did.
    if ((packet & REPLY) !== 0) words[record + STATUS] = before | SEEN_REPLY;
    return true;
  }
  const kind = kindOf(packet);
  const status = (trackWindow(before, packet) & ~STATE_MASK) | state;
  words[record + STATUS] = status;
  let timeout = timeoutOf(model, status, kind, state);
  if ((before & SEEN_REPLY) === 0) {
    if (kind === RST_KIND) {
      expireEntry(model, record);
      return true;
    }
    const isSynAgain = kind === SYN_KIND && old === SYN_SENT;
    if (isSynAgain && model.rules.tcp.synRetransmissionKeepsDeadline) return true;
    const picksUp = state === ESTABLISHED && model.rules.tcp.unacknowledgedTimeout;
    if (picksUp) timeout = Math.min(timeout, model.timeouts[UNACKNOWLEDGED_TIMEOUT] as number);
  } else if ((before & ASSURED) === 0 && becomesAssured(model, packet, old, state)) {
    words[record + STATUS] = status | ASSURED;
  }
  if ((packet & REPLY) !== 0) words[record + STATUS] = (words[record + STATUS] as number) | SEEN_REPLY;
  setDeadline(model, record, now, timeout);
  return true;
};

/**
 * The state machine of TCP connection tracking, as data: which state follows from which packet.
 *
 * Source: `tcp_conntracks` in net/netfilter/nf_conntrack_proto_tcp.c (compared in 3.18.36 and 7.x: equal), in
 * net/ipv4/netfilter/ip_conntrack_proto_tcp.c of 2.6.18, and in the same file of 2.4.20.
 */
import type { TcpRules } from "./rules";

/** States of an entry, in the order of the tables' columns. `none` is an entry that is not yet confirmed. */
export const TCP_STATES = [
  "none",
  "synSent",
  "synRecv",
  "established",
  "finWait",
  "closeWait",
  "lastAck",
  "timeWait",
  "close",
  "synSent2",
] as const;
export type TcpState = (typeof TCP_STATES)[number];

/** Kinds of packets by their flags, first match: RST, SYN without and with ACK, FIN, ACK. */
export const TCP_PACKETS = ["syn", "synack", "fin", "ack", "rst"] as const;
export type TcpPacket = (typeof TCP_PACKETS)[number];

/** What a packet leads to: a state, `ignored` (it passes, the entry stays as it is) or `invalid`. */
export type TcpOutcome = TcpState | "ignored" | "invalid";

/** Outcomes by direction, packet and present state. */
type TcpTransitions = Readonly<Record<"original" | "reply", Readonly<Record<TcpPacket, readonly TcpOutcome[]>>>>;

const SHORT: Readonly<Record<string, TcpOutcome>> = {
  SS: "synSent",
  SR: "synRecv",
  ES: "established",
  FW: "finWait",
  CW: "closeWait",
  LA: "lastAck",
  TW: "timeWait",
  CL: "close",
  S2: "synSent2",
  ign: "ignored",
  inv: "invalid",
};

const row = (text: string): readonly TcpOutcome[] =>
  text.split(" ").map((word) => {
    const outcome = SHORT[word];
    if (outcome === undefined) throw new Error(`unknown outcome ${word} in a TCP state table`);
    return outcome;
  });

// Columns:         none SS  SR  ES  FW  CW  LA  TW  CL  S2
const MODERN: TcpTransitions = {
  original: {
    syn: row("SS SS ign ign ign ign ign SS SS S2"),
    synack: row("inv inv SR inv inv inv inv inv inv SR"),
    fin: row("inv inv FW FW LA LA LA TW CL inv"),
    ack: row("ES inv ES ES CW CW TW TW CL inv"),
    rst: row("inv CL CL CL CL CL CL CL CL CL"),
  },
  reply: {
    syn: row("inv S2 inv inv inv inv inv SS inv S2"),
    synack: row("inv SR ign ign ign ign ign ign ign SR"),
    fin: row("inv inv FW FW LA LA LA TW CL inv"),
    ack: row("inv ign SR ES CW CW TW TW CL ign"),
    rst: row("inv CL CL CL CL CL CL CL CL CL"),
  },
};

/** 2.6.9 to 2.6.2x: no simultaneous open, so the column SYN_SENT2 is never reached. */
const TWO_SIX: TcpTransitions = {
  original: { ...MODERN.original, synack: row("inv inv inv inv inv inv inv inv inv inv") },
  reply: {
    ...MODERN.reply,
    syn: row("inv inv inv inv inv inv inv inv inv inv"),
    synack: row("inv SR SR ign ign ign ign ign ign inv"),
  },
};

/** 2.4.0 to 2.4.20: no window tracking, SYN with ACK counts as SYN, a first ACK picks a connection up. */
const TWO_FOUR: TcpTransitions = {
  original: {
    syn: row("SS SS SR ES SS SS SS SS SS inv"),
    synack: row("SS SS SR ES SS SS SS SS SS inv"),
    fin: row("TW SS TW FW FW TW LA TW CL inv"),
    ack: row("ES SS ES ES FW CW LA TW CL inv"),
    rst: row("CL SS CL CL CL CL CL TW CL inv"),
  },
  reply: {
    syn: row("SR SR SR ES SR SR SR SR SR inv"),
    synack: row("SR SR SR ES SR SR SR SR SR inv"),
    fin: row("CL SS TW CW TW CW LA TW CL inv"),
    ack: row("CL SS SR ES FW CW CL TW CL inv"),
    rst: row("CL CL CL CL CL CL LA CL CL inv"),
  },
};

/** The table that a kernel uses, by `TcpRules.stateTable`. */
export const TCP_TRANSITIONS: Readonly<Record<TcpRules["stateTable"], TcpTransitions>> = {
  modern: MODERN,
  "2.6": TWO_SIX,
  "2.4": TWO_FOUR,
};

/** Seconds of SYN_SENT2, the one state whose timeout has no sysctl (same file, `tcp_timeouts`). */
export const SYN_SENT2_TIMEOUT_SECONDS = 120;

/** A packet as the trackers see it, in one small number: direction, kind by flags, and what it carries. */
import { TCP_PACKETS, type TcpPacket } from "../../kernel/tcp-states";

/** Set where the packet travels in the reply direction. */
export const REPLY = 1;
const KIND_SHIFT = 1;
const KIND_MASK = 7;
/** The packet carries data that the other side has not acknowledged yet. */
export const DATA = 1 << 4;
/** The packet acknowledges all that the other side has sent. */
export const ACKNOWLEDGES = 1 << 5;
/** The packet is sent again, unchanged. */
export const AGAIN = 1 << 6;

/** Number of packet kinds that the code has room for; the stride of transition tables. */
export const KINDS = KIND_MASK + 1;

/** Index into TCP_PACKETS. Packets of other protocols have kind 0, which nobody reads. */
export const kindOf = (packet: number): number => (packet >>> KIND_SHIFT) & KIND_MASK;

const tcp = (kind: TcpPacket, flags = 0): number => (TCP_PACKETS.indexOf(kind) << KIND_SHIFT) | flags;

/** A packet of UDP, ICMP or an unknown protocol from the side that began, and the answer to it. */
export const REQUEST = 0;
export const ANSWER = REPLY;

export const SYN = tcp("syn");
/** Kinds as indices, for the rules that name them. */
export const SYN_KIND = kindOf(SYN);
export const SYN_ACK = tcp("synack", REPLY | ACKNOWLEDGES);
export const HANDSHAKE_ACK = tcp("ack", ACKNOWLEDGES);
export const TCP_DATA = tcp("ack", DATA | ACKNOWLEDGES);
export const TCP_DATA_ACK = tcp("ack", REPLY | ACKNOWLEDGES);
export const ACK_KIND = kindOf(TCP_DATA);
/** A FIN takes one place in the sequence, so it waits for its acknowledgement like data. */
export const FIN = tcp("fin", DATA | ACKNOWLEDGES);
export const FIN_REPLY = tcp("fin", REPLY | DATA | ACKNOWLEDGES);
export const RST = tcp("rst");
export const RST_KIND = kindOf(RST);
export const RST_REPLY = tcp("rst", REPLY);

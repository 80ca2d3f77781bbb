/** The status word of a record: TCP state, what the entry has seen, and the class of its flow. */
import { CLASS_BITS } from "../scenario/capacity";

/** TCP state, index into TCP_STATES; 0 for other protocols. */
export const STATE_MASK = 0xf;
/** The entry is linked into the table. */
export const LINKED = 1 << 4;
/** A packet of the reply direction has passed (IPS_SEEN_REPLY). */
export const SEEN_REPLY = 1 << 5;
/** Early drop spares the entry (IPS_ASSURED). */
export const ASSURED = 1 << 6;
/** The flow has more packets to send, so its record outlives its entry. */
export const ALIVE = 1 << 7;
/** Data of the original direction is not acknowledged; shifted by one for the reply direction. */
export const UNACKNOWLEDGED = 1 << 8;
export const ANY_UNACKNOWLEDGED = 3 << 8;
/** Retransmissions in a row, 0 to 255. */
export const RETRANSMISSIONS_SHIFT = 10;
export const RETRANSMISSIONS_MASK = 0xff << RETRANSMISSIONS_SHIFT;
/** Index of the flow's class. */
export const CLASS_SHIFT = 31 - CLASS_BITS;

/** What remains of the word when the flow loses its entry: the flow itself. */
export const FLOW_BITS = ALIVE | (-1 << CLASS_SHIFT);

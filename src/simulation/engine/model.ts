/**
 * The state of one run, and the few things that every part of it does: set a deadline, remove an entry.
 */
import type { KernelRules } from "../../kernel/rules";
import type { FlowClass } from "../scenario/patterns";
import type { RandomState } from "../scenario/random";
import { ALIVE, CLASS_SHIFT, FLOW_BITS, LINKED } from "./status";
import { DEADLINE, freeRecord, RECORD_WORDS, STATUS, type Table, unlinkEntry } from "./table";
import type { TimeoutTicks } from "./timeouts";
import { cancel, growWheel, NEVER, schedule, type Wheel } from "./wheel";

/** What happened since the start. Every new entry that was asked for is in exactly one of the conservation's sums. */
export interface Counters {
  /** Packets presented to connection tracking; each looks its tuple up once. */
  packets: number;
  /** Nodes walked by lookups. */
  lookupNodes: number;
  /** Entries asked for: preloaded ones, and packets that belong to no entry and may open one. */
  arrivals: number;
  created: number;
  /** Left in their own time: by timeout, or deleted by their protocol (RST without reply, ICMP all answered). */
  expired: number;
  /** Killed to make room, by a packet (early drop) or by the collector above 95 % of max. */
  evicted: number;
  /** Refused because a chain was too long: insert_failed and chainlength of /proc/net/stat/nf_conntrack. */
  refused: number;
  /** Dropped because the table was full: `drop` there. */
  dropped: number;
  /** Entries killed by packets: `early_drop` there. */
  earlyDrop: number;
  /** Whom early drop killed. */
  readonly victims: { halfOpen: number; unreplied: number; replied: number; closing: number };
  /** Nodes visited by the collector. */
  collectorNodes: number;
  /** Maximum count at any moment, and since the last look (./fullest.ts). */
  peak: number;
  recentPeak: number;
  /** Tick at which a new entry first found the table full; -1 before. */
  fullAtTick: number;
}

/** The moment of the highest fill, in thinned entries; -1 until a limit was in force. */
export interface Fullest {
  fill: number;
  count: number;
  /** The max in force then, not thinned. */
  max: number;
}

export interface Model {
  readonly rules: KernelRules;
  readonly hz: number;
  /** Real flows, entries and buckets for each simulated one. */
  readonly thinning: number;
  readonly classes: readonly FlowClass[];
  readonly random: RandomState;
  readonly table: Table;
  readonly counters: Counters;
  readonly timeouts: TimeoutTicks;
  /** Transitions of TCP, see ./tcp.ts. */
  readonly transitions: Int8Array;
  readonly tcpLoose: boolean;
  readonly tcpMaxRetransmissions: number;
  /** Hashes of the next flows, drawn in batches (pairs, original and reply), and the place of the next pair. */
  readonly upcoming: { readonly hashes: Int32Array; next: number };
  /** The next packets of living flows, by record number. */
  readonly packets: Wheel;
  /** Kernels with a timer for each entry: the deadlines, by record number. */
  readonly expiries: Wheel | undefined;
  /** Last tick of the run: what would happen later need not be scheduled. */
  readonly lastTick: number;
  /** Entries in the table by class. */
  readonly entriesOf: Int32Array;
  /** Limit of entries, thinned; Infinity where there is none. */
  max: number;
  /** The limit as it was written, and the tick of that. */
  realMax: number;
  maxSince: number;
  readonly fullest: Fullest;
  /** Lower bounds of the deadlines of all entries, in ticks: what is known, and what the collector's round has seen. */
  readonly soonest: { known: number; seen: number };
  /** Set by a failed early drop, read by the collector (4.12 and later). */
  collectorMayKill: boolean;
  /** 2.4: the bucket that is searched next. */
  nextVictimBucket: number;
}

/** A deadline as a tick to compare with others: those from 2^31 on, negative words, are all later than any run's end. */
export const deadlineTick = (deadline: number): number => (deadline < 0 ? NEVER : deadline);

/** Keeps the lower bounds true for an entry whose packets have just set its deadline. */
export const noteDeadline = ({ table, soonest }: Model, record: number): void => {
  const deadline = deadlineTick(table.words[record + DEADLINE] as number);
  if (deadline < soonest.known) soonest.known = deadline;
  if (deadline < soonest.seen) soonest.seen = deadline;
};

export const createCounters = (): Counters => ({
  packets: 0,
  lookupNodes: 0,
  arrivals: 0,
  created: 0,
  expired: 0,
  evicted: 0,
  refused: 0,
  dropped: 0,
  earlyDrop: 0,
  victims: { halfOpen: 0, unreplied: 0, replied: 0, closing: 0 },
  collectorNodes: 0,
  peak: 0,
  recentPeak: 0,
  fullAtTick: -1,
});

/** Number of a record in the wheels. */
export const itemOf = (record: number): number => record / RECORD_WORDS;

/** Room for every record of the table in the wheels. */
export const growWheels = ({ table, packets, expiries }: Model): void => {
  const items = table.capacity + 1;
  if (packets.next.length > 0 && packets.next.length < items) growWheel(packets, items);
  if (expiries !== undefined && expiries.next.length < items) growWheel(expiries, items);
};

/**
 * Lets an entry expire `ticks` from now. With a timer for each entry an extended deadline keeps its place in the wheel
 * until that comes up (as mod_timer would move it); a shortened one is moved at once.
 */
export const setDeadline = (model: Model, record: number, now: number, ticks: number): void => {
  const { table, expiries } = model;
  table.words[record + DEADLINE] = now + ticks;
  if (expiries === undefined || ((table.words[record + STATUS] as number) & LINKED) === 0) return;
  const item = itemOf(record);
  const tick = expiryTick(table, record);
  if ((expiries.due[item] as number) <= tick) return;
  cancel(expiries, item);
  schedule(expiries, item, tick);
};

/** The tick of an entry's deadline for the wheel, which ends at 2^31. */
export const expiryTick = (table: Table, record: number): number =>
  Math.min((table.words[record + DEADLINE] as number) >>> 0, NEVER - 1);

/** Takes an entry out of the table; its record is free for others unless its flow lives on. */
export const removeEntry = (model: Model, record: number): void => {
  const { table, expiries, entriesOf } = model;
  const status = table.words[record + STATUS] as number;
  unlinkEntry(table, record);
  (entriesOf[status >>> CLASS_SHIFT] as number) -= 1;
  if (expiries !== undefined) cancel(expiries, itemOf(record));
  table.words[record + STATUS] = status & FLOW_BITS;
  if ((status & ALIVE) === 0) freeRecord(table, record);
};

/** Removes an entry that has expired or that its protocol deletes. */
export const expireEntry = (model: Model, record: number): void => {
  model.counters.expired += 1;
  removeEntry(model, record);
};

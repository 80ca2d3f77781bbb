/** The way of a packet through connection tracking: lookup, new entry, confirmation. nf_conntrack_core.c. */
import { genericPacket, icmpPacket, openUdp, udpPacket } from "./datagram";
import { earlyDrop } from "./early-drop";
import { expireEntry, expiryTick, itemOf, type Model } from "./model";
import { REPLY } from "../scenario/packets";
import { ICMP, TCP, UDP } from "../scenario/patterns";
import { nextBelow } from "../scenario/random";
import { CLASS_SHIFT, FLOW_BITS, LINKED } from "./status";
import {
  bucketOf,
  chainLength,
  DEADLINE,
  firstNode,
  HASH,
  linkEntry,
  nextForeignNode,
  recordOf,
  REPLY_NODE,
  STATUS,
  type Table,
} from "./table";
import { mayOpenTcp, tcpPacket } from "./tcp";
import { schedule } from "./wheel";

/**
 * Looks the tuple of a record and direction up. Expired entries that the walk meets are removed on the way; where there
 * are neither such nor the one that is looked for, a walk would only count the nodes.
 * @returns true where a living entry was found
 */
const lookup = (model: Model, target: number, now: number): boolean => {
  const { table, counters } = model;
  const { words } = table;
  const bucket = bucketOf(table, words[target + HASH] as number);
  if (model.soonest.known > now && ((words[recordOf(target) + STATUS] as number) & LINKED) === 0) {
    counters.lookupNodes += chainLength(table, bucket);
    return false;
  }
  let node = firstNode(table, bucket);
  let walked = 0;
  let found = false;
  while (node !== 0) {
    walked += 1;
    const record = recordOf(node);
    if ((((words[record + DEADLINE] as number) - now) | 0) <= 0) {
      const next = nextForeignNode(table, node);
      expireEntry(model, record);
      node = next;
    } else if (node === target) {
      found = true;
      break;
    } else {
      node = words[node] as number;
    }
  }
  counters.lookupNodes += walked;
  return found;
};

const lengthAt = (table: Table, node: number): number =>
  chainLength(table, bucketOf(table, table.words[node + HASH] as number));

/** The limit on insertion since 5.15: a random m each time, refused where m + 2 nodes are there already. */
const chainsAreTooLong = ({ table, rules, random }: Model, record: number): boolean => {
  const { chainLimit } = rules;
  if (chainLimit === undefined) return false;
  const longer = Math.max(lengthAt(table, record), lengthAt(table, record + REPLY_NODE));
  // Chains that pass the lowest limit pass every one.
  return longer > chainLimit.base + 1 && longer > chainLimit.base + 1 + nextBelow(random, chainLimit.range);
};

const track = (model: Model, record: number, packet: number, protocol: number, now: number): boolean => {
  switch (protocol) {
    case TCP:
      return tcpPacket(model, record, packet, now);
    case UDP:
      return udpPacket(model, record, packet, now);
    case ICMP:
      return icmpPacket(model, record, packet, now);
    default:
      return genericPacket(model, record, packet, now);
  }
};

/** Confirms a new entry: from here on it is in the table. */
const confirm = (model: Model, record: number): void => {
  const { table, counters, expiries, entriesOf } = model;
  const status = table.words[record + STATUS] as number;
  linkEntry(table, record);
  table.words[record + STATUS] = status | LINKED;
  (entriesOf[status >>> CLASS_SHIFT] as number) += 1;
  if (expiries !== undefined) schedule(expiries, itemOf(record), expiryTick(table, record));
  counters.created += 1;
  if (table.count > counters.recentPeak) counters.recentPeak = table.count;
};

/** A place in the count for one more entry, made by early drop where need be. */
const findPlace = (model: Model, record: number, now: number): boolean => {
  const { table, counters } = model;
  if (table.count + 1 <= model.max) return true;
  if (counters.fullAtTick < 0) counters.fullAtTick = now;
  if (earlyDrop(model, bucketOf(table, table.words[record + HASH] as number), now)) return true;
  model.collectorMayKill = true;
  return false;
};

/** @returns false where the packet was dropped, refused or INVALID */
const openEntry = (model: Model, record: number, packet: number, protocol: number, now: number): boolean => {
  const { table, counters } = model;
  if (protocol === TCP ? !mayOpenTcp(model, packet) : (packet & REPLY) !== 0) return false;
  counters.arrivals += 1;
  if (!findPlace(model, record, now)) {
    counters.dropped += 1;
    return false;
  }
  if (chainsAreTooLong(model, record)) {
    counters.refused += 1;
    return false;
  }
  table.words[record + STATUS] = (table.words[record + STATUS] as number) & FLOW_BITS;
  if (protocol === UDP) openUdp(model, record, now);
  track(model, record, packet, protocol, now);
  confirm(model, record);
  return true;
};

/**
 * Presents one packet of the flow of a record, of one of PROTOCOLS.
 * @returns true where the packet goes on to its receiver, who may answer
 */
export const presentPacket = (model: Model, record: number, packet: number, protocol: number, now: number): boolean => {
  model.counters.packets += 1;
  return lookup(model, record + (packet & REPLY) * REPLY_NODE, now)
    ? track(model, record, packet, protocol, now)
    : openEntry(model, record, packet, protocol, now);
};

/** Creates the entry of a record as its packets would, whatever max and chains say: the past of a run. */
export const placeEntry = (
  model: Model,
  record: number,
  packets: readonly number[],
  protocol: number,
  now: number,
): void => {
  const [first, ...rest] = packets;
  if (first === undefined) return;
  model.counters.arrivals += 1;
  if (protocol === UDP) openUdp(model, record, now);
  track(model, record, first, protocol, now);
  confirm(model, record);
  for (const packet of rest) track(model, record, packet, protocol, now);
};

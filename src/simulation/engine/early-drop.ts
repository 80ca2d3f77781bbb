/** Making room in a full table, by era: early_drop() of nf_conntrack_core.c and ip_conntrack_core.c. */
import type { EarlyDropRules } from "../../kernel/rules";
import { expireEntry, type Model, removeEntry } from "./model";
import { TCP } from "../scenario/patterns";
import { ASSURED, CLASS_SHIFT, SEEN_REPLY, STATE_MASK } from "./status";
import { chainLength, firstNode, isExpired, isOriginal, nextForeignNode, nextNode, recordOf, STATUS } from "./table";
import { isClosing, isHalfOpen } from "./tcp";

/** NF_CT_EVICTION_RANGE: nodes up to 4.8, buckets from 4.9 on. */
const EVICTION_RANGE = 8;

const countVictim = (model: Model, status: number): void => {
  const { victims } = model.counters;
  const isTcp = model.classes[status >>> CLASS_SHIFT]?.protocol === TCP;
  const state = status & STATE_MASK;
  if (isTcp && isClosing(state)) victims.closing += 1;
  else if (isTcp && isHalfOpen(state)) victims.halfOpen += 1;
  else if ((status & SEEN_REPLY) === 0) victims.unreplied += 1;
  else victims.replied += 1;
};

const kill = (model: Model, record: number): void => {
  countVictim(model, model.table.words[record + STATUS] as number);
  model.counters.evicted += 1;
  model.counters.earlyDrop += 1;
  removeEntry(model, record);
};

const isAssured = (model: Model, record: number): boolean =>
  ((model.table.words[record + STATUS] as number) & ASSURED) !== 0;

/** One unassured entry of a bucket: the last of the chain (`oldest`) or the first. 0 where all are assured. */
const victimOf = (model: Model, bucket: number): number => {
  const { table } = model;
  const wantsOldest = model.rules.earlyDrop.victim === "oldest";
  let victim = 0;
  for (let node = firstNode(table, bucket); node !== 0; node = nextNode(table, node)) {
    if (isAssured(model, recordOf(node))) continue;
    victim = recordOf(node);
    if (!wantsOldest) break;
  }
  return victim;
};

const killOneOf = (model: Model, bucket: number): boolean => {
  const victim = victimOf(model, bucket);
  if (victim === 0) return false;
  kill(model, victim);
  return true;
};

/** Kills all unassured entries of a bucket and reaps expired ones, which alone are no success. */
const killAllOf = (model: Model, bucket: number, now: number): boolean => {
  const { table } = model;
  let killed = false;
  let node = firstNode(table, bucket);
  while (node !== 0) {
    const record = recordOf(node);
    const next = nextForeignNode(table, node);
    const expired = isExpired(table, record, now);
    if (expired) expireEntry(model, record);
    else if (isAssured(model, record)) {
      node = nextNode(table, node);
      continue;
    } else {
      kill(model, record);
      killed = true;
    }
    // The removed node now stands in the dying list, and the walk with it.
    if (model.rules.earlyDrop.dyingListEndsWalk && isOriginal(node)) break;
    node = next;
  }
  return killed;
};

type Search = (model: Model, bucket: number, now: number) => boolean;

const SEARCHES: Readonly<Record<EarlyDropRules["search"], Search>> = {
  roundRobin: (model, bucket) => {
    const turn = model.nextVictimBucket;
    model.nextVictimBucket = (turn + 1) % model.table.buckets;
    return killOneOf(model, turn) || killOneOf(model, bucket);
  },
  ownBucket: killOneOf,
  eightNodes: (model, bucket) => {
    const { table } = model;
    let nodes = 0;
    for (let i = 0; i < table.buckets; i += 1) {
      const at = (bucket + i) % table.buckets;
      if (killOneOf(model, at)) return true;
      nodes += chainLength(table, at);
      if (nodes >= EVICTION_RANGE) return false;
    }
    return false;
  },
  eightBuckets: (model, bucket, now) => {
    for (let i = 0; i < EVICTION_RANGE; i += 1) {
      if (killAllOf(model, (bucket + i) % model.table.buckets, now)) return true;
    }
    return false;
  },
};

/**
 * Tries to free a place for a new entry.
 * @param bucket the bucket of the new entry's original direction
 * @returns true where at least one entry was killed
 */
export const earlyDrop = (model: Model, bucket: number, now: number): boolean =>
  SEARCHES[model.rules.earlyDrop.search](model, bucket, now);

/**
 * Bringing memory closer before it is needed.
 *
 * A large table does not fit into a processor's cache, and each step along a chain would wait for main memory. Steps of
 * different flows do not depend on each other, so the chains of a whole batch are read once beforehand, level by level:
 * the processor then waits for many of them at the same time. Nothing is changed and no result depends on it.
 * The loops have no branches that depend on what they read: a wrong guess would wait for each read after all. Node 0,
 * where a chain ends, may be read like any other.
 */
import { bucketOf, chainLength, firstNode, HASH, nextNode, REPLY_NODE, type Table } from "./table";

/** Flows that are looked after together. */
export const BATCH = 32;

/** Nodes of a chain that are read ahead. */
const DEPTH = 4;

const nodes = new Int32Array(BATCH);
const neighbours = new Int32Array(BATCH);

/** One step along each chain. */
const follow = (table: Table, chains: Int32Array, count: number): void => {
  for (let i = 0; i < count; i += 1) chains[i] = nextNode(table, chains[i] as number);
};

/** Reads the chains of the entries that share a bucket with the batch: early drop and reaping unlink those. */
const touchNeighbours = (table: Table, count: number): void => {
  const { words } = table;
  for (let i = 0; i < count; i += 1) {
    const node = nodes[i] as number;
    neighbours[i] = firstNode(table, bucketOf(table, words[(node ^ REPLY_NODE) + HASH] as number));
  }
  for (let step = 0; step < 2; step += 1) follow(table, neighbours, count);
};

/**
 * Reads what new flows will meet when they are looked up and confirmed.
 * @param hashes pairs of hashes, original and reply, of BATCH flows
 * @param places entries that the table has room for; a flow that finds none empties its chain, for those behind it too
 * @param reaps whether lookups walk because entries may have expired; otherwise only early drop does
 */
export const touchChains = (table: Table, hashes: Int32Array, places: number, reaps: boolean): void => {
  // Masks, all ones for true: see above why there are no branches.
  const always = reaps ? -1 : 0;
  let walking = 0;
  let left = places;
  for (let i = 0; i < BATCH; i += 1) {
    const bucket = bucketOf(table, hashes[2 * i] as number);
    nodes[walking] = firstNode(table, bucket);
    neighbours[i] = firstNode(table, bucketOf(table, hashes[2 * i + 1] as number));
    const evicts = (left - 1) >> 31;
    walking -= evicts | always;
    left += (chainLength(table, bucket) & evicts) - 1;
  }
  for (let level = 1; level < DEPTH; level += 1) {
    if (places < BATCH) touchNeighbours(table, walking);
    follow(table, nodes, walking);
  }
};

/** Reads both chains of flows that will send a packet now, by the records of the batch. */
export const touchFlows = (table: Table, records: Int32Array, count: number): void => {
  const { words } = table;
  for (let i = 0; i < count; i += 1) {
    const record = records[i] as number;
    nodes[i] = firstNode(table, bucketOf(table, words[record + HASH] as number));
    neighbours[i] = firstNode(table, bucketOf(table, words[record + REPLY_NODE + HASH] as number));
  }
  for (let level = 1; level < DEPTH; level += 1) {
    follow(table, nodes, count);
    follow(table, neighbours, count);
  }
};

/** Reads the chains of the collector's next buckets, BATCH of them or up to the last. */
export const touchBuckets = (table: Table, bucket: number): void => {
  const count = Math.min(BATCH, table.buckets - bucket);
  for (let i = 0; i < count; i += 1) nodes[i] = firstNode(table, bucket + i);
  for (let level = 1; level < DEPTH; level += 1) follow(table, nodes, count);
};

/**
 * The hash table of connection tracking in typed arrays: buckets, chains, entries linked in both directions.
 *
 * A record is eight 32-bit words (half a cache line) and stands for one flow: its entry while it has one, and what is
 * needed to send its next packets. A node is the number of a `next` word, a multiple of 4: the record itself for the
 * original, `record + REPLY_NODE` for the reply direction. Node 0 means none; record 0 is never used.
 * A bucket is one word, so that the buckets of an ordinary table stay in a processor's second cache: the number of the
 * first node, and above it the length of the chain.
 * The two hashes are uniform random words: that is what jhash and siphash with a secret key make of distinct tuples.
 */

export const RECORD_WORDS = 8;
/** What a record's node of the reply direction is behind that of the original. */
export const REPLY_NODE = 4;
/** Word of a node: its hash. Word 0 is the next node of its chain. */
export const HASH = 1;
/** Tick at which the entry expires, in the kernel's signed 32-bit arithmetic. */
export const DEADLINE = 2;
/** State and flags, see ./status.ts. */
export const STATUS = 3;
/** UDP: the tick after which a replied flow may become ASSURED. */
export const MARK = 6;
/** Which packets of its pattern the flow has sent. */
export const STEP = 7;

/** A head: a quarter of the first node's number in the lower bits, the length of the chain in the upper ones. */
const NODE_BITS = 26;
const LENGTH_BITS = 32 - NODE_BITS;
const NODE_SHIFT = 2;
/** From this length on a head says only "at least so long", and `lengths` has the number. */
const LONG_CHAIN = (1 << LENGTH_BITS) - 1;
/** Maximum number of records that a head has room for: 33,554,431. */
export const MAXIMUM_RECORDS = 2 ** (NODE_BITS + NODE_SHIFT) / RECORD_WORDS - 1;

/** Bits of a hash; one less than the kernel's, so that it is a non-negative word. */
const HASH_BITS = 31;
const HASH_UNIT = 2 ** -HASH_BITS;

export interface Table {
  buckets: number;
  /** `buckets` by the range of hashes: what a hash is multiplied with to give its bucket. */
  scale: number;
  /** One word for each bucket: first node and length of the chain. */
  heads: Int32Array;
  /** Nodes of each bucket whose head says LONG_CHAIN; empty until there is one, which ordinary tables never see. */
  lengths: Int32Array;
  words: Int32Array;
  /** Records that `words` has room for. */
  capacity: number;
  /** First record of the free list, 0 where it is empty. */
  free: number;
  /** Records ever used; those above are fresh. */
  used: number;
  /** Entries that exist: what nf_conntrack_count shows. */
  count: number;
  longestChain: number;
}

export const createTable = (buckets: number, capacity: number): Table => ({
  buckets,
  scale: buckets * HASH_UNIT,
  heads: new Int32Array(buckets),
  lengths: new Int32Array(0),
  words: new Int32Array((capacity + 1) * RECORD_WORDS),
  capacity,
  free: 0,
  used: 0,
  count: 0,
  longestChain: 0,
});

const bucketAt = (scale: number, hash: number): number => (hash * scale) | 0;

/** Bucket of a hash: scaled as reciprocal_scale() of the kernel does it, without a division. */
export const bucketOf = ({ scale }: Table, hash: number): number => bucketAt(scale, hash);

const headOf = (node: number, length: number): number => (length << NODE_BITS) | (node >>> NODE_SHIFT);

const nodeOfHead = (head: number): number => (head << LENGTH_BITS) >>> (LENGTH_BITS - NODE_SHIFT);

/** First node of a bucket. */
export const firstNode = (table: Table, bucket: number): number => nodeOfHead(table.heads[bucket] as number);

export const nextNode = (table: Table, node: number): number => table.words[node] as number;

/** Nodes in a bucket. */
export const chainLength = ({ heads, lengths }: Table, bucket: number): number => {
  const length = (heads[bucket] as number) >>> NODE_BITS;
  return length < LONG_CHAIN ? length : (lengths[bucket] as number);
};

/** The node after `node` that belongs to another record: what a walk may go on with after removing this one. */
export const nextForeignNode = (table: Table, node: number): number => {
  const next = table.words[node] as number;
  return (next & -RECORD_WORDS) === (node & -RECORD_WORDS) ? (table.words[next] as number) : next;
};

/** The record of a node. */
export const recordOf = (node: number): number => node & -RECORD_WORDS;

/** True for the node of the original direction. */
export const isOriginal = (node: number): boolean => (node & REPLY_NODE) === 0;

/** Thrown where a run needs more records than their numbers have bits for. */
class TooManyFlows extends Error {
  override readonly name = "TooManyFlows";
  constructor() {
    super(`more than ${MAXIMUM_RECORDS} flows at a time: thin the scenario`);
  }
}

/** True for that error. Recognized by its name, because the event loop is shipped as one module with classes of its own. */
export const isTooManyFlows = (error: unknown): boolean => error instanceof Error && error.name === "TooManyFlows";

const grow = (table: Table): void => {
  if (table.capacity >= MAXIMUM_RECORDS) throw new TooManyFlows();
  table.capacity = Math.min(Math.ceil(table.capacity * 1.5) + 64, MAXIMUM_RECORDS);
  const words = new Int32Array((table.capacity + 1) * RECORD_WORDS);
  words.set(table.words);
  table.words = words;
};

/**
 * A record for a new flow, its words not yet written; grows the table where none is free.
 * @throws an error that `isTooManyFlows` knows, beyond MAXIMUM_RECORDS
 */
export const allocateRecord = (table: Table): number => {
  if (table.free !== 0) {
    const record = table.free;
    table.free = table.words[record] as number;
    return record;
  }
  table.used += 1;
  if (table.used > table.capacity) grow(table);
  return table.used * RECORD_WORDS;
};

/** Gives a record back that is neither in the table nor scheduled. */
export const freeRecord = (table: Table, record: number): void => {
  table.words[record] = table.free;
  table.free = record;
};

/** Notes that a chain which is long now has one node more. @returns the new length */
const lengthen = (table: Table, bucket: number, wasLong: boolean): number => {
  if (table.lengths.length === 0) table.lengths = new Int32Array(table.buckets);
  const length = wasLong ? (table.lengths[bucket] as number) + 1 : LONG_CHAIN;
  table.lengths[bucket] = length;
  return length;
};

/** Notes that a long chain has one node less. @returns its length as a head has it */
const shorten = ({ lengths }: Table, bucket: number): number => {
  const length = (lengths[bucket] as number) - 1;
  lengths[bucket] = length;
  return Math.min(length, LONG_CHAIN);
};

/** Puts a node at the head of its chain. @returns the new length of the chain */
const linkNode = (table: Table, heads: Int32Array, words: Int32Array, scale: number, node: number): number => {
  const bucket = bucketAt(scale, words[node + HASH] as number);
  const head = heads[bucket] as number;
  words[node] = nodeOfHead(head);
  const length = (head >>> NODE_BITS) + 1;
  if (length < LONG_CHAIN) {
    heads[bucket] = headOf(node, length);
    return length;
  }
  heads[bucket] = headOf(node, LONG_CHAIN);
  return lengthen(table, bucket, length > LONG_CHAIN);
};

const unlinkNode = (table: Table, heads: Int32Array, words: Int32Array, scale: number, node: number): void => {
  const bucket = bucketAt(scale, words[node + HASH] as number);
  const head = heads[bucket] as number;
  const next = words[node] as number;
  let first = nodeOfHead(head);
  if (first === node) {
    first = next;
  } else {
    let before = first;
    while (words[before] !== node) before = words[before] as number;
    words[before] = next;
  }
  const length = head >>> NODE_BITS;
  heads[bucket] = headOf(first, length < LONG_CHAIN ? length - 1 : shorten(table, bucket));
};

/** Links both directions at the heads of their chains and counts the entry. */
export const linkEntry = (table: Table, record: number): void => {
  const { heads, words, scale } = table;
  const original = linkNode(table, heads, words, scale, record);
  const reply = linkNode(table, heads, words, scale, record + REPLY_NODE);
  const longer = original > reply ? original : reply;
  if (longer > table.longestChain) table.longestChain = longer;
  table.count += 1;
};

/** Takes both directions out of their chains and the entry out of the count. */
export const unlinkEntry = (table: Table, record: number): void => {
  const { heads, words, scale } = table;
  unlinkNode(table, heads, words, scale, record);
  unlinkNode(table, heads, words, scale, record + REPLY_NODE);
  table.count -= 1;
};

/** True where the entry has expired, as the kernel tests it: signed 32-bit `deadline - now <= 0`. */
export const isExpired = (table: Table, record: number, now: number): boolean =>
  (((table.words[record + DEADLINE] as number) - now) | 0) <= 0;

/** Moves all entries into a table of another size, bucket by bucket, as nf_conntrack_hash_resize() does. */
export const resizeTable = (table: Table, buckets: number): void => {
  const oldBuckets = table.buckets;
  const oldHeads = table.heads;
  table.buckets = buckets;
  table.scale = buckets * HASH_UNIT;
  table.heads = new Int32Array(buckets);
  table.lengths = new Int32Array(0);
  for (let bucket = 0; bucket < oldBuckets; bucket += 1) {
    let node = nodeOfHead(oldHeads[bucket] as number);
    while (node !== 0) {
      const next = table.words[node] as number;
      const length = linkNode(table, table.heads, table.words, table.scale, node);
      if (length > table.longestChain) table.longestChain = length;
      node = next;
    }
  }
};

/** Bytes of the arrays that the table holds. */
export const tableBytes = ({ words, heads, lengths }: Table): number =>
  words.byteLength + heads.byteLength + lengths.byteLength;

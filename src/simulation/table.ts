/**
 * The hash table of connection tracking in typed arrays: buckets, chains, entries linked in both directions.
 *
 * A record is eight 32-bit words (half a cache line) and stands for one flow: its entry while it has one, and what is
 * needed to send its next packets. A node is the number of a record's `next` word: `record + 0` for the original,
 * `record + 1` for the reply direction, where `record` is a multiple of 8. Node 0 means none; record 0 is never used.
 * The two hashes are uniform random words: that is what jhash and siphash with a secret key make of distinct tuples.
 */

export const RECORD_WORDS = 8;
/** Words 0 and 1: next node of the chain by direction. */
const NEXT = 0;
/** Words 2 and 3: hash by direction; a node's own hash stands two words behind it. */
export const HASH = 2;
/** Tick at which the entry expires, in the kernel's signed 32-bit arithmetic. */
export const DEADLINE = 4;
/** State and flags, see ./status.ts. */
export const STATUS = 5;
/** UDP: the tick after which a replied flow may become ASSURED. */
export const MARK = 6;
/** Which packets of its pattern the flow has sent. */
export const STEP = 7;

const BUCKET_WORDS = 2;

/** Bits of a hash; one less than the kernel's, so that it is a non-negative word. */
const HASH_BITS = 31;
const HASH_UNIT = 2 ** -HASH_BITS;

export interface Table {
  buckets: number;
  /** `buckets` by the range of hashes: what a hash is multiplied with to give its bucket. */
  scale: number;
  /** Two words for each bucket: first node, length of the chain. */
  heads: Int32Array;
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
  heads: new Int32Array(buckets * BUCKET_WORDS),
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

/** First node of a bucket. */
export const firstNode = (table: Table, bucket: number): number => table.heads[bucket * BUCKET_WORDS] as number;

/** Nodes in a bucket. */
export const chainLength = (table: Table, bucket: number): number => table.heads[bucket * BUCKET_WORDS + 1] as number;

export const nextNode = (table: Table, node: number): number => table.words[node + NEXT] as number;

/** The node after `node` that belongs to another record: what a walk may go on with after removing this one. */
export const nextForeignNode = (table: Table, node: number): number => {
  const next = table.words[node] as number;
  return (next & -RECORD_WORDS) === (node & -RECORD_WORDS) ? (table.words[next] as number) : next;
};

/** The record of a node. */
export const recordOf = (node: number): number => node & -RECORD_WORDS;

/** True for the node of the original direction. */
export const isOriginal = (node: number): boolean => (node & 1) === 0;

/** A record for a new flow, its words not yet written; grows the table where none is free. */
export const allocateRecord = (table: Table): number => {
  if (table.free !== 0) {
    const record = table.free;
    table.free = table.words[record] as number;
    return record;
  }
  table.used += 1;
  if (table.used > table.capacity) {
    table.capacity = Math.ceil(table.capacity * 1.5) + 64;
    const words = new Int32Array((table.capacity + 1) * RECORD_WORDS);
    words.set(table.words);
    table.words = words;
  }
  return table.used * RECORD_WORDS;
};

/** Gives a record back that is neither in the table nor scheduled. */
export const freeRecord = (table: Table, record: number): void => {
  table.words[record] = table.free;
  table.free = record;
};

/** Puts a node at the head of its chain. @returns the new length of the chain */
const linkNode = (heads: Int32Array, words: Int32Array, scale: number, node: number): number => {
  const head = bucketAt(scale, words[node + HASH] as number) * BUCKET_WORDS;
  words[node] = heads[head] as number;
  heads[head] = node;
  const length = (heads[head + 1] as number) + 1;
  heads[head + 1] = length;
  return length;
};

const unlinkNode = (heads: Int32Array, words: Int32Array, scale: number, node: number): void => {
  const head = bucketAt(scale, words[node + HASH] as number) * BUCKET_WORDS;
  heads[head + 1] = (heads[head + 1] as number) - 1;
  let before = heads[head] as number;
  if (before === node) {
    heads[head] = words[node] as number;
    return;
  }
  for (;;) {
    const next = words[before] as number;
    if (next === node) break;
    before = next;
  }
  words[before] = words[node] as number;
};

/** Links both directions at the heads of their chains and counts the entry. */
export const linkEntry = (table: Table, record: number): void => {
  const { heads, words, scale } = table;
  const original = linkNode(heads, words, scale, record);
  const reply = linkNode(heads, words, scale, record + 1);
  const longer = original > reply ? original : reply;
  if (longer > table.longestChain) table.longestChain = longer;
  table.count += 1;
};

/** Takes both directions out of their chains and the entry out of the count. */
export const unlinkEntry = (table: Table, record: number): void => {
  const { heads, words, scale } = table;
  unlinkNode(heads, words, scale, record);
  unlinkNode(heads, words, scale, record + 1);
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
  table.heads = new Int32Array(buckets * BUCKET_WORDS);
  for (let bucket = 0; bucket < oldBuckets; bucket += 1) {
    let node = oldHeads[bucket * BUCKET_WORDS] as number;
    while (node !== 0) {
      const next = table.words[node] as number;
      const length = linkNode(table.heads, table.words, table.scale, node);
      if (length > table.longestChain) table.longestChain = length;
      node = next;
    }
  }
};

/** Bytes of the arrays that the table holds. */
export const tableBytes = (table: Table): number => table.words.byteLength + table.heads.byteLength;

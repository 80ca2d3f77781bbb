import {
  allocateRecord,
  chainLength,
  createTable,
  firstNode,
  HASH,
  linkEntry,
  nextNode,
  REPLY_NODE,
  resizeTable,
  unlinkEntry,
} from "../../../src/simulation/engine/table";

/** A table of one bucket with so many entries in it, two nodes each. */
const oneBucket = (entries: number) => {
  const table = createTable(1, entries);
  const records = Array.from({ length: entries }, () => allocateRecord(table));
  for (const record of records) linkEntry(table, record);
  return { table, records };
};

test.each([1, 31, 32, 33, 200])(
  "A chain that %i entries stand in twice knows its length, also while they leave",
  (n) => {
    const { table, records } = oneBucket(n);
    expect(table.longestChain).toBe(2 * n);
    records.forEach((record, gone) => {
      expect(chainLength(table, 0)).toBe(2 * (n - gone));
      unlinkEntry(table, record);
    });
    expect(chainLength(table, 0)).toBe(0);
    expect(firstNode(table, 0)).toBe(0);
  },
);

test("An entry's newest node stands first in its chain, as hlist_nulls_add_head_rcu() puts it", () => {
  const { table, records } = oneBucket(2);
  const [older = 0, newer = 0] = records;
  const chain = [];
  for (let node = firstNode(table, 0); node !== 0; node = nextNode(table, node)) chain.push(node);
  expect(chain).toEqual([newer + REPLY_NODE, newer, older + REPLY_NODE, older]);
});

test("Resizing spreads a long chain by the hashes, and no node is lost", () => {
  const { table, records } = oneBucket(100);
  records.forEach((record, i) => {
    table.words[record + HASH] = i % 2 === 0 ? 0 : 2 ** 30;
    table.words[record + REPLY_NODE + HASH] = 2 ** 31 - 1;
  });
  resizeTable(table, 4);
  expect([0, 1, 2, 3].map((bucket) => chainLength(table, bucket))).toEqual([50, 0, 50, 100]);
});

test("A table does not grow beyond the entries that their numbers have bits for", () => {
  const table = createTable(1, 0);
  table.capacity = 33_554_431;
  table.used = 33_554_431;
  expect(() => allocateRecord(table)).toThrow("more than 33554431 flows at a time");
});

/**
 * The same table written plainly, for comparison: a Map of chains, an object for each entry, a sorted list of packets
 * to come. UDP only, early drop of 4.9 and later, reaping by lookups; the same flows in the same order.
 */

interface Entry {
  deadline: number;
  assured: boolean;
  replied: boolean;
  readonly born: number;
  readonly buckets: readonly [number, number];
}

export interface PlainRun {
  readonly buckets: number;
  readonly max: number;
  readonly seconds: number;
  readonly newPerSecond: number;
  /** Exchanges each second of a stream's life; 0 seconds for packets that nobody answers. */
  readonly lifeSeconds: number;
}

const HZ = 250;
const TIMEOUT = 30 * HZ;
const STREAM_TIMEOUT = 120 * HZ;

/** Runs it. @returns events: packets presented, entries created, entries removed */
export const runPlain = ({ buckets, max, seconds, newPerSecond, lifeSeconds }: PlainRun): number => {
  const chains = new Map<number, Entry[]>();
  const agenda = new Map<number, { entry: Entry; left: number }[]>();
  let count = 0;
  let events = 0;
  const chain = (bucket: number): Entry[] => {
    const known = chains.get(bucket);
    if (known !== undefined) return known;
    const fresh: Entry[] = [];
    chains.set(bucket, fresh);
    return fresh;
  };
  const remove = (entry: Entry): void => {
    for (const bucket of entry.buckets) chain(bucket).splice(chain(bucket).indexOf(entry), 1);
    count -= 1;
    events += 1;
  };
  const lookup = (bucket: number, wanted: Entry | undefined, now: number): boolean => {
    events += 1;
    for (const entry of [...chain(bucket)]) {
      if (entry.deadline <= now) remove(entry);
      else if (entry === wanted) return true;
    }
    return false;
  };
  const earlyDrop = (bucket: number, now: number): boolean => {
    for (let i = 0; i < 8; i += 1) {
      const found = [...chain((bucket + i) % buckets)];
      found.filter(({ deadline }) => deadline <= now).forEach(remove);
      const victims = new Set(found.filter(({ deadline, assured }) => deadline > now && !assured));
      victims.forEach(remove);
      if (victims.size > 0) return true;
    }
    return false;
  };
  const packet = (entry: Entry, reply: boolean, now: number): void => {
    const streams = entry.replied && now > entry.born + 2 * HZ;
    entry.assured ||= streams;
    entry.replied ||= reply;
    entry.deadline = now + (streams ? STREAM_TIMEOUT : TIMEOUT);
  };
  const open = (now: number): void => {
    const pair: [number, number] = [Math.floor(Math.random() * buckets), Math.floor(Math.random() * buckets)];
    const entry: Entry = { deadline: now + TIMEOUT, assured: false, replied: false, born: now, buckets: pair };
    lookup(pair[0], undefined, now);
    if (count >= max && !earlyDrop(pair[0], now)) return;
    for (const bucket of pair) chain(bucket).unshift(entry);
    count += 1;
    events += 1;
    if (lifeSeconds > 0) exchange(entry, lifeSeconds, now);
  };
  const exchange = (entry: Entry, left: number, now: number): void => {
    for (const reply of [false, true]) {
      if (lookup(entry.buckets[reply ? 1 : 0], entry, now)) packet(entry, reply, now);
    }
    if (left === 0) return;
    const due = agenda.get(now + HZ);
    if (due === undefined) agenda.set(now + HZ, [{ entry, left: left - 1 }]);
    else due.push({ entry, left: left - 1 });
  };
  let opened = 0;
  for (let now = 0; now < seconds * HZ; now += 1) {
    for (const { entry, left } of agenda.get(now) ?? []) exchange(entry, left, now);
    agenda.delete(now);
    for (; opened < ((now + 1) * newPerSecond) / HZ; opened += 1) open(now);
  }
  return events;
};

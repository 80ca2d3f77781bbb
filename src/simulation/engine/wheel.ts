/**
 * A timing wheel of three levels: things due at a tick, taken out in the order (tick, time of scheduling).
 *
 * Level 0 has a slot for each tick of the present 4096, level 1 one for each 4096 ticks of the present 2^24,
 * level 2 the rest. The windows are aligned, so a slot of an outer level is emptied into the inner one exactly when
 * the clock enters its window: what was scheduled earlier stands first, and order is kept without comparing.
 * Items are small whole numbers (records of the table); each is in a wheel at most once.
 */
import { INT_MAX } from "../../kernel/integers";

const SLOT_BITS = 12;
const SLOTS = 1 << SLOT_BITS;
const SLOT_MASK = SLOTS - 1;
const OUTER_SLOTS = 1 << (31 - 2 * SLOT_BITS);
const LEVEL_1 = SLOTS;
const LEVEL_2 = 2 * SLOTS;
const ALL_SLOTS = 2 * SLOTS + OUTER_SLOTS;
const NONE = -1;
/** Greater than every tick, and still a small integer to the compiler. */
export const NEVER = INT_MAX;

export interface Wheel {
  /** First and last item of each slot, interleaved; -1 where the slot is empty. */
  readonly slots: Int32Array;
  /** One bit for each slot that holds something. */
  readonly occupied: Int32Array;
  /** By item: the item behind it, the tick at which it is due, and (cancellable wheels) the item before it. */
  next: Int32Array;
  due: Int32Array;
  previous: Int32Array | undefined;
  /** The tick up to which the windows have been opened. */
  clock: number;
  size: number;
}

export const createWheel = (capacity: number, cancellable: boolean): Wheel => ({
  slots: new Int32Array(2 * ALL_SLOTS).fill(NONE),
  occupied: new Int32Array(Math.ceil(ALL_SLOTS / 32)),
  next: new Int32Array(capacity),
  due: new Int32Array(capacity),
  previous: cancellable ? new Int32Array(capacity) : undefined,
  clock: 0,
  size: 0,
});

const grown = (array: Int32Array, capacity: number): Int32Array => {
  const larger = new Int32Array(capacity);
  larger.set(array);
  return larger;
};

/** Makes room for items below `capacity`. */
export const growWheel = (wheel: Wheel, capacity: number): void => {
  wheel.next = grown(wheel.next, capacity);
  wheel.due = grown(wheel.due, capacity);
  if (wheel.previous !== undefined) wheel.previous = grown(wheel.previous, capacity);
};

const slotOf = (clock: number, tick: number): number => {
  if (tick >>> SLOT_BITS === clock >>> SLOT_BITS) return tick & SLOT_MASK;
  if (tick >>> (2 * SLOT_BITS) === clock >>> (2 * SLOT_BITS)) return LEVEL_1 + ((tick >>> SLOT_BITS) & SLOT_MASK);
  return LEVEL_2 + (tick >>> (2 * SLOT_BITS));
};

const append = (wheel: Wheel, item: number, tick: number): void => {
  const slot = slotOf(wheel.clock, tick);
  const { slots } = wheel;
  const last = slots[2 * slot + 1] as number;
  wheel.next[item] = NONE;
  if (last === NONE) {
    slots[2 * slot] = item;
    wheel.occupied[slot >>> 5] = (wheel.occupied[slot >>> 5] as number) | (1 << (slot & 31));
  } else {
    wheel.next[last] = item;
  }
  slots[2 * slot + 1] = item;
  if (wheel.previous !== undefined) wheel.previous[item] = last;
};

/** Schedules an item that is not in the wheel. @param tick not before the wheel's clock, below 2^31 */
export const schedule = (wheel: Wheel, item: number, tick: number): void => {
  wheel.due[item] = tick;
  wheel.size += 1;
  append(wheel, item, tick);
};

/** Takes an item out of a cancellable wheel. */
export const cancel = (wheel: Wheel, item: number): void => {
  const { slots, next, previous } = wheel;
  if (previous === undefined) throw new Error("this wheel was created without cancelling");
  const slot = slotOf(wheel.clock, wheel.due[item] as number);
  const before = previous[item] as number;
  const after = next[item] as number;
  if (before === NONE) slots[2 * slot] = after;
  else next[before] = after;
  if (after === NONE) slots[2 * slot + 1] = before;
  else previous[after] = before;
  wheel.size -= 1;
};

/** First slot from `from` to `end` (exclusive) that holds something, or -1. Clears bits that cancelling left behind. */
const firstOccupied = (wheel: Wheel, from: number, end: number): number => {
  const { occupied, slots } = wheel;
  let slot = from;
  while (slot < end) {
    const bits = (occupied[slot >>> 5] as number) >>> (slot & 31);
    if (bits === 0) {
      slot = (slot | 31) + 1;
      continue;
    }
    slot += 31 - Math.clz32(bits & -bits);
    if (slot >= end) return NONE;
    if (slots[2 * slot] !== NONE) return slot;
    occupied[slot >>> 5] = (occupied[slot >>> 5] as number) & ~(1 << (slot & 31));
  }
  return NONE;
};

const takeSlot = (wheel: Wheel, slot: number): number => {
  const first = wheel.slots[2 * slot] as number;
  wheel.slots[2 * slot] = NONE;
  wheel.slots[2 * slot + 1] = NONE;
  wheel.occupied[slot >>> 5] = (wheel.occupied[slot >>> 5] as number) & ~(1 << (slot & 31));
  return first;
};

/** Moves the clock to the first tick of an outer slot and spreads what the slot holds over the inner ones. */
const openWindow = (wheel: Wheel, slot: number, tick: number): void => {
  wheel.clock = tick;
  let item = takeSlot(wheel, slot);
  while (item !== NONE) {
    const after = wheel.next[item] as number;
    append(wheel, item, wheel.due[item] as number);
    item = after;
  }
};

/**
 * The next tick at which the wheel wants `advance`: something is due then, or an outer window opens.
 * `NEVER` where it is empty.
 */
export const nextDue = (wheel: Wheel): number => {
  if (wheel.size === 0) return NEVER;
  const { clock } = wheel;
  const inner = firstOccupied(wheel, clock & SLOT_MASK, SLOTS);
  if (inner !== NONE) return (clock & ~SLOT_MASK) | inner;
  const window = clock >>> SLOT_BITS;
  const middle = firstOccupied(wheel, LEVEL_1 + (window & SLOT_MASK) + 1, LEVEL_2);
  if (middle !== NONE) return ((window & ~SLOT_MASK) | (middle - LEVEL_1)) << SLOT_BITS;
  const outer = firstOccupied(wheel, LEVEL_2 + (clock >>> (2 * SLOT_BITS)) + 1, ALL_SLOTS);
  return outer === NONE ? NEVER : (outer - LEVEL_2) << (2 * SLOT_BITS);
};

/** Brings the clock to `tick`, which must not be after `nextDue`; opens the windows that begin there. */
export const advance = (wheel: Wheel, tick: number): void => {
  const outer = tick >>> (2 * SLOT_BITS);
  if (outer !== wheel.clock >>> (2 * SLOT_BITS)) openWindow(wheel, LEVEL_2 + outer, outer << (2 * SLOT_BITS));
  const middle = tick >>> SLOT_BITS;
  if (middle !== wheel.clock >>> SLOT_BITS) openWindow(wheel, LEVEL_1 + (middle & SLOT_MASK), middle << SLOT_BITS);
  wheel.clock = tick;
};

/** The first of the items due at the clock's tick, or -1. */
export const firstDue = (wheel: Wheel): number => wheel.slots[2 * (wheel.clock & SLOT_MASK)] as number;

/** Takes the first of the items due at the clock's tick, or -1. Items may be scheduled for the same tick meanwhile. */
export const takeDue = (wheel: Wheel): number => {
  const item = firstDue(wheel);
  if (item === NONE) return NONE;
  const slot = wheel.clock & SLOT_MASK;
  const after = wheel.next[item] as number;
  wheel.slots[2 * slot] = after;
  if (after === NONE) wheel.slots[2 * slot + 1] = NONE;
  else if (wheel.previous !== undefined) wheel.previous[after] = NONE;
  wheel.size -= 1;
  return item;
};

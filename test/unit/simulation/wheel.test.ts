import fc from "fast-check";
import {
  advance,
  cancel,
  createWheel,
  NEVER,
  nextDue,
  schedule,
  takeDue,
  type Wheel,
} from "../../../src/simulation/engine/wheel";

/** Takes everything out in the wheel's order, as [tick, item]. */
const drain = (wheel: Wheel): [number, number][] => {
  const taken: [number, number][] = [];
  for (let tick = nextDue(wheel); tick < NEVER; tick = nextDue(wheel)) {
    advance(wheel, tick);
    for (let item = takeDue(wheel); item >= 0; item = takeDue(wheel)) taken.push([tick, item]);
  }
  return taken;
};

const inOrder = (ticks: readonly number[]): [number, number][] =>
  ticks.map((tick, item): [number, number] => [tick, item]).sort(([a, i], [b, j]) => a - b || i - j);

// Near ticks, ticks in the next windows of each level, and ticks at the very end of time.
const ticks = fc.array(
  fc.oneof(fc.nat(100), fc.nat(20_000), fc.nat(40_000_000), fc.integer({ min: 2 ** 31 - 100, max: 2 ** 31 - 1 })),
  { maxLength: 60 },
);

test("Items come out in the order of their ticks, and of scheduling within a tick", () => {
  fc.assert(
    fc.property(ticks, fc.boolean(), (given, cancellable) => {
      const wheel = createWheel(given.length, cancellable);
      given.forEach((tick, item) => schedule(wheel, item, tick));
      expect(drain(wheel)).toEqual(inOrder(given));
      expect(wheel.size).toBe(0);
    }),
  );
});

test("A cancelled item does not come out, the others keep their order", () => {
  fc.assert(
    fc.property(ticks, fc.integer({ min: 1, max: 5 }), (given, every) => {
      const wheel = createWheel(given.length, true);
      given.forEach((tick, item) => schedule(wheel, item, tick));
      given.forEach((_tick, item) => {
        if (item % every === 0) cancel(wheel, item);
      });
      expect(drain(wheel)).toEqual(inOrder(given).filter(([, item]) => item % every !== 0));
    }),
  );
});

test("Items scheduled while the wheel turns keep the order too", () => {
  fc.assert(
    fc.property(ticks, fc.nat(5000), (given, later) => {
      const wheel = createWheel(2 * given.length, false);
      given.forEach((tick, item) => schedule(wheel, item, tick));
      const taken: number[] = [];
      let next = given.length;
      for (let tick = nextDue(wheel); tick < NEVER; tick = nextDue(wheel)) {
        advance(wheel, tick);
        for (let item = takeDue(wheel); item >= 0; item = takeDue(wheel)) {
          taken.push(tick);
          if (item < given.length && tick + later < NEVER) schedule(wheel, next++, tick + later);
        }
      }
      const expected = given.flatMap((tick) => (tick + later < NEVER ? [tick, tick + later] : [tick]));
      expect(taken).toEqual(expected.sort((a, b) => a - b));
    }),
  );
});

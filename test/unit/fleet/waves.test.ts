import fc from "fast-check";
import { namesByWave, oneWave, percentileOf, waveOf } from "../../../src/fleet/waves";

// SHA-256 of "abc" begins with ba7816bf: FIPS 180-4, example B.1.
const abc = (0xba7816bf / 2 ** 32) * 100;

test("a name stands where the first 32 bits of its SHA-256 put it", () => {
  expect(percentileOf("abc")).toBeCloseTo(abc, 10);
});

test("a host is in the first wave whose threshold is above it", () => {
  expect(waveOf("abc", [10, 72, 73, 100])).toBe(3);
  expect(waveOf("abc", oneWave)).toBe(1);
});

test("every host is in exactly one wave, and a host that comes or goes moves no other one", () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(names, (all) => {
      const thresholds = [1, 10, 40, 100];
      const before = namesByWave(all, thresholds);
      expect(before.flat().sort()).toEqual([...all].sort());
      const after = namesByWave(all.slice(1), thresholds);
      expect(after).toEqual(before.map((wave) => wave.filter((name) => name !== all[0])));
    }),
  );
});

test("waves hold about their share of a thousand hosts", () => {
  const names = Array.from({ length: 1000 }, (_, index) => `web${index}`);
  const sizes = namesByWave(names, [1, 10, 40, 100]).map(({ length }) => length);
  // Six standard deviations of a binomial distribution.
  const shares = [0.01, 0.09, 0.3, 0.6];
  sizes.forEach((size, index) => {
    const share = shares[index] ?? 0;
    expect(Math.abs(size - 1000 * share)).toBeLessThan(6 * Math.sqrt(1000 * share * (1 - share)));
  });
});

import fc from "fast-check";
import { fleetOfWave, oneWave, percentileOf, waveOf, wavesOf } from "../../../src/fleet/waves";

const namesByWave = (names: readonly string[], waves: readonly number[], canary?: readonly string[]) =>
  wavesOf("edge", names, { canary, waves }).map(({ hosts }) => hosts);

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

test("the canary is a first wave of its own, and its hosts are in no other", () => {
  const names = Array.from({ length: 100 }, (_, index) => `web${index}`);
  const canary = ["web7", "web42"];
  const waves = wavesOf("edge", names, { canary, waves: [50, 100] });
  expect(waves.map(({ name, place }) => [name, place])).toEqual([
    ["edge-canary", "1 of 3"],
    ["edge-1", "2 of 3, after edge-canary"],
    ["edge-2", "3 of 3, after edge-1"],
  ]);
  expect(waves.map(({ hosts }) => hosts.filter((name) => canary.includes(name)))).toEqual([canary, [], []]);
});

test("naming a canary renames no wave and moves no other host", () => {
  const names = Array.from({ length: 100 }, (_, index) => `web${index}`);
  const [one = [], two = []] = namesByWave(names, [50, 100]);
  const [, oneThen, twoThen] = namesByWave(names, [50, 100], ["web7"]);
  expect([oneThen, twoThen]).toEqual([one.filter((name) => name !== "web7"), two.filter((name) => name !== "web7")]);
});

test("the fleet of a wave can be told by the wave's name", () => {
  for (const fleet of ["edge", "edge-2", "edge-canary"])
    for (const { name } of wavesOf(fleet, ["web1"], { canary: ["web1"], waves: [50, 100] }))
      expect(fleetOfWave(name)).toBe(fleet);
});

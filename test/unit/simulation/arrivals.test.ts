import { createArrivals } from "../../../src/simulation/scenario/arrivals";
import { seedRandom } from "../../../src/simulation/scenario/random";

/** Gaps between flows that begin at 50 a second with Pareto arrivals, until so many seconds have passed. */
const paretoGaps = (shape: number, durationSeconds: number): number[] => {
  const flows = { protocol: "udp", pattern: "query", newPerSecond: 50, arrivals: "pareto", shape } as const;
  const arrivals = createArrivals(flows, durationSeconds, 1, seedRandom(1));
  const gaps: number[] = [];
  let last = 0;
  while (arrivals.next < Infinity) {
    gaps.push(arrivals.next - last);
    last = arrivals.next;
    arrivals.advance();
  }
  return gaps;
};

// At a shape near 1 the gaps' variance is 1000 / ln(1000)^2 = 21 squared means, and less above. The count of 250000
// flows then has a deviation of sqrt(21 / 250000) = 0.9 %, four of them make 3.7 %.
test.each([1.0001, 1.01, 1.05, 1.1, 1.2, 1.5, 2, 3])(
  "Heavy-tailed arrivals of shape %d keep to the declared rate",
  (shape) => {
    expect(Math.abs(paretoGaps(shape, 5000).length / 250_000 - 1)).toBeLessThan(0.037);
  },
);

test("Heavy-tailed gaps follow the bounded Pareto distribution: at shape 1.5 one in 31.6 is ten times the shortest", () => {
  const gaps = paretoGaps(1.5, 5000);
  const shortest = gaps.reduce((least, gap) => Math.min(least, gap), Infinity);
  const longest = gaps.reduce((most, gap) => Math.max(most, gap), 0);
  expect(longest / shortest).toBeLessThanOrEqual(1000.001);
  // P(gap > 10 k) = (10^-1.5 - 1000^-1.5) / (1 - 1000^-1.5) = 0.0316; deviation of the share 0.0004.
  expect(gaps.filter((gap) => gap > 10 * shortest).length / gaps.length).toBeCloseTo(0.0316, 2);
});

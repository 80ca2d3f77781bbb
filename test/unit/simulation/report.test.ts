import { simulate } from "../../../src/simulation/simulate";
import { judge } from "../../../src/simulation/report/verdict";
import { renderSummary } from "../../../src/simulation/report/summary";
import { svgChart } from "../../../src/simulation/report/svg-chart";
import { terminalChart } from "../../../src/simulation/report/terminal-chart";

const result = simulate({
  kernel: "6.12.107",
  arch: "x86_64",
  settings: { buckets: 1024, max: 1000 },
  durationSeconds: 120,
  seed: 1,
  traffic: [{ protocol: "tcp", pattern: "session", newPerSecond: 20 }],
});

test("The terminal chart has a title with max, the wished rows, and an axis that ends with the run", () => {
  const lines = terminalChart(result, { width: 60, height: 10 }).split("\n");
  expect(lines[0]).toBe("entries in the table (max 1000)");
  expect(lines).toHaveLength(1 + 11 + 1);
  expect(lines[1]).toContain("1000");
  expect(lines.at(-1)).toMatch(/0 s +120 s$/);
});

test("The terminal chart shows a peak that is shorter than a column", () => {
  const spike = { ...result, series: result.series.map((point) => ({ ...point, count: point.t === 61 ? 900 : 0 })) };
  const top = terminalChart(spike, { width: 10, height: 10 }).split("\n");
  expect(top[2]).toMatch(/[╭╮]/);
});

test("The SVG stands alone, names max, and marks the seconds that lost connections", () => {
  const svg = svgChart(result, "web <1> & more");
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg).toContain("<title>web &lt;1&gt; &amp; more</title>");
  expect(svg).toContain("max 1,000");
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect((svg.match(/<rect /g) ?? []).length).toBe(1 + 70);
  expect(result.series.filter(({ drop }, i) => drop > (result.series[i - 1]?.drop ?? 0))).toHaveLength(70);
});

test("The SVG of an unlimited table has no line for max", () => {
  const unlimited = { ...result, settings: { ...result.settings, max: 0 } };
  expect(svgChart(unlimited)).not.toContain("stroke-dasharray");
});

test("The summary mentions recovering only where there was a flood", () => {
  expect(renderSummary(result, judge(result))).not.toContain("recovered");
  const flooded = { ...result, hasFlood: true };
  expect(renderSummary(flooded, judge(flooded))).toMatch(/recovered from the flood after +│ never/);
});

test("The summary distinguishes the highest count and the fullest moment where max was changed", () => {
  const changed = { ...result, peak: 5000, fullest: { fill: 0.95, count: 950, max: 1000 } };
  const text = renderSummary(changed, judge(changed));
  expect(text).toMatch(/peak +│ 5,000 entries /);
  expect(text).toMatch(/fullest +│ 950 entries, 95\.0 % of max 1,000/);
});

test("The summary shows the figures, the verdict, and a sentence for each failure", () => {
  const text = renderSummary(result, judge(result));
  expect(text).toContain("1,000 entries, 100.0 % of max");
  expect(text).toMatch(/dropped at the full table +│ 1,400/);
  expect(text).toContain("Verdict: failed.");
  expect(text).toContain("- 1,400 packets of new connections are dropped because the table is full");
});

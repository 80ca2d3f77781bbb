import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { runCommandLine } from "../../../src/cli/command-line";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "simulate-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const scenario = {
  kernel: "6.1.0-50-cloud-amd64",
  arch: "x86_64",
  settings: { max: 1024, buckets: 1024 },
  durationSeconds: 30,
  seed: 1,
  traffic: [{ protocol: "udp", pattern: "query", newPerSecond: 10 }],
};
const write = (content: object): string => {
  const file = path.join(folder, "scenario.json");
  fs.writeFileSync(file, JSON.stringify(content));
  return file;
};
const run = async (words: readonly string[], stdin = "") => {
  let out = "";
  let err = "";
  const code = await runCommandLine(["simulate", ...words], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    stdin: Readable.from([stdin]),
  });
  return { code, out, err };
};

test("a run that passes is shown as a chart with its figures, and exits 0", async () => {
  const { code, out } = await run([write(scenario)]);
  expect(code).toBe(0);
  expect(out).toContain("entries in the table (max 1024)");
  expect(out).toContain("Verdict: passed.");
});

test("a run that fails says what to change, and exits 1", async () => {
  const { code, out } = await run([write({ ...scenario, traffic: [{ ...scenario.traffic[0], newPerSecond: 1000 }] })]);
  expect(code).toBe(1);
  expect(out).toMatch(/Verdict: failed\.\n- .*Raise max/);
});

test("the chart is written as SVG where a file is named", async () => {
  const svg = path.join(folder, "chart.svg");
  await run([write(scenario), "--svg", svg]);
  expect(fs.readFileSync(svg, "utf8")).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
});

describe("a chart that cannot be written", () => {
  const scenarioFile = () => write(scenario);

  test.each([
    ["in a folder that is not there", path.join(folder, "nowhere", "chart.svg"), "ENOENT"],
    ["in place of a folder", folder, "EISDIR"],
  ])("%s is wrong use that names the file, and exits 2", async (_what, svg, cause) => {
    const { code, out, err } = await run([scenarioFile(), "--svg", svg]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(`--svg = ${JSON.stringify(svg)}: cannot be written: `);
    expect(err).toContain(cause);
  });

  test("is said as JSON where JSON was asked for", async () => {
    const svg = path.join(folder, "nowhere", "chart.svg");
    const { code, out } = await run([scenarioFile(), "--svg", svg, "--json"]);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { problems: [{ path: "--svg", value: svg }] } });
  });

  test("is found out before the run, so that no answer is lost", async () => {
    const endless = write({ ...scenario, durationSeconds: 2 ** 40 });
    const { err } = await run([endless, "--svg", path.join(folder, "nowhere", "chart.svg")]);
    expect(err).toContain("cannot be written");
    expect(err).not.toContain("durationSeconds");
  });
});

test("the answer as JSON has one point for each second, the peak and the verdict", async () => {
  const { out } = await run([write(scenario), "--json"]);
  const answer = JSON.parse(out) as { series: { t: number; count: number }[]; peak: number; verdict: object };
  expect(answer.series.map(({ t }) => t)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  expect(answer.series[0]).toEqual({ t: 1, count: 10, drop: 0, earlyDrop: 0, insertFailed: 0 });
  expect(answer.verdict).toMatchObject({ passed: true });
});

test("a batch answers every scenario in order, and a bad one with its mistakes", async () => {
  const { code, out } = await run(["--batch"], `${JSON.stringify(scenario)}\n{"seed":-1}\n`);
  expect(code).toBe(0);
  const [first = "", second = ""] = out.trimEnd().split("\n");
  expect(JSON.parse(first)).toHaveProperty("series");
  expect(JSON.parse(second)).toHaveProperty("error.problems");
});

test.each([
  ["no scenario", []],
  ["a file that is not there", ["missing.json"]],
])("%s is wrong use and exits 2", async (_what, words) => {
  const { code, err } = await run(words);
  expect(code).toBe(2);
  expect(err).toMatch(/scenario/);
});

/** The page of a rollout: for a terminal, for a ticket, and as data. */
import { reportJson } from "../../../../src/cli/fleet/report-json";
import { markdownReport } from "../../../../src/cli/fleet/report-markdown";
import { renderReport } from "../../../../src/cli/fleet/report-text";
import type { ReportedWave, RolloutReport } from "../../../../src/fleet/rollout-report";
import type { UpdateSummary } from "../../../../src/fleet/wave/wave-state";

const update = (over: Partial<UpdateSummary> = {}): UpdateSummary => ({
  begun: "2026-11-24T20:30:05.123Z",
  seconds: 612.5,
  outcomes: { set: 2 },
  gate: {
    passed: true,
    soakSeconds: 600,
    hosts: 2,
    highest: { fill: 0.41, dropsPerSecond: 0, insertFailedPerSecond: 1.5 },
  },
  changes: ["web1, web2: max 65536 -> 262144\n  in /etc/sysctl.d/zz-pulumi-conntrack.conf"],
  ...over,
});

const wave = (over: Partial<ReportedWave> = {}): ReportedWave => ({
  ...{ name: "edge-canary", place: "1 of 2", hosts: 2, pending: [], lastUpdate: update() },
  ...over,
});
const failed = wave({
  ...{ name: "edge-1", place: "2 of 2, after edge-canary", hosts: 98, pending: ["web3", "web4", "web5"] },
  pendingSince: {
    web4: "2026-11-24T20:40:17.000Z",
    web5: "2026-11-24T20:40:17.000Z",
    web3: "2026-11-20T08:00:00.000Z",
  },
  lastUpdate: update({
    begun: "2026-11-24T20:40:17.500Z",
    outcomes: { putBack: 96, notPutBack: 1, failed: 1 },
    gate: { passed: false, soakSeconds: 600, hosts: 97, highest: { fill: 0.953, earlyDropsPerSecond: 12 } },
    changes: [],
  }),
});
const report = (...waves: readonly ReportedWave[]): RolloutReport => ({ owner: "shop/prod", waves });
const words = (text: string): string => text.replace(/\s+/g, " ");

describe("In a terminal", () => {
  const text = renderReport(report(wave(), failed), "pulumi up");

  test("the page says whose fleet it is, and counts hosts and what is pending", () => {
    expect(text).toMatch(/^shop\/prod, fleet edge\n/);
    expect(text).toContain("\n100 hosts in 2 waves: 3 pending in edge-1.\n");
  });

  test("each wave has its place, its time and its hosts by outcome", () => {
    expect(words(text)).toContain(
      "edge-canary (wave 1 of 2): 2 hosts begun 2026-11-24T20:30:05Z, took 10 min 13 s: 2 set",
    );
    expect(words(text)).toContain("edge-1 (wave 2 of 2, after edge-canary): 98 hosts");
    expect(words(text)).toContain(
      "96 put back to what they had before, 1 could not be put back and hold the new values, 1 failed",
    );
  });

  test("a gate says whether it passed, after how long, and the highest readings by the kernel's names", () => {
    expect(words(text)).toContain(
      "gate passed after 600 s: 2 hosts read, at most fill 41 %, drop 0/s, insert_failed 1.5/s",
    );
    expect(words(text)).toContain("gate did not pass after 600 s: 97 hosts read, at most fill 95.3 %, early_drop 12/s");
  });

  test("what an update was to change stands as the preview showed it", () => {
    expect(text).toContain("    web1, web2: max 65536 -> 262144\n      in /etc/sysctl.d/zz-pulumi-conntrack.conf\n");
  });

  test("hosts are pending since the time of each, the longest first, and the command that goes on is a line to copy", () => {
    expect(text).toMatch(
      /1 pending since 2026-11-20T08:00:00Z: web3\n +2 pending since 2026-11-24T20:40:17Z: web4, web5\n/,
    );
    expect(text).toMatch(/\n {2}pulumi up\n$/);
  });

  test("no line is longer than 80 columns", () => {
    const names = Array.from({ length: 500 }, (_, index) => `edge-router-of-the-second-floor-${index}`);
    const long = renderReport(report(wave({ pending: names }), failed), "pulumi up");
    for (const line of long.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(words(long)).toContain("500 pending: edge-router-of-the-second-floor-0,");
    expect(words(long)).toContain("and 400 more");
  });

  test("where nothing is pending, nothing is to be done", () => {
    const done = renderReport(report(wave()), "pulumi up");
    expect(done).toContain("2 hosts in 1 wave: nothing pending.\n");
    expect(done).not.toContain("pulumi up");
  });

  test("a wave of which nothing is known says so", () => {
    expect(renderReport(report(wave({ lastUpdate: undefined })), "pulumi up")).toContain("\n  no update on record\n");
  });
});

describe("Whatever a host or a file says", () => {
  const hostile = report(
    wave({
      name: "edge-1\nshop/prod: all is well",
      place: "1 of 1 | <b>",
      pending: ["web1\u001b[2J", "@everyone"],
      lastUpdate: update({ changes: ["````\n<script>\u0007\n# heading"] }),
    }),
  );

  test("changes no terminal and begins no line of its own", () => {
    const text = renderReport(hostile, "pulumi up");
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(text).not.toMatch(/^shop\/prod: all is well/m);
    expect(text).toContain("    # heading\n");
  });

  test("stays text in Markdown", () => {
    const text = markdownReport(hostile, "pulumi up");
    expect(text).toContain("\n`````\n````\n<script>\uFFFD\n# heading\n`````\n");
    expect(text).toContain("1 of 1 \\| \\<b\\>");
    expect(text).not.toContain("@everyone");
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  });
});

describe("In a ticket", () => {
  const text = markdownReport(report(wave(), failed), "pulumi up");

  test("the waves are a table, before -> after is folded, and the command is a block to copy", () => {
    expect(text).toContain(
      "| edge-canary | 1 of 2 | 2 | 0 | 2 set | passed after 600 s: 2 hosts read, at most fill 41 %",
    );
    expect(text).toContain("| 2026-11-24T20:40:17Z | 10 min 13 s |");
    expect(text).toContain("- edge-1: 2 pending since 2026-11-24T20:40:17Z: web4, web5\n");
    expect(text).toContain("\n```\npulumi up\n```\n");
    expect(text).toContain("<details>\n<summary>edge-canary: what was to change, before -&gt; after</summary>");
  });
});

describe("As data", () => {
  test("a report is what it was made of, with the fleet, the sum of what is pending and the command", () => {
    const made = report(wave(), failed);
    expect(reportJson(made, "pulumi up")).toEqual({
      ...{ owner: "shop/prod", fleet: "edge", pending: 3, waves: made.waves, goOn: "pulumi up" },
    });
  });

  test("no command is named where nothing is pending", () => {
    expect(reportJson(report(wave()), "pulumi up")).not.toHaveProperty("goOn");
  });
});

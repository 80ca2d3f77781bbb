import { formatMiB, formatPercent, formatSeconds } from "../../../src/text/format";
import { plan } from "../../../src/plan/plan";
import { summarizePlan } from "../../../src/plan/summary";

test("a plan is one line: max, what the kernel alone would take, buckets, memory and its share", () => {
  const made = plan({
    facts: { memoryMiB: 16384, kernel: "5.15.31", arch: "x86_64" },
    settings: { max: 262144 },
  });
  // 262144 entries of 320 + 128 bytes and 2 MiB of buckets: 114 MiB.
  expect(summarizePlan(made)).toBe("max 262144 (kernel alone 262144), buckets 262144, 114 MiB = 0.7 % of RAM");
});

test.each([
  [2 ** 20, "1 MiB"],
  [2.5 * 2 ** 20, "2.5 MiB"],
  [98 * 2 ** 20, "98 MiB"],
])("%d bytes read as %s", (bytes, text) => {
  expect(formatMiB(bytes)).toBe(text);
});

test.each([
  [432000, "5 days"],
  [86400, "1 day"],
  [7440, "124 minutes"],
  [3600, "1 hour"],
  [90, "90 seconds"],
  [1, "1 second"],
  [0, "0 seconds"],
])("%d seconds read as %s", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test("a share too small to show is not shown as nothing", () => {
  expect(formatPercent(0.0001)).toBe("< 0.1 %");
  expect(formatPercent(0.006)).toBe("0.6 %");
});

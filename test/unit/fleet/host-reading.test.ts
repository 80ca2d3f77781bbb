import type { HostReport } from "../../../src/delivery/answer/read-back";
import { memoryClassMiB, readingOf } from "../../../src/fleet/host-reading";

const report: HostReport = {
  command: "facts",
  module: "nf_conntrack",
  presence: "module",
  kernel: "6.1.0-50-cloud-amd64",
  unameVersion: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-06-30)",
  arch: "x86_64",
  memTotalKiB: 16_375_000,
  cores: 4,
  settings: { max: 262144, buckets: 262144, nf_conntrack_udp_timeout: 30 },
  entries: 12,
  flags: {},
  loadedBy: [],
  competingWriters: [],
  counters: {},
};

test.each([
  // MemTotal in KiB of machines with 1, 2, 4, 8, 16 and 64 GiB, and of one with 24 MiB.
  [1_002_460, 960],
  [2_030_000, 1920],
  [4_020_000, 3840],
  [8_127_000, 7680],
  [16_375_000, 15360],
  [65_800_000, 61440],
  [24_000, 22],
])("MemTotal of %i KiB counts as %i MiB", (memTotalKiB, memoryMiB) => {
  expect(memoryClassMiB(memTotalKiB)).toBe(memoryMiB);
});

test("a class is never more than what is there, and never less than eight ninths of it", () => {
  for (let memTotalKiB = 16 * 1024; memTotalKiB < 2 ** 40; memTotalKiB = Math.ceil(memTotalKiB * 1.013)) {
    const counted = memoryClassMiB(memTotalKiB) * 1024;
    expect(counted).toBeLessThanOrEqual(memTotalKiB);
    expect(counted).toBeGreaterThan((memTotalKiB - 1024) * (8 / 9));
  }
});

test("a reading has the facts that a plan needs, and what stands on the host", () => {
  expect(readingOf(report)).toEqual({
    facts: {
      memoryMiB: 15360,
      arch: "x86_64",
      kernel: "6.1.0-50-cloud-amd64",
      cores: 4,
      unameVersion: report.unameVersion,
    },
    max: 262144,
    buckets: 262144,
    entries: 12,
  });
});

test("where the table is not loaded there are no live values", () => {
  const reading = readingOf({ ...report, presence: "notLoaded", settings: {}, entries: undefined });
  expect(reading).toMatchObject({ max: undefined, buckets: undefined, entries: undefined });
});

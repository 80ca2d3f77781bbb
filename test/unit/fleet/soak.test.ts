import { soak } from "../../../src/fleet/soak";

const never = new AbortController().signal;

test("no soak time ends at once", async () => {
  expect(await soak(0, never, () => undefined)).toBe(true);
});

test("a soak time that is cancelled ends at once, and says so", async () => {
  const stop = new AbortController();
  const soaked = soak(3600, stop.signal, () => undefined);
  stop.abort();
  expect(await soaked).toBe(false);
  expect(await soak(3600, stop.signal, () => undefined)).toBe(false);
});

test("whoever waits is told every ten seconds", async () => {
  jest.useFakeTimers();
  try {
    const told: number[] = [];
    const soaked = soak(25, never, (passed) => told.push(passed));
    await jest.advanceTimersByTimeAsync(25_000);
    expect(await soaked).toBe(true);
    expect(told).toEqual([10, 20]);
  } finally {
    jest.useRealTimers();
  }
});

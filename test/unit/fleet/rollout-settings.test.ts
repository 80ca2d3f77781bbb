/** The argument `rollout`, and the window in which it may begin. */
import { rolloutSettings } from "../../../src/fleet/rollout-settings";
import { windowProblems } from "../../../src/fleet/window";
import { problemsIn } from "../../../src/validation/validation";

const wrong = (value: object) => problemsIn(rolloutSettings(value)).map(({ path, limit }) => `${path} ${limit}`);

test("a fleet is one wave without a soak time, in which no host may fail, unless it says otherwise", () => {
  expect(rolloutSettings(undefined)).toEqual({
    ok: true,
    value: { lanes: 64, waves: [100], maximumFailures: 0, soakSeconds: 0 },
  });
});

test("a bound of a rate needs a soak time, because a rate lies between two readings", () => {
  const [only, ...more] = wrong({ gate: { dropsPerSecond: 0, maximumFill: 0.9 } });
  expect(more).toEqual([]);
  expect(only).toMatch(/^rollout\.gate\.dropsPerSecond is a rate between two readings, and rollout\.soakSeconds is 0/);
  expect(wrong({ gate: { dropsPerSecond: 0, maximumFill: 0.9 }, soakSeconds: 1 })).toEqual([]);
  expect(wrong({ gate: { maximumFill: 0.9 } })).toEqual([]);
});

test.each([0, 1.01, -1, "0.9"])("a fill of %s is no bound", (maximumFill) => {
  expect(wrong({ gate: { maximumFill } })).toHaveLength(1);
});

test("an unknown bound is an error, and not ignored", () => {
  expect(wrong({ gate: { dropPerSecond: 1 }, soakSeconds: 1 })).toEqual([
    "rollout.gate.dropPerSecond is not an argument here",
  ]);
});

test("a soak time is at most a day", () => {
  expect(wrong({ soakSeconds: 86_400 })).toEqual([]);
  expect(wrong({ soakSeconds: 86_401 })).toHaveLength(1);
});

test.each(["2026-12-01", "2026-12-01T22:00", "22:00", "tomorrow"])(
  "%s names no moment without a doubt",
  (notBefore) => {
    expect(wrong({ notBefore })).toEqual([
      "rollout.notBefore must be a moment with its offset from UTC, such as 2026-12-01T22:00:00+01:00 or 2026-12-01T21:00:00Z",
    ]);
  },
);

test("a window ends after it begins", () => {
  expect(wrong({ notBefore: "2026-12-01T22:00:00+01:00", notAfter: "2026-12-01T21:00:01Z" })).toEqual([]);
  expect(wrong({ notBefore: "2026-12-01T22:00:00+01:00", notAfter: "2026-12-01T21:00:00Z" })).toHaveLength(1);
});

test("before and after its window a rollout is refused with the time that it is", () => {
  const window = { notBefore: "2026-12-01T22:00:00+01:00", notAfter: "2026-12-01T23:00:00+01:00" };
  const at = (now: string) => windowProblems(window, new Date(now)).map(({ path, limit }) => `${path} ${limit}`);
  expect(at("2026-12-01T20:59:59Z")).toEqual([
    "rollout.notBefore is later than now, 2026-12-01T20:59:59Z: no wave begins",
  ]);
  expect(at("2026-12-01T21:00:00Z")).toEqual([]);
  expect(at("2026-12-01T22:00:00Z")).toEqual([]);
  expect(at("2026-12-01T22:00:01Z")).toEqual([
    "rollout.notAfter is earlier than now, 2026-12-01T22:00:01Z: no wave begins",
  ]);
});

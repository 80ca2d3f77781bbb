/** What a rollout remembers, as text that anybody may have written. */
import fc from "fast-check";
import { hostRecord } from "../../../src/fleet/host-record";
import { shareProfiles } from "../../../src/fleet/profiles";
import { memoryReport, memoryText, parseMemory, type RolloutMemory } from "../../../src/fleet/rollout-memory";
import type { Login } from "../../../src/fleet/login";
import { tryPlan } from "../../../src/plan/plan";
import { valueOrThrow } from "../../../src/validation/validation";

const planned = valueOrThrow(
  tryPlan({ facts: { memoryMiB: 7838, arch: "x86_64", kernel: "6.1.0-50-amd64" } }),
  "The test's request is wrong.",
);
const secret = "-----BEGIN PRIVATE KEY-----hunter2";
const login: Login = { user: "tuner", privateKey: secret, password: secret };
const recordOf = (host: string) => hostRecord({ host, connection: "tuner" }, planned);
const since = "2026-12-01T12:00:00.000Z";

const memory: RolloutMemory = {
  owner: "rollout/hosts.yaml",
  fleet: "fleet",
  waves: [
    {
      inputs: {
        ...shareProfiles({ web1: recordOf("192.0.2.1"), web2: recordOf("192.0.2.2") }),
        ...{
          owner: "rollout/hosts.yaml",
          wave: "fleet-1",
          place: "1 of 1",
          lanes: 64,
          maximumFailures: 0,
          observe: true,
        },
        connections: { tuner: login },
      },
      state: {
        ...{ pending: ["old1", "web2"], pendingSince: { old1: since, web2: since }, count: 2, inactive: [] },
        leftover: { old1: { record: recordOf("192.0.2.3"), login } },
        handedOver: { web9: { record: { host: "192.0.2.9", connection: "tuner" }, login } },
        held: { set: shareProfiles({}), released: [], connections: { tuner: login } },
        lastUpdate: { begun: since, seconds: 2, outcomes: { set: 1, failed: 1 }, changes: ["web1: new"] },
      },
      begun: { names: ["web2"], untouched: ["web2"] },
      stranded: { old2: { record: recordOf("192.0.2.4"), since } },
    },
  ],
};

const known = (): Login => login;

test("the text of it holds no login, in whatever part of the memory one stands", () => {
  expect(memoryText(memory)).not.toMatch(/hunter2|tuner/);
});

test("read again it says the same, with logins from whoever knows them", () => {
  const read = valueOrThrow(parseMemory(memoryText(memory), known), "It cannot be read.");
  expect(JSON.parse(memoryText(read))).toEqual(JSON.parse(memoryText(memory)));
  expect(memoryReport(read)).toMatchObject({
    owner: "rollout/hosts.yaml",
    waves: [{ name: "fleet-1", hosts: 2, pending: ["old1", "old2", "web2"], pendingSince: { old2: since } }],
  });
  expect(Object.values(read.waves[0]?.inputs.connections ?? {})).toEqual([login]);
});

test("hosts for which nobody knows a login stand apart, and none is remembered with less for it", () => {
  const read = valueOrThrow(
    parseMemory(memoryText(memory), (name) => (name.startsWith("old") ? undefined : login)),
    "It cannot be read.",
  );
  expect(Object.keys(read.waves[0]?.stranded ?? {}).sort()).toEqual(["old1", "old2"]);
  expect(read.waves[0]?.state.leftover).toEqual({});
  expect(JSON.parse(memoryText(read))).toEqual(JSON.parse(memoryText(memory)));
});

/** Every place of a document. */
const placesIn = (value: unknown, path: readonly string[] = []): readonly (readonly string[])[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, each]) => [[...path, key], ...placesIn(each, [...path, key])])
    : [];

const replaced = (value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown => {
  if (key === undefined) return by;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
};

test("a text with anything in any place is read or refused, and never breaks whoever reads it", () => {
  const document = JSON.parse(memoryText(memory)) as unknown;
  const places = placesIn(document);
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
      const read = parseMemory(JSON.stringify(replaced(document, place, value)), known);
      if (!read.ok) {
        expect(read.problems.length).toBeGreaterThan(0);
        return;
      }
      expect(memoryText(read.value)).not.toMatch(/hunter2/);
      expect(memoryReport(read.value).waves.length).toBe(read.value.waves.length);
    }),
    { numRuns: 500 },
  );
});

test("any text at all is refused in words", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const read = parseMemory(text, known);
      expect(read.ok).toBe(false);
      if (!read.ok) expect(read.problems[0]?.limit).toBeTruthy();
    }),
  );
});

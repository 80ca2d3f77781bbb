import { hostRecord } from "../../../src/fleet/host-record";
import { keepSettings } from "../../../src/fleet/keep-settings";
import { tryPlan } from "../../../src/plan/plan";
import { facts, plannedRecord, udpTimeout } from "../../support/fleet-records";

/** A host of 8 GiB, whose kernel alone takes 262144 entries. */
const planned = plannedRecord();

const settle = keepSettings;

test("a host as planned holds its plan, and nothing is said", () => {
  expect(settle(planned, planned)).toEqual({ record: planned, notes: [] });
  expect(settle(undefined, planned)).toEqual({ record: planned, notes: [] });
});

describe("A max above the plan that stands on the host", () => {
  const raised = { ...planned, liveMax: 500_000 };

  test("is named and leaves the host alone", () => {
    const { record, notes } = settle(raised, planned);
    expect(record).toEqual(planned);
    expect(notes).toEqual(["max is 500000, above the plan of 262144: it stays, unless allowShrink is set"]);
  });

  test("is what the host shall hold as soon as it is written for another reason, with buckets for it", () => {
    const { record } = settle(raised, plannedRecord(udpTimeout(31)));
    expect(record).toMatchObject({ max: 500_000, nf_conntrack_udp_timeout: 31, kept: true });
    expect(record.buckets).toBeGreaterThanOrEqual(500_000);
  });

  test("stays from then on, and is named from then on", () => {
    const { record: held } = settle(raised, plannedRecord(udpTimeout(31)));
    const again = settle(held, plannedRecord(udpTimeout(31)));
    expect(again.record).toEqual(held);
    expect(again.notes[0]).toContain("max is 500000, above the plan of 262144");
  });

  test("stays at the first update of a host too", () => {
    expect(settle(undefined, raised).record).toMatchObject({ max: 500_000, kept: true });
  });

  test("is lowered with allowShrink, silently", () => {
    const wanted = plannedRecord({ allowShrink: true });
    expect(settle(raised, wanted)).toEqual({ record: wanted, notes: [] });
  });

  test("that memory does not carry stays out of the plan, and what will happen is told", () => {
    const wanted = plannedRecord(udpTimeout(31));
    const { record, notes } = settle(planned, { ...wanted, liveMax: 4_000_000 });
    expect(record).toEqual(wanted);
    expect(notes[1]).toMatch(/^max 4000000 .* cannot be planned .* refuse this update: set allowShrink: true for it$/);
  });
});

describe("Entries that a planned table has no room for", () => {
  const sized = { ...planned, sizedFromHost: true };

  test("raise a max that nobody declared to the next power of two that has", () => {
    const { record, notes } = settle(sized, { ...sized, liveEntries: 250_000 });
    expect(record).toMatchObject({ max: 524_288, kept: true });
    expect(notes).toEqual(["holds 250000 entries now, so max is raised from 262144 to 524288"]);
  });

  test("a few more or less raise to the same", () => {
    const [one, other] = [230_000, 300_000].map((liveEntries) => settle(sized, { ...sized, liveEntries }).record);
    expect(one).toEqual(other);
  });

  test("change nothing of a declared max, and are named", () => {
    const { record, notes } = settle(planned, { ...planned, liveEntries: 250_000 });
    expect(record).toEqual(planned);
    expect(notes).toEqual(["holds 250000 entries now, more than 80 % of max 262144: raise settings.max"]);
  });

  test("that memory does not carry change nothing and are named", () => {
    const { record, notes } = settle(sized, { ...sized, liveEntries: 3_000_000 });
    expect(record).toEqual(sized);
    expect(notes[0]).toMatch(/^holds 3000000 entries now, and a max of 4194304 for them cannot be: a full table/);
  });
});

describe("Sizes that follow from what a host said of itself", () => {
  const sizedAt = (memoryMiB: number, request: object = {}) => {
    const made = tryPlan({ facts: { ...facts, memoryMiB }, role: "nat", ...request });
    if (!made.ok) throw new Error(JSON.stringify(made.problems));
    const way = { host: "192.0.2.1", connection: "ssh" };
    return hostRecord(way, made.value, { sizedFromHost: true });
  };

  test("stay where the next kernel counts the RAM into the class beside", () => {
    const [before, after] = [sizedAt(61440), sizedAt(57344)];
    expect(after.max).not.toBe(before.max);
    expect(settle(after, before).record).toMatchObject({ memoryMiB: 61440, max: after.max, buckets: after.buckets });
  });

  test("are worked out anew where the machine is another one", () => {
    expect(settle(sizedAt(61440), sizedAt(122880)).record.max).toBe(sizedAt(122880).max);
  });

  test("are worked out anew where something else is asked", () => {
    const wanted = sizedAt(57344, { memoryShare: 0.05 });
    expect(settle(sizedAt(61440), wanted).record.max).toBe(wanted.max);
  });

  test("that no longer fit are not kept", () => {
    // 6 Mi entries of 256 bytes and more are over 1/32 of 56 GiB less a tenth: 1613 MiB.
    const large = { ...sizedAt(61440), max: 6_500_000, buckets: 6_500_352 };
    expect(settle(large, sizedAt(57344)).record.max).toBe(sizedAt(57344).max);
  });
});

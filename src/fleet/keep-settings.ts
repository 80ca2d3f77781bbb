/**
 * What of a host stays although its plan says otherwise. A greater max or hash size than planned is lowered only where
 * that is allowed; entries that are there only raise; and numbers that were worked out from what the host said of
 * itself stay while they still satisfy the plan, so that a new kernel or a busy hour changes nothing.
 */
import { isDeepStrictEqual } from "node:util";
import { roomForEntries } from "../target/guards";
import type { Problem } from "../validation/problems";
import { valid, type Checked } from "../validation/validation";
import { changedHosts } from "./host-changes";
import { fleetHost, hostRecord, isUnread, originOf, wayOf, type HostRecord } from "./host-record";
import { isNextClass } from "./host-reading";
import { planOnce } from "./plan-once";

/** The record that a host shall hold, and what a person should know of it. */
export interface KeptSettings {
  readonly record: HostRecord;
  readonly notes: readonly string[];
}

/** The numbers that are kept, each with the key of what the host has. */
const kinds = [
  { key: "max", live: "liveMax" },
  { key: "buckets", live: "liveBuckets" },
] as const;

type Sizes = Readonly<Record<(typeof kinds)[number]["key"], number>>;

const numberAt = (record: HostRecord | undefined, key: string): number => {
  const value = record?.[key];
  return typeof value === "number" ? value : 0;
};

const sizesOf = (record: HostRecord): Sizes => ({ max: numberAt(record, "max"), buckets: numberAt(record, "buckets") });

/** What of the record a plan is made from, beside the numbers. */
const askedKeys = ["role", "memoryShare", "allowShrink", "loadModule", "traffic"] as const;

const asksTheSame = (one: HostRecord, other: HostRecord): boolean =>
  askedKeys.every((key) => isDeepStrictEqual(one[key], other[key]));

/** The record with other sizes, where these can be planned for it. */
const withSizes = (record: HostRecord, sizes: Partial<Sizes>): Checked<HostRecord> => {
  const host = fleetHost(record);
  if (!host.ok) return host;
  const { facts, role, memoryShare, allowShrink, loadModule, adopt, traffic, settings } = host.value;
  const request = { facts, role, memoryShare, allowShrink, loadModule, adopt, traffic };
  const planned = planOnce({ ...request, settings: { timeouts: settings.timeouts, ...sizes } });
  if (!planned.ok) return planned;
  return valid(hostRecord(wayOf(record), planned.value, originOf(record)));
};

/** Sizes of the state that still satisfy a plan which was worked out anew from what the host said. */
const settled = (old: HostRecord | undefined, planned: HostRecord): HostRecord => {
  if (old?.sizedFromHost !== true || planned.sizedFromHost !== true || old.kept === true) return planned;
  if (isDeepStrictEqual(sizesOf(old), sizesOf(planned)) || !asksTheSame(old, planned)) return planned;
  if (!isNextClass(numberAt(old, "memoryMiB"), numberAt(planned, "memoryMiB"))) return planned;
  const kept = withSizes(planned, sizesOf(old));
  return kept.ok ? kept.value : planned;
};

/** A table for so many entries: a power of two, so that a few more or less change nothing. */
const maxForEntries = (entries: number): number => 2 ** Math.ceil(Math.log2(entries / roomForEntries));

const because = (problems: readonly Problem[]): string => problems.map(({ limit }) => limit).join("; ");

/**
 * Never refuses: what cannot be kept is told, and the host itself refuses to be lowered.
 * @param old what the state has of the host, with what a reading found above it
 * @param planned what the program wants, with what a reading found above it
 */
export const keepSettings = (
  old: HostRecord | undefined,
  { liveMax, liveBuckets, liveEntries, ...wanted }: HostRecord,
): KeptSettings => {
  const known = old === undefined || isUnread(old) ? undefined : old;
  const plan = settled(known, wanted);
  if (plan.allowShrink === true) return { record: plan, notes: [] };
  const sizes = sizesOf(plan);
  const live = { liveMax, liveBuckets };
  const owned = known?.kept === true ? sizesOf(known) : sizes;
  const found = Object.fromEntries(
    kinds.map(({ key, live: at }) => [key, Math.max(numberAt(live, at), numberAt(known, at), owned[key], sizes[key])]),
  ) as Sizes;
  const entries = Math.max(numberAt({ liveEntries }, "liveEntries"), numberAt(known, "liveEntries"));
  const isFull = entries > found.max * roomForEntries;
  if (isDeepStrictEqual(found, sizes) && !isFull) return { record: plan, notes: [] };

  const notes = kinds.flatMap(({ key }) =>
    found[key] > sizes[key]
      ? [`${key} is ${found[key]}, above the plan of ${sizes[key]}: it stays, unless allowShrink is set`]
      : [],
  );
  /** The plan with greater sizes, or why it cannot be. */
  const raised = (wantedSizes: Sizes): Checked<HostRecord> => {
    const differing = kinds.filter(({ key }) => wantedSizes[key] > sizes[key]);
    if (differing.length === 0) return valid(plan);
    const record = withSizes(plan, Object.fromEntries(differing.map(({ key }) => [key, wantedSizes[key]])));
    return record.ok ? valid({ ...record.value, kept: true }) : record;
  };
  // What the state has stays for good; what the host has is taken over as soon as it is written for another reason.
  const held = raised({ max: Math.max(owned.max, sizes.max), buckets: Math.max(owned.buckets, sizes.buckets) });
  const steady = held.ok ? held.value : plan;

  if (isFull && plan.sizedFromHost === true) {
    const max = maxForEntries(entries);
    const roomier = raised({ max, buckets: found.buckets });
    if (roomier.ok)
      return {
        record: roomier.value,
        notes: [...notes, `holds ${entries} entries now, so max is raised from ${found.max} to ${max}`],
      };
    notes.push(`holds ${entries} entries now, and a max of ${max} for them cannot be: ${because(roomier.problems)}`);
  } else if (isFull)
    notes.push(
      `holds ${entries} entries now, more than ${roomForEntries * 100} % of max ${found.max}: raise settings.max`,
    );

  const isWritten = known === undefined || changedHosts({ host: known }, { host: steady }).length > 0;
  if (!isWritten) return { record: steady, notes };
  const adopted = raised(found);
  if (adopted.ok) return { record: adopted.value, notes };
  return {
    record: steady,
    notes: [
      ...notes,
      `max ${found.max} and buckets ${found.buckets} cannot be planned (${because(adopted.problems)}), so the host will ` +
        "refuse this update: set allowShrink: true for it",
    ],
  };
};

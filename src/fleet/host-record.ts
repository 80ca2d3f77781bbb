/**
 * A host of a fleet as it stands in the state: flat, so that what many hosts share can stand once, and so that one
 * changed setting is one changed key.
 */
import * as z from "zod";
import type { Settings } from "../kernel/settings";
import type { PlanForKernel } from "../plan/plan";
import { hostFactsSchema, planRequestSchema, type HostFacts, type PlanRequest } from "../plan/request";
import type { Problem } from "../validation/problems";
import { check, invalid, type Checked } from "../validation/validation";

/**
 * What a reading found on a host and a plan has to mind: values above it, and entries that fill it. It comes with the
 * program's hosts and with a reading of the state's, and is not kept.
 */
export interface LiveState {
  readonly liveMax?: number;
  readonly liveBuckets?: number;
  readonly liveEntries?: number;
}

const live = z.object({
  liveMax: z.int().min(0).optional(),
  liveBuckets: z.int().min(0).optional(),
  liveEntries: z.int().min(0).optional(),
});

/** A host of which nothing is known: why it could not be read, and what is asked of it. */
const unreadShape = { unread: z.string().optional(), request: z.record(z.string(), z.unknown()).optional() };

/** Keys that belong to one host alone; everything else may be shared. */
export const ownKeys: readonly string[] = ["host", "hostKey", ...Object.keys(live.shape), ...Object.keys(unreadShape)];

/** Keys by `host`, `max`, `kernel`, `nf_conntrack_udp_timeout`, ...; values as JSON. */
export type HostRecord = Readonly<Record<string, unknown>>;

type Asked = Pick<PlanRequest, "role" | "memoryShare" | "allowShrink" | "loadModule" | "adopt" | "traffic">;

/** The same with its parts apart. */
export interface FleetHost extends Asked {
  /** Name or address, without user or port. */
  readonly host: string;
  readonly port?: number;
  /** A line of authorized_keys. */
  readonly hostKey?: string;
  /** Name of the connection that it is reached with. */
  readonly connection: string;
  readonly facts: HostFacts;
  readonly settings: Settings;
  /** Where traffic was declared: outcome and hash of what was judged. */
  readonly verdict?: { readonly outcome: string; readonly settingsHash: string };
  /** Files that were found changed on the host, from which the plan's own content differs. */
  readonly changedFiles?: readonly string[];
}

/** How the numbers of a record came about. */
export interface Origin extends LiveState {
  /** All facts are what the host said of itself. */
  readonly factsFromHost?: boolean;
  /** `max` and `buckets` follow from what the host said of itself; nobody declared them. */
  readonly sizedFromHost?: boolean;
  /** `max` or `buckets` is above the plan, because the host has or needs it. */
  readonly kept?: boolean;
}

/** A host's way as a fleet keeps it. */
export type Way = Pick<FleetHost, "host" | "port" | "hostKey" | "connection">;

const present = (fields: Readonly<Record<string, unknown>>): HostRecord =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== false));

/**
 * A host that could not be asked, so that nothing can be planned for it.
 * @param request what the program wants of it, for whoever knows its facts
 */
export const unreadRecord = (way: Way, unread: string, request?: Readonly<Record<string, unknown>>): HostRecord =>
  present({ ...way, unread, request });

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** The way to a host, from a record that nobody has checked. */
export const wayOf = ({ host, port, hostKey, connection }: HostRecord): Way => ({
  host: text(host) ?? "",
  port: typeof port === "number" ? port : undefined,
  hostKey: text(hostKey),
  connection: text(connection) ?? "",
});

/** How the numbers of a record came about, less what a reading found. */
export const originOf = ({ factsFromHost, sizedFromHost }: HostRecord): Origin => ({
  factsFromHost: factsFromHost === true,
  sizedFromHost: sizedFromHost === true,
});

/** The record with what a reading found above it in the place of the plan. */
export const withLive = ({ liveMax, liveBuckets, liveEntries: _entries, ...record }: HostRecord): HostRecord => ({
  ...record,
  ...(liveMax === undefined ? {} : { max: liveMax }),
  ...(liveBuckets === undefined ? {} : { buckets: liveBuckets }),
});

/** The record less what a reading found above it, which is not kept. */
export const withoutLive = ({ liveMax: _max, liveBuckets: _buckets, liveEntries: _entries, ...record }: HostRecord) =>
  record;

/** The record of a planned host. */
export const hostRecord = (way: Way, { plan, request }: PlanForKernel, origin: Origin = {}): HostRecord => {
  const { role, memoryShare, allowShrink, loadModule, adopt, traffic } = request;
  const { max, buckets, timeouts } = plan.settings;
  const { outcome, settingsHash } = plan.verdict;
  return present({
    ...way,
    ...request.facts,
    ...{ role, memoryShare, allowShrink, loadModule, adopt, traffic },
    ...(traffic === undefined ? {} : { verdict: outcome, settingsHash }),
    ...{ max, buckets },
    ...timeouts,
    ...origin,
  });
};

const own = z.object({
  host: z.string().min(1),
  port: z.int().min(1).max(65535).optional(),
  hostKey: z.string().optional(),
  connection: z.string().min(1),
});
const asked = planRequestSchema.pick({
  role: true,
  memoryShare: true,
  allowShrink: true,
  loadModule: true,
  adopt: true,
  traffic: true,
});
const rest = z.object({
  max: z.int().min(0),
  buckets: z.int().min(0),
  verdict: z.string().optional(),
  settingsHash: z.string().optional(),
  changedFiles: z.array(z.string()).optional(),
  factsFromHost: z.boolean().optional(),
  sizedFromHost: z.boolean().optional(),
  kept: z.boolean().optional(),
});
const timeout = z.int();

const isTimeoutKey = (key: string): boolean => /conntrack_|flowtable_/.test(key);

/** True for what a host can hold: `max`, `buckets` and timeouts. */
export const isSettingKey = (key: string): boolean => key === "max" || key === "buckets" || isTimeoutKey(key);

const recordShape = { ...own.shape, ...hostFactsSchema.shape, ...asked.shape, ...rest.shape, ...live.shape };
const known = new Set(Object.keys(recordShape));

const recordSchema = z
  .strictObject(recordShape)
  .catchall(timeout)
  .superRefine((record, context) => {
    for (const key of Object.keys(record))
      if (!known.has(key) && !isTimeoutKey(key))
        context.addIssue({ code: "unrecognized_keys", keys: [key], path: [], input: record });
  });

const factKeys = Object.keys(hostFactsSchema.shape);

/** True for a host of which nothing is known yet. */
export const isUnread = ({ unread }: HostRecord): boolean => unread !== undefined;

const neverRead = (reason: unknown, base: string): Problem => ({
  path: base,
  limit: `was never read: ${String(reason).replace(/\.$/, "")}`,
  source: "a fleet without declared facts asks its hosts",
  remedy: "Bring it back, declare its memoryMiB, arch and kernel, or mark it decommissioned.",
});

/** Reads a record that came from a program or a state; one of a host that was never read is a problem. */
export const fleetHost = (record: HostRecord, base = ""): Checked<FleetHost> => {
  if (isUnread(record)) return invalid([neverRead(record.unread, base)]);
  const checked = check(recordSchema, record, base);
  if (!checked.ok) return checked;
  const { host, port, hostKey, connection, max, buckets, verdict, settingsHash, changedFiles, ...fields } =
    checked.value;
  const { role, memoryShare, allowShrink, loadModule, adopt, traffic } = fields;
  const entries = Object.entries(fields);
  return {
    ok: true,
    value: {
      ...{ host, port, hostKey, connection, role, memoryShare, allowShrink, loadModule, adopt, traffic, changedFiles },
      facts: hostFactsSchema.parse(Object.fromEntries(entries.filter(([key]) => factKeys.includes(key)))),
      settings: {
        max,
        buckets,
        timeouts: z.record(z.string(), timeout).parse(Object.fromEntries(entries.filter(([key]) => isTimeoutKey(key)))),
      },
      ...(verdict === undefined ? {} : { verdict: { outcome: verdict, settingsHash: settingsHash ?? "" } }),
    },
  };
};

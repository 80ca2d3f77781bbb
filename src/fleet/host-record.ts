/**
 * A host of a fleet as it stands in the state: flat, so that what many hosts share can stand once, and so that one
 * changed setting is one changed key.
 */
import * as z from "zod";
import type { Settings } from "../kernel/settings";
import type { PlanForKernel } from "../plan/plan";
import { hostFactsSchema, planRequestSchema, type HostFacts, type PlanRequest } from "../plan/request";
import { check, type Checked } from "../validation/validation";

/** Keys that belong to one host alone; everything else may be shared. */
export const ownKeys: readonly string[] = ["host", "hostKey"];

/** Keys by `host`, `max`, `kernel`, `nf_conntrack_udp_timeout`, ...; values as JSON. */
export type HostRecord = Readonly<Record<string, unknown>>;

type Asked = Pick<PlanRequest, "role" | "memoryShare" | "allowShrink" | "loadModule" | "traffic">;

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

/** A host's way as a fleet keeps it. */
export type Way = Pick<FleetHost, "host" | "port" | "hostKey" | "connection">;

const present = (fields: Readonly<Record<string, unknown>>): HostRecord =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== false));

/** The record of a planned host. */
export const hostRecord = (way: Way, { plan, request }: PlanForKernel): HostRecord => {
  const { role, memoryShare, allowShrink, loadModule, traffic } = request;
  const { max, buckets, timeouts } = plan.settings;
  const { outcome, settingsHash } = plan.verdict;
  return present({
    ...way,
    ...request.facts,
    ...{ role, memoryShare, allowShrink, loadModule, traffic },
    ...(traffic === undefined ? {} : { verdict: outcome, settingsHash }),
    ...{ max, buckets },
    ...timeouts,
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
  traffic: true,
});
const rest = z.object({
  max: z.int().min(0),
  buckets: z.int().min(0),
  verdict: z.string().optional(),
  settingsHash: z.string().optional(),
  changedFiles: z.array(z.string()).optional(),
});
const timeout = z.int();

const isTimeoutKey = (key: string): boolean => /conntrack_|flowtable_/.test(key);

const recordSchema = z
  .strictObject({ ...own.shape, ...hostFactsSchema.shape, ...asked.shape, ...rest.shape })
  .catchall(timeout)
  .superRefine((record, context) => {
    const known = new Set(Object.keys({ ...own.shape, ...hostFactsSchema.shape, ...asked.shape, ...rest.shape }));
    for (const key of Object.keys(record))
      if (!known.has(key) && !isTimeoutKey(key))
        context.addIssue({ code: "unrecognized_keys", keys: [key], path: [], input: record });
  });

const factKeys = Object.keys(hostFactsSchema.shape);

/** Reads a record that came from a program or a state. */
export const fleetHost = (record: HostRecord, base = ""): Checked<FleetHost> => {
  const checked = check(recordSchema, record, base);
  if (!checked.ok) return checked;
  const { host, port, hostKey, connection, max, buckets, verdict, settingsHash, changedFiles, ...fields } =
    checked.value;
  const { role, memoryShare, allowShrink, loadModule, traffic } = fields;
  const entries = Object.entries(fields);
  return {
    ok: true,
    value: {
      ...{ host, port, hostKey, connection, role, memoryShare, allowShrink, loadModule, traffic, changedFiles },
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

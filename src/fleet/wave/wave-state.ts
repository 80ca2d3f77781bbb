/** What is known of a wave after an update, beside its inputs: what is left to do, and what became of the last update. */
import * as z from "zod";
import type { Shown } from "../gate";
import type { HostRecord } from "../host-record";
import type { Held } from "./held";
import type { Login } from "./wave-inputs";

/** A host that left, and whose old values are not back yet. */
export interface Leftover {
  readonly record: HostRecord;
  readonly login: Login;
}

/** The gate of an update: what was read of its hosts after the soak time. */
export interface GateSummary {
  readonly passed: boolean;
  readonly soakSeconds: number;
  /** Hosts that were read. */
  readonly hosts: number;
  /** The highest of each kind that any host showed; absent where no host tells. */
  readonly highest: Shown;
}

/** The last update of a wave that did anything. */
export interface UpdateSummary {
  /** When it began, ISO 8601 in UTC. */
  readonly begun: string;
  readonly seconds: number;
  /** Hosts by outcome; what there is none of is left out. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly gate?: GateSummary;
  /** What it was to change, before -> after: paragraphs of hosts that agree. */
  readonly changes: readonly string[];
}

/** `set`, `restored` and `putBack` are what hosts hold; `notPutBack` kept the new values though the gate failed. */
export type Outcome = "set" | "restored" | "putBack" | "notPutBack" | "failed" | "notBegun";

export interface WaveState {
  /** Names of hosts that do not hold what they shall yet; the next update does exactly these. */
  readonly pending: readonly string[];
  /** Since when each of them is, ISO 8601 in UTC. */
  readonly pendingSince?: Readonly<Record<string, string>>;
  /** Hosts of the wave. */
  readonly count: number;
  /** Names of hosts whose module is not loaded: the settings wait on disk for it. */
  readonly inactive: readonly string[];
  readonly leftover: Readonly<Record<string, Leftover>>;
  /**
   * Hosts that went over to another wave. Where that one could not take them, they are still ours, and destroy puts them
   * back; where it could, they answer that they are not.
   */
  readonly handedOver: Readonly<Record<string, Leftover>>;
  /** What an update that failed has done. */
  readonly held?: Held;
  readonly lastUpdate?: UpdateSummary;
}

const record = z.record(z.string(), z.unknown());
const login = z.custom<Login>((value) => typeof value === "object" && value !== null);
const shared = z.object({
  profile: z.string(),
  profiles: z.record(z.string(), record),
  hosts: z.record(z.string(), record),
});
const left = z.record(z.string(), z.object({ record, login })).default({});

const outcomes = z.enum(["set", "restored", "putBack", "notPutBack", "failed", "notBegun"] satisfies Outcome[]);
const shown = z.record(z.string(), z.number()) as z.ZodType<Shown>;
/** The form of a summary that was kept somewhere. */
export const updateSummarySchema = z.object({
  begun: z.string(),
  seconds: z.number(),
  outcomes: z.partialRecord(outcomes, z.number()),
  gate: z.object({ passed: z.boolean(), soakSeconds: z.number(), hosts: z.number(), highest: shown }).optional(),
  changes: z.array(z.string()),
}) satisfies z.ZodType<UpdateSummary>;

/** The form of a state that was kept somewhere. */
export const waveStateSchema = z.object({
  pending: z.array(z.string()).default([]),
  count: z.number().default(0),
  inactive: z.array(z.string()).default([]),
  leftover: left,
  handedOver: left,
  held: z
    .object({
      set: shared,
      released: z.array(z.string()).default([]),
      connections: z.record(z.string(), login).default({}),
    })
    .optional(),
  pendingSince: z.record(z.string(), z.string()).optional(),
  // A person reads it, and no work depends on it: one of another form must not take the rest with it.
  lastUpdate: updateSummarySchema.optional().catch(undefined),
}) satisfies z.ZodType<WaveState>;

/** A wave of which nothing is known. */
export const emptyState: WaveState = { pending: [], count: 0, inactive: [], leftover: {}, handedOver: {} };

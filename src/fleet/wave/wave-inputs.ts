/** The inputs of `conntrack:index:Rollout`, one wave of a fleet: what the component sends and the state holds. */
import * as z from "zod";
import { connectionSchema } from "../../delivery/ssh/connection";
import { gateSchema, type GateBounds } from "../gate";
import type { HostRecord } from "../host-record";
import type { Login } from "../login";
import { expandProfiles, type SharedHosts } from "../profiles";
import { isFields } from "../../validation/fields";
import { check, type Checked } from "../../validation/validation";

export type { Login };

export interface WaveInputs extends SharedHosts {
  /** `project/stack`, as tokens on hosts begin. */
  readonly owner: string;
  /** Name of the wave in the fleet; part of the token. */
  readonly wave: string;
  /** Hosts worked on at once. */
  readonly lanes: number;
  readonly maximumFailures: number;
  readonly maximumFailuresPercent?: number;
  /** Every preview and update reads the hosts first. */
  readonly observe: boolean;
  readonly connections: Readonly<Record<string, Login>>;
  /** Hosts that exist no more: they are let go without being dialled. */
  readonly decommissioned?: readonly string[];
  /** Hosts that went over to another wave, which takes them over: nothing is put back. Written by Check. */
  readonly moved?: readonly string[];
  /** Hosts of the other waves; not kept in the state. */
  readonly elsewhere?: readonly string[];
  /** The only hosts that may change; all others stay as the state has them. Not kept in the state. */
  readonly only?: readonly string[];
  /** Between setting the hosts and reading them again; default 0. */
  readonly soakSeconds?: number;
  /** What every host has to keep after the soak time. */
  readonly gate?: GateBounds;
  /** No update begins before or after; ISO 8601 with an offset. */
  readonly notBefore?: string;
  readonly notAfter?: string;
  /** Where the wave stands among the others, in words: `2 of 4, after edge-1`. */
  readonly place?: string;
}

/** What is in a record is looked at elsewhere, and zod would copy it key by key. */
const record = z.custom<HostRecord>(isFields, "must be an object");
const names = z.array(z.string()).optional();
const schema = z.object({
  owner: z.string(),
  wave: z.string(),
  lanes: z.int().min(1).max(1000),
  maximumFailures: z.int().min(0),
  maximumFailuresPercent: z.number().min(0).max(100).optional(),
  observe: z.boolean(),
  connections: z.record(z.string(), connectionSchema.omit({ host: true, port: true, hostKey: true })),
  profile: z.string(),
  profiles: z.record(z.string(), record),
  hosts: z.record(z.string(), record),
  decommissioned: names,
  moved: names,
  elsewhere: names,
  only: names,
  soakSeconds: z.number().optional(),
  gate: gateSchema.optional(),
  notBefore: z.string().optional(),
  notAfter: z.string().optional(),
  place: z.string().optional(),
}) satisfies z.ZodType<WaveInputs>;

const isSecretPath = (path: string): boolean => path.startsWith("connections");

/** Checks the form of inputs without marks; hosts are checked one by one elsewhere. */
export const waveInputs = (fields: unknown): Checked<WaveInputs> => check(schema, fields, "", isSecretPath);

/** The whole record of each host. */
export const recordsOf = (inputs: WaveInputs): Record<string, HostRecord> => expandProfiles(inputs);

/**
 * The load that a host must carry, as a person declares it: named loads of a size, classes of flows, how much the
 * busiest hour exceeds that, and a flood to survive.
 */
import * as z from "zod";
import { trafficClassSchema } from "../simulation/scenario/scenario";
import { Load, loads } from "./loads";
import type { SteadyClass } from "./steady-class";

/** A load of a known kind and its size in its own measure (docs/model.md). */
interface NamedLoad {
  readonly load: Load;
  /** Requests or queries a second, clients, pods, or sessions, as the load counts. */
  readonly size: number;
}

/** What a flood is made of. */
export const FloodProtocol = {
  /** Single datagrams. */
  Udp: "udp",
  /** SYNs that nobody answers. */
  Tcp: "tcp",
  /** Single echo requests. */
  Icmp: "icmp",
} as const;
export type FloodProtocol = (typeof FloodProtocol)[keyof typeof FloodProtocol];

/** A flood that the table must survive, beside the usual traffic. */
export interface Flood {
  readonly protocol: FloodProtocol;
  readonly newPerSecond: number;
  readonly seconds: number;
}

export interface Traffic {
  readonly loads?: NamedLoad[];
  readonly classes?: SteadyClass[];
  /** Busiest moment as a multiple of the declared rates; default 1. */
  readonly peakFactor?: number;
  readonly flood?: Flood;
}

const rate = z.number().min(0).max(10_000_000);

const steadyClassSchema = trafficClassSchema
  .omit({ startSeconds: true, endSeconds: true, newEachSecond: true, flood: true })
  .extend({ newPerSecond: rate })
  .superRefine(({ protocol, pattern, lifeSeconds }, context) => {
    // In a scenario it lives as long as the run; a load has no end.
    if (protocol === "tcp" && pattern === "session" && lifeSeconds === undefined)
      context.addIssue({
        code: "custom",
        path: ["lifeSeconds"],
        message: "is missing: sessions that never end need a table without end",
        params: { remedy: "Write how many seconds a session lasts, 0 for one that ends at once." },
      });
  });

export const trafficSchema = z.strictObject({
  loads: z.array(z.strictObject({ load: z.enum(Load), size: rate })).optional(),
  classes: z.array(steadyClassSchema).max(32).optional(),
  peakFactor: z.number().min(1).max(100).optional(),
  flood: z
    .strictObject({ protocol: z.enum(FloodProtocol), newPerSecond: rate, seconds: z.int().min(1).max(600) })
    .optional(),
}) satisfies z.ZodType<Traffic>;

/** A class at its busiest, with the words that name it in a sentence. */
export interface NamedClass {
  readonly name: string;
  readonly flows: SteadyClass;
}

/** All classes at their busiest: first the declared ones in their order, then those of the named loads. */
export const busiestClasses = ({ loads: named = [], classes = [], peakFactor = 1 }: Traffic): NamedClass[] =>
  [
    ...classes.map((flows, index) => ({ name: `classes[${index}] (${flows.protocol} ${flows.pattern})`, flows })),
    ...named.flatMap(({ load, size }) =>
      loads[load].classes.map(({ share, ...flows }) => ({
        name: `${load} (${flows.protocol} ${flows.pattern})`,
        flows: { ...flows, newPerSecond: share * size },
      })),
    ),
  ].map(({ name, flows }) => ({ name, flows: { ...flows, newPerSecond: flows.newPerSecond * peakFactor } }));

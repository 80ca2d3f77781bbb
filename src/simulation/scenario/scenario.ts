/**
 * The scenario: one host's kernel, settings and load, as a person or a program writes it down.
 * This is the contract of `simulate`; its checks name every mistake at once.
 */
import * as z from "zod";
import { isFields, type Fields } from "../../validation/fields";
import { problemsOfKernel } from "../../kernel/kernel-rules";
import type { Settings } from "../../kernel/settings";
import type { Problem } from "../../validation/problems";
import { readableFields, readableItems } from "../../validation/readable";
import { check, type Checked, invalid, joinPath, problemsIn } from "../../validation/validation";

/** Protocol of a flow. */
export const Protocol = { Udp: "udp", Tcp: "tcp", Icmp: "icmp", Generic: "generic" } as const;
export type Protocol = (typeof Protocol)[keyof typeof Protocol];

/** What a flow looks like. */
export const Pattern = {
  /** The first packet only. */
  Unreplied: "unreplied",
  /** One request, one reply. */
  Query: "query",
  /** Packets both ways for as long as it lives. */
  Stream: "stream",
  /** TCP, never answered. */
  Syn: "syn",
  /** A SYN answered by RST. */
  Refused: "refused",
  /** Handshake, data, end. */
  Session: "session",
  /** Handshake, life, then a FIN that is only acknowledged. */
  Halfclosed: "halfclosed",
} as const;
export type Pattern = (typeof Pattern)[keyof typeof Pattern];

/** How flows arrive. */
export const Arrivals = {
  /** The same gap each time. */
  Even: "even",
  /** Independent of each other. */
  Poisson: "poisson",
  /** Heavy-tailed gaps, the longest a thousand times the shortest. */
  Pareto: "pareto",
} as const;
export type Arrivals = (typeof Arrivals)[keyof typeof Arrivals];

/** How a TCP session ends. */
export const SessionEnd = {
  Fin: "fin",
  Rst: "rst",
  /** The peers vanish, or their RST is lost before it passes this host. */
  Silent: "silent",
} as const;
export type SessionEnd = (typeof SessionEnd)[keyof typeof SessionEnd];

/**
 * Settings as a person writes them: a max of 0 means no limit up to Linux 6.18, and buckets are rounded up to whole
 * pages where the kernel does so.
 */
export type ScenarioSettings = Pick<Settings, "max" | "buckets"> & Partial<Pick<Settings, "timeouts">>;

/** Entries that exist at t = 0 with a fresh timeout and then stay silent. */
export interface Preload {
  readonly protocol: Protocol;
  readonly pattern: Pattern;
  readonly count: number;
}

/** Flows of one kind. */
export interface TrafficClass {
  readonly protocol: Protocol;
  /** `stream` and `session` send packets every `intervalSeconds` for `lifeSeconds`; so may `halfclosed`. */
  readonly pattern: Pattern;
  /** First second of arrivals; default 0. */
  readonly startSeconds?: number;
  /** No arrivals from here on; default the end of the run, or of `newEachSecond`. */
  readonly endSeconds?: number;
  /** New flows each second, fractions allowed. */
  readonly newPerSecond?: number;
  /** New flows of each second from `startSeconds`, instead of `newPerSecond`. */
  readonly newEachSecond?: readonly number[];
  /** Default `even`. */
  readonly arrivals?: Arrivals;
  /** Shape of the bounded Pareto distribution of the gaps, above 1; default 1.5. */
  readonly shape?: number;
  readonly intervalSeconds?: number;
  /** Default: as long as the run. */
  readonly lifeSeconds?: number;
  /** How a session ends; default `fin`. */
  readonly end?: SessionEnd;
  /** With `silent`: the last data of the session is never acknowledged. */
  readonly unacknowledged?: boolean;
  /** How often an unanswered packet is sent again, after 1, 2, 4 ... seconds (RFC 6298); default 0. */
  readonly retransmissions?: number;
  /** Marks a load that must be survived, not served: the verdict then allows a higher peak. */
  readonly flood?: boolean;
}

/** Settings that are written at a moment of the run; what is left out stays. */
export interface SettingsEvent {
  readonly t: number;
  readonly settings: Partial<ScenarioSettings>;
}

export interface Scenario {
  /** What `uname -r` prints. */
  readonly kernel: string;
  /** What `uname -v` prints: shows the upstream patch level. */
  readonly unameVersion?: string;
  /** What `uname -m` prints. */
  readonly arch: string;
  readonly pageSizeBytes?: number;
  /** Ticks a second of this kernel; default 250. */
  readonly hz?: number;
  readonly settings: ScenarioSettings;
  readonly durationSeconds: number;
  /** Whole number from 0 to 2^53 - 1; the same seed gives the same run. */
  readonly seed: number;
  readonly preload?: readonly Preload[];
  readonly traffic: readonly TrafficClass[];
  readonly events?: readonly SettingsEvent[];
  /** Factor by which table and traffic are thinned; `auto` chooses it so that a run takes under a second. Default 1. */
  readonly thinning?: number | "auto";
  /** When the next pass of the collector starts; default: one has just ended at t = 0. */
  readonly collector?: { readonly nextPassSeconds: number };
}

const seconds = z.number().min(0);
const timeouts = z.record(z.string(), z.number());
const wholeFromZero = z.int().min(0);
const protocol = z.enum(Protocol);
const pattern = z.enum(Pattern);

/** A class of flows; what belongs together is checked by `checkScenario`. */
export const trafficClassSchema = z.strictObject({
  protocol,
  pattern,
  startSeconds: seconds.optional(),
  endSeconds: seconds.optional(),
  newPerSecond: z.number().min(0).optional(),
  newEachSecond: z.array(wholeFromZero).optional(),
  arrivals: z.enum(Arrivals).optional(),
  shape: z.number().gt(1).optional(),
  intervalSeconds: z.number().gt(0).optional(),
  lifeSeconds: seconds.optional(),
  end: z.enum(SessionEnd).optional(),
  unacknowledged: z.boolean().optional(),
  retransmissions: wholeFromZero.max(15).optional(),
  flood: z.boolean().optional(),
});

const preloadSchema = z.strictObject({ protocol, pattern, count: wholeFromZero });

const scenarioSchema = z.strictObject({
  kernel: z.string().min(1),
  unameVersion: z.string().optional(),
  arch: z.string().min(1),
  pageSizeBytes: z.int().optional(),
  hz: z.int().optional(),
  settings: z.strictObject({ buckets: z.int().min(1), max: wholeFromZero, timeouts: timeouts.optional() }),
  durationSeconds: z.int().min(1),
  seed: wholeFromZero,
  preload: z.array(preloadSchema).optional(),
  traffic: z.array(trafficClassSchema),
  events: z
    .array(
      z.strictObject({
        t: seconds,
        settings: z.strictObject({
          buckets: z.int().min(1).optional(),
          max: wholeFromZero.optional(),
          timeouts: timeouts.optional(),
        }),
      }),
    )
    .optional(),
  thinning: z.union([z.literal("auto"), z.number().min(1)]).optional(),
  collector: z.strictObject({ nextPassSeconds: seconds }).optional(),
}) satisfies z.ZodType<Scenario>;

const TCP_PATTERNS: readonly Pattern[] = ["syn", "refused", "session", "halfclosed"];
const OTHER_PATTERNS: readonly Pattern[] = ["unreplied", "query", "stream"];

/** The source of what this contract demands. */
export const CONTRACT = "the contract of scenarios, docs/simulation.md";

const problemsOfPattern = (path: string, given: Pick<TrafficClass, "protocol" | "pattern">): Problem[] => {
  const known = given.protocol === "tcp" ? TCP_PATTERNS : OTHER_PATTERNS;
  if (known.includes(given.pattern)) return [];
  return [
    {
      path: joinPath(path, "pattern"),
      value: given.pattern,
      limit: `must be one of ${known.join(", ")} for ${given.protocol}`,
      source: CONTRACT,
      remedy: "Write one of these words, or another protocol.",
    },
  ];
};

const problemsOfRate = (path: string, traffic: TrafficClass): Problem[] => {
  const given = Number(traffic.newPerSecond !== undefined) + Number(traffic.newEachSecond !== undefined);
  if (given !== 1) {
    return [
      {
        path,
        limit: `must say either newPerSecond or newEachSecond, and says ${given === 0 ? "neither" : "both"}`,
        source: CONTRACT,
        remedy: "Write newPerSecond, a number, or newEachSecond, a list with the count of each second.",
      },
    ];
  }
  if (traffic.arrivals !== "pareto" || traffic.newPerSecond !== undefined) return [];
  return [
    {
      path: joinPath(path, "arrivals"),
      value: traffic.arrivals,
      limit: "cannot keep to the exact counts of newEachSecond",
      source: CONTRACT,
      remedy: "Write newPerSecond for heavy-tailed arrivals.",
    },
  ];
};

const problemsOfClass = (path: string, traffic: TrafficClass): Problem[] => {
  const problems = [...problemsOfPattern(path, traffic), ...problemsOfRate(path, traffic)];
  if (traffic.pattern === "stream" && (traffic.intervalSeconds === undefined || traffic.lifeSeconds === undefined)) {
    problems.push({
      path,
      limit: "is a stream and must say intervalSeconds and lifeSeconds",
      source: CONTRACT,
      remedy: "Write how often its packets come and for how long.",
    });
  }
  if (traffic.unacknowledged === true && (traffic.pattern !== "session" || traffic.end !== "silent")) {
    problems.push({
      path: joinPath(path, "unacknowledged"),
      value: true,
      limit: "is for sessions whose end is silent",
      source: CONTRACT,
      remedy: "Write `pattern: session, end: silent`, or remove it.",
    });
  }
  if (traffic.endSeconds !== undefined && traffic.endSeconds < (traffic.startSeconds ?? 0)) {
    problems.push({
      path: joinPath(path, "endSeconds"),
      value: traffic.endSeconds,
      limit: `must be at least startSeconds, ${traffic.startSeconds ?? 0}`,
      source: CONTRACT,
      remedy: "Write a later end or an earlier start.",
    });
  }
  return problems;
};

/** A mistake of form in the words of this contract, and the scenario itself by its name. */
const asOfScenario = (problem: Problem): Problem => ({
  ...problem,
  path: problem.path || "scenario",
  source: CONTRACT,
});

/** What the classes of a scenario or of a load contradict in themselves; `schema` says which can be read. */
export const problemsOfClasses = (schema: z.ZodType<TrafficClass>, classes: unknown, path: string): Problem[] =>
  readableItems(schema, classes).flatMap(([i, each]) => problemsOfClass(joinPath(path, i), each));

/** What is wrong between the fields that can be read, and with the kernel that they name. */
const problemsBetweenFields = (value: unknown): Problem[] => {
  const { preload, traffic }: Fields = isFields(value) ? value : {};
  return [
    ...problemsOfKernel(readableFields(scenarioSchema, value)),
    ...readableItems(preloadSchema, preload).flatMap(([i, given]) =>
      problemsOfPattern(joinPath("", "preload", i), given),
    ),
    ...problemsOfClasses(trafficClassSchema.strip(), traffic, "traffic"),
  ];
};

/** The scenario in an unknown value, or every mistake of form; what the kernel says of the values is checked later. */
export const checkScenario = (value: unknown): Checked<Scenario> => {
  const checked = check(scenarioSchema, value);
  const problems = [...problemsIn(checked).map(asOfScenario), ...problemsBetweenFields(value)];
  return checked.ok && problems.length === 0 ? checked : invalid(problems);
};

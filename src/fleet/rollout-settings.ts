/** How a fleet is rolled out, as a person writes it: the argument `rollout`. */
import * as z from "zod";
import { defaultLaneCount } from "../delivery/ssh/lanes";
import { check, type Checked } from "../validation/validation";
import { gateSchema, rateBounds, type GateBounds } from "./gate";
import { longestSoakSeconds } from "./soak";
import { oneWave } from "./waves";
import { windowShape, type Window } from "./window";

export interface RolloutSettings extends Window {
  /** Hosts worked on at once. */
  readonly lanes: number;
  /** Names of the hosts of the first wave. */
  readonly canary?: readonly string[];
  /** Cumulative percentages of the other hosts, rising, the last of them 100. */
  readonly waves: readonly number[];
  /** Hosts of a wave that may fail. */
  readonly maximumFailures: number;
  /** The same in percent of the wave; the greater of the two holds. */
  readonly maximumFailuresPercent?: number;
  /** The only hosts that may change. */
  readonly only?: readonly string[];
  /** Between setting the hosts of a wave and reading them again for the gate. */
  readonly soakSeconds: number;
  /** What every host of a wave has to keep; values and files have to hold without it, too. */
  readonly gate?: GateBounds;
}

const percent = z.number().min(0).max(100);

const rises = (waves: readonly number[]): boolean =>
  waves.at(-1) === 100 && waves.every((threshold, index) => threshold > (waves[index - 1] ?? 0));

const fields = z.strictObject({
  lanes: z.int().min(1).max(1000).default(defaultLaneCount),
  waves: z
    .array(percent)
    .refine(rises, {
      error: "must be percentages that rise to 100",
      params: { remedy: "Write them cumulated, for example [1, 10, 40, 100]." },
    })
    .default([...oneWave]),
  maximumFailures: z.int().min(0).default(0),
  maximumFailuresPercent: percent.optional(),
  only: z.array(z.string()).optional(),
  canary: z.array(z.string()).optional(),
  soakSeconds: z.number().min(0).max(longestSoakSeconds).default(0),
  gate: gateSchema.optional(),
  ...windowShape,
});

/** A rate is the rise between two readings, and without a soak time there is one. */
const needSoak = ({ soakSeconds, gate = {} }: z.output<typeof fields>, context: z.RefinementCtx): void => {
  if (soakSeconds > 0) return;
  for (const bound of rateBounds.filter((each) => gate[each] !== undefined))
    context.addIssue({
      code: "custom",
      path: ["gate", bound],
      input: gate[bound],
      message: "is a rate between two readings, and rollout.soakSeconds is 0",
      params: { remedy: "Set rollout.soakSeconds, for example 60." },
    });
};

const isOrdered = ({ notBefore, notAfter }: Window): boolean =>
  notBefore === undefined || notAfter === undefined || new Date(notBefore) < new Date(notAfter);

const schema = fields.superRefine(needSoak).refine(isOrdered, {
  path: ["notAfter"],
  error: "must be later than notBefore",
  params: { remedy: "Exchange the two." },
}) satisfies z.ZodType<RolloutSettings>;

/** Checks the argument and fills in what is left out. */
export const rolloutSettings = (value: unknown, base = "rollout"): Checked<RolloutSettings> =>
  check(schema, value ?? {}, base);

/** How a fleet is rolled out, as a person writes it: the argument `rollout`. */
import * as z from "zod";
import { defaultLaneCount } from "../delivery/ssh/lanes";
import { check, type Checked } from "../validation/validation";
import { oneWave } from "./waves";

export interface RolloutSettings {
  /** Hosts worked on at once. */
  readonly lanes: number;
  /** Cumulative percentages of the hosts, rising, the last of them 100. */
  readonly waves: readonly number[];
  /** Hosts of a wave that may fail. */
  readonly maximumFailures: number;
  /** The same in percent of the wave; the greater of the two holds. */
  readonly maximumFailuresPercent?: number;
  /** The only hosts that may change. */
  readonly only?: readonly string[];
}

const percent = z.number().min(0).max(100);

const rises = (waves: readonly number[]): boolean =>
  waves.at(-1) === 100 && waves.every((threshold, index) => threshold > (waves[index - 1] ?? 0));

const schema = z.strictObject({
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
}) satisfies z.ZodType<RolloutSettings>;

/** Checks the argument and fills in what is left out. */
export const rolloutSettings = (value: unknown, base = "rollout"): Checked<RolloutSettings> =>
  check(schema, value ?? {}, base);

import * as z from "zod";
import { effectiveTimeout } from "../subjects/host-kernel";
import { hostRule, Level, Severity } from "../rule";
import { knownSettings, tableSetting } from "../subjects/setting-names";
import type { HostInputs } from "../subjects/subjects";
import type { Violation } from "../violation";

const range = z
  .strictObject({ minimum: z.int().optional(), maximum: z.int().optional() })
  .superRefine(({ minimum = -Infinity, maximum = Infinity }, context) => {
    if (minimum > maximum)
      context.addIssue({
        code: "custom",
        message: `has a minimum of ${minimum} above its maximum of ${maximum}, so that no value could ever pass`,
        params: { remedy: "Write a minimum that is not above the maximum." },
      });
  });

interface InForce {
  readonly path: string;
  readonly value: number;
  readonly planned: boolean;
}

/** The number in force for a key of the ranges; undefined where this kernel has no such setting. */
const inForce = (inputs: HostInputs, key: string): InForce | undefined => {
  const { settings } = inputs;
  if (settings === undefined) return undefined;
  const ofTable = tableSetting(key);
  if (ofTable !== undefined) return { path: `settings.${ofTable}`, value: settings[ofTable], planned: true };
  const timeout = effectiveTimeout(inputs, key);
  return timeout && { path: `settings.timeouts.${timeout.sysctl}`, value: timeout.seconds, planned: timeout.planned };
};

const inWords = (minimum: number, maximum: number): string =>
  minimum === maximum
    ? `differs from the ${minimum} required`
    : maximum === Infinity
      ? `is below the minimum of ${minimum}`
      : minimum === -Infinity
        ? `is above the maximum of ${maximum}`
        : `lies outside ${minimum} to ${maximum}`;

const remedyFor = (minimum: number, maximum: number): string =>
  minimum === maximum
    ? `Write ${minimum}.`
    : `Write ${minimum === -Infinity ? "" : `at least ${minimum}`}${minimum !== -Infinity && maximum !== Infinity ? " and " : ""}${
        maximum === Infinity ? "" : `at most ${maximum}`
      }.`;

export const keepWithinRanges = hostRule({
  name: "keep-within-ranges",
  sentence:
    "The values of max, buckets and timeouts in force lie within the ranges of a vendor or of the organization.",
  severity: Severity.Medium,
  level: Level.Mandatory,
  remedy: "Write a value inside the range that the message names.",
  source: "the presets' vendors",
  configuration: z.strictObject({
    ranges: z
      .record(z.string(), range)
      .superRefine(knownSettings)
      .default({})
      .describe("`minimum` and `maximum` of `max`, `buckets` and of timeouts by their sysctl names"),
    source: z.string().default("the policy keep-within-ranges").describe("Who sets the ranges, for messages"),
  }),
  judge: ({ inputs }, { ranges, source }) =>
    Object.entries(ranges).flatMap(([key, { minimum = -Infinity, maximum = Infinity }]): Violation[] => {
      const found = inForce(inputs, key);
      if (found === undefined || (found.value >= minimum && found.value <= maximum)) return [];
      return [
        {
          path: found.path,
          value: found.planned ? found.value : `left at the kernel's ${found.value}`,
          limit: inWords(minimum, maximum),
          source,
          remedy: remedyFor(minimum, maximum),
        },
      ];
    }),
});

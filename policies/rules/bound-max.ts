import * as z from "zod";
import { untouchedTable } from "../subjects/host-kernel";
import { hostRule, Level, Severity } from "../rule";
import type { Violation } from "../violation";

const mebibytesPerGibibyte = 1024;
const source = "the policy bound-max";
const kernelSource = "what this kernel takes by itself with this RAM";

export const boundMax = hostRule({
  name: "bound-max",
  sentence: "The table's max lies between a floor and a ceiling that follow from RAM.",
  severity: Severity.High,
  level: Level.Mandatory,
  remedy: "Write settings.max inside the bounds that the message names.",
  source:
    "the floor is the kernel's own max; the ceiling of one entry in 8 KiB is four times the classic rule " +
    "RAM / 16384 / (bits / 32) on 64 bits, twice on 32",
  configuration: z.strictObject({
    minimumEntries: z.int().min(0).default(0).describe("Floor whatever the RAM"),
    maximumEntries: z.int().min(1).default(4194304).describe("Ceiling whatever the RAM; the largest that GKE allows"),
    maximumEntriesPerGiB: z.int().min(1).default(131072).describe("Ceiling for each GiB of declared RAM"),
    honourAllowShrink: z.boolean().default(true).describe("Let allowShrink: true go below the kernel's own max"),
  }),
  judge: ({ inputs }, configuration) => {
    const { settings, facts } = inputs;
    const untouched = untouchedTable(inputs);
    if (settings === undefined || facts === undefined || untouched === undefined) return [];
    const { max } = settings;
    const violation = (limit: string, by: string, remedy: string): Violation => ({
      path: "settings.max",
      value: max,
      limit,
      source: by,
      remedy,
    });

    const byRam = Math.floor((facts.memoryMiB / mebibytesPerGibibyte) * configuration.maximumEntriesPerGiB);
    // What the kernel takes untouched cannot be too much.
    const ceiling = Math.max(Math.min(configuration.maximumEntries, byRam), untouched.max);
    if (max > ceiling)
      return [
        violation(
          `is more than the ${ceiling} entries that a host with ${facts.memoryMiB} MiB of RAM may have`,
          `${source}, maximumEntries and maximumEntriesPerGiB`,
          `Write settings.max of at most ${ceiling}.`,
        ),
      ];
    if (max < configuration.minimumEntries)
      return [
        violation(
          `is below the ${configuration.minimumEntries} entries that every host must have`,
          `${source}, minimumEntries`,
          `Write settings.max of at least ${configuration.minimumEntries}.`,
        ),
      ];
    const mayShrink = configuration.honourAllowShrink && inputs.allowShrink === true;
    return max < untouched.max && !mayShrink
      ? [
          violation(
            `is below the ${untouched.max} entries that the untouched kernel would have`,
            kernelSource,
            `Write settings.max of at least ${untouched.max}` +
              (configuration.honourAllowShrink ? ", or allowShrink: true if a smaller table is meant." : "."),
          ),
        ]
      : [];
  },
});

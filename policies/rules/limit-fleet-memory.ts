import * as z from "zod";
import { MiB } from "../../src/text/units";
import { formatMiB } from "../../src/text/format";
import { fleetRule, Level, Severity } from "../rule";

const source = "the policy limit-fleet-memory, maximumMiB";

interface Entry {
  readonly name: string;
  readonly fullBytes: number;
}

/** The sum over all hosts. */
const addUp = () => {
  let [hosts, bytes] = [0, 0];
  return {
    hosts: () => hosts,
    bytes: () => bytes,
    add: ({ fullBytes }: Entry) => {
      hosts += 1;
      bytes += fullBytes;
    },
    remove: ({ fullBytes }: Entry) => {
      hosts -= 1;
      bytes -= fullBytes;
    },
  };
};

export const limitFleetMemory = fleetRule({
  name: "limit-fleet-memory",
  sentence: "The full tables of all hosts together stay below a budget of kernel memory.",
  severity: Severity.Medium,
  level: Level.Advisory,
  remedy: "Lower settings.max where hosts need less, or raise maximumMiB.",
  source: "the organization's own budget",
  configuration: z.strictObject({
    maximumMiB: z.number().gt(0).default(262144).describe("Kernel memory of all full tables together"),
  }),
  read: ({ name, inputs: { memory } }): Entry | undefined =>
    memory === undefined ? undefined : { name, fullBytes: memory.fullBytes },
  nobody: addUp,
  judge: ({ name, fullBytes }, earlier, { maximumMiB }) => {
    const before = earlier.bytes();
    const limitBytes = maximumMiB * MiB;
    // Said once, of the host that crosses the line.
    return before <= limitBytes && before + fullBytes > limitBytes
      ? [
          {
            path: "memory.fullBytes",
            value: fullBytes,
            limit:
              `brings the tables of ${earlier.hosts() + 1} hosts to ${formatMiB(before + fullBytes)} with ${name}, ` +
              `above the budget of ${formatMiB(limitBytes)}`,
            source,
            remedy: "Lower settings.max of some hosts, or raise maximumMiB.",
          },
        ]
      : [];
  },
});

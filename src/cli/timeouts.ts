import * as z from "zod";
import { kernelRules, problemsOfKernel } from "../kernel/kernel-rules";
import type { Settings } from "../kernel/settings";
import { timeoutTable } from "../kernel/timeouts";
import { formatSeconds } from "../text/format";
import { parse } from "./parse";
import type { RequestSubcommand } from "./subcommand";
import { renderTable } from "./table";

const requestSchema = z.strictObject({
  kernel: z.string(),
  unameVersion: z.string().optional(),
  arch: z.string().optional(),
});

/** `timeouts`: every timeout of a kernel with its default. */
export const timeoutsSubcommand: RequestSubcommand<Record<string, unknown>, Pick<Settings, "timeouts">> = {
  describe: (command) =>
    command
      .description("Every timeout of a kernel, in seconds, as its /proc/sys prints it untouched")
      .option("--kernel <release>", "what `uname -r` prints")
      .option("--uname-version <text>", "what `uname -v` prints: shows the upstream patch level")
      .option("--arch <machine>", "what `uname -m` prints")
      .addHelpText(
        "after",
        "\nExample: pulumi-conntrack timeouts --kernel 5.10.0-46-cloud-amd64\n" +
          "A timeout counts from an entry's last packet. Changing one acts on an entry at its next packet; an idle\n" +
          "entry keeps the deadline that it has.",
      ),
  requestOf: ({ kernel, unameVersion, arch }) => ({ kernel, unameVersion, arch }),
  answer: (request) => {
    const { arch = "x86_64", ...kernel } = parse(requestSchema, request, problemsOfKernel);
    return { timeouts: timeoutTable(kernelRules({ ...kernel, arch })) };
  },
  render: ({ timeouts }) =>
    renderTable(
      ["TIMEOUT", "SECONDS", ""],
      Object.entries(timeouts).map(([name, seconds]) => [name, seconds, seconds >= 60 ? formatSeconds(seconds) : ""]),
    ),
};

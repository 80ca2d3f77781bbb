import * as z from "zod";
import { kernelRules, problemsOfKernel } from "../kernel/kernel-rules";
import { defaultTable, problemsOfMemory, type DefaultTable } from "../kernel/table-size";
import { formatMiB } from "../text/format";
import { parse } from "./parse";
import { numberFlag, type RequestSubcommand } from "./subcommand";
import { renderTable } from "./table";

const requestSchema = z.strictObject({
  kernel: z.string(),
  unameVersion: z.string().optional(),
  arch: z.string(),
  memTotalKiB: z.number(),
  pageSizeBytes: z.number().optional(),
  hashsize: z.number().optional(),
});

/** `defaults`: what a kernel does by itself. */
export const defaultsSubcommand: RequestSubcommand<Record<string, unknown>, DefaultTable> = {
  describe: (command) =>
    command
      .description("What a kernel does by itself: buckets, max and the size of an entry")
      .option("--kernel <release>", "what `uname -r` prints")
      .option("--uname-version <text>", "what `uname -v` prints: shows the upstream patch level")
      .option("--arch <machine>", "what `uname -m` prints", "x86_64")
      .option("--mem-total-kib <KiB>", "MemTotal of /proc/meminfo", numberFlag)
      .option("--page-size-bytes <bytes>", "what `getconf PAGESIZE` prints", numberFlag)
      .option("--hashsize <buckets>", "the module's parameter, if one is given", numberFlag)
      .addHelpText(
        "after",
        "\nExample: pulumi-conntrack defaults --kernel 6.1.0-50-cloud-amd64 --mem-total-kib 8120000\n" +
          "An nf_conntrack that is loaded with hashsize=N takes max = 8 x N, whatever it would take by itself.",
      ),
  requestOf: ({ kernel, unameVersion, arch, memTotalKib: memTotalKiB, pageSizeBytes, hashsize }) => ({
    kernel,
    unameVersion,
    arch,
    memTotalKiB,
    pageSizeBytes,
    hashsize,
  }),
  answer: (request) => {
    const { memTotalKiB, hashsize, ...kernel } = parse(requestSchema, request, (given) => [
      ...problemsOfKernel(given),
      ...(given.memTotalKiB === undefined ? [] : problemsOfMemory(given.memTotalKiB)),
    ]);
    return defaultTable(kernelRules(kernel), { memTotalKiB, hashsize });
  },
  render: ({ buckets, max, expectMax, entryBytes, tableBytes, era }) =>
    renderTable(
      ["WHAT", "VALUE", "MEANING"],
      [
        ["era", era, "rules that this kernel follows"],
        ["buckets", buckets, `hash chains, ${formatMiB(tableBytes)} of kernel memory`],
        ["max", max, "entries that may exist"],
        ["expectMax", expectMax ?? "none", "expectations of helpers such as FTP"],
        ["entryBytes", entryBytes, `one entry without extensions; ${formatMiB(max * entryBytes)} when full`],
      ],
    ),
};

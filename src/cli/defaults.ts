import * as z from "zod";
import { explainBootLine, readBootLine, type BootLine } from "../kernel/boot-line";
import { kernelRules, problemsOfKernel } from "../kernel/kernel-rules";
import { defaultTable, problemsOfMemory, type DefaultTable } from "../kernel/table-size";
import { formatMiB } from "../text/format";
import { isFields, type Fields } from "../validation/fields";
import { problemsIn, valueOrThrow } from "../validation/validation";
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

const bootLineSchema = z.strictObject({ bootLine: z.string() });

/** What a boot line says, and what each number of it means. */
interface ExplainedBootLine extends BootLine {
  readonly meaning: readonly string[];
}

const explained = (request: Fields): ExplainedBootLine => {
  const { bootLine } = parse(bootLineSchema, request, (given) =>
    given.bootLine === undefined ? [] : problemsIn(readBootLine(given.bootLine)),
  );
  const line = valueOrThrow(readBootLine(bootLine), "This boot line cannot be explained.");
  return { ...line, meaning: explainBootLine(line) };
};

const renderTableOfKernel = ({ buckets, max, expectMax, entryBytes, tableBytes, era }: DefaultTable): string =>
  renderTable(
    ["WHAT", "VALUE", "MEANING"],
    [
      ["era", era, "rules that this kernel follows"],
      ["buckets", buckets, `hash chains, ${formatMiB(tableBytes)} of kernel memory`],
      ["max", max, "entries that may exist"],
      ["expectMax", expectMax ?? "none", "expectations of helpers such as FTP"],
      ["entryBytes", entryBytes, `one entry without extensions; ${formatMiB(max * entryBytes)} when full`],
    ],
  );

/** `defaults`: what a kernel does by itself, or what the line says that it printed when it started. */
export const defaultsSubcommand: RequestSubcommand<Record<string, unknown>, DefaultTable | ExplainedBootLine> = {
  describe: (command) =>
    command
      .description("What a kernel does by itself: buckets, max and the size of an entry")
      .option("--kernel <release>", "what `uname -r` prints")
      .option("--uname-version <text>", "what `uname -v` prints: shows the upstream patch level")
      .option("--arch <machine>", "what `uname -m` prints", "x86_64")
      .option("--mem-total-kib <KiB>", "MemTotal of /proc/meminfo", numberFlag)
      .option("--page-size-bytes <bytes>", "what `getconf PAGESIZE` prints", numberFlag)
      .option("--hashsize <buckets>", "the module's parameter, if one is given", numberFlag)
      .option("--boot-line <line>", "explain this line of the kernel's log instead, from `dmesg | grep conntrack`")
      .addHelpText(
        "after",
        "\nExample: pulumi-conntrack defaults --kernel 6.1.0-50-cloud-amd64 --mem-total-kib 8120000\n" +
          "         pulumi-conntrack defaults --boot-line 'ip_conntrack version 2.4 (8192 buckets, 65536 max) - 304 bytes per conntrack'\n" +
          "An nf_conntrack that is loaded with hashsize=N takes max = 8 x N, whatever it would take by itself.",
      ),
  requestOf: ({ kernel, unameVersion, arch, memTotalKib: memTotalKiB, pageSizeBytes, hashsize, bootLine }) => {
    const numbers = { kernel, unameVersion, memTotalKiB, pageSizeBytes, hashsize };
    if (bootLine === undefined) return { ...numbers, arch };
    // The line says everything by itself: whatever else is given is a mistake. `arch` always is, by its default.
    return Object.fromEntries(Object.entries({ bootLine, ...numbers }).filter(([, value]) => value !== undefined));
  },
  answer: (request) => {
    if (isFields(request) && request.bootLine !== undefined) return explained(request);
    const { memTotalKiB, hashsize, ...kernel } = parse(requestSchema, request, (given) => [
      ...problemsOfKernel(given),
      ...(given.memTotalKiB === undefined ? [] : problemsOfMemory(given.memTotalKiB)),
    ]);
    return defaultTable(kernelRules(kernel), { memTotalKiB, hashsize });
  },
  render: (answer) =>
    "meaning" in answer ? answer.meaning.map((sentence) => `${sentence}\n`).join("") : renderTableOfKernel(answer),
};

import { formatDecimal, formatElapsed, formatMiB, formatPercent, formatSeconds } from "../text/format";
import { tryPlan, type Plan } from "../plan/plan";
import { isOfVerdict, VerdictOutcome, type PlanVerdict } from "../plan/traffic-plan";
import { Load } from "../sizing/loads";
import { Role } from "../sizing/roles";
import { isFields } from "../validation/fields";
import { valueOrThrow } from "../validation/validation";
import { addFleetPlanFlags, misplacedFlags, planInventory, type FleetPlanOptions } from "./fleet/plan-inventory";
import { ExitCode, numberFlag, type RequestSubcommand } from "./subcommand";
import { renderTable } from "./table";
import { plannedTarget, renderTarget, type PrintedTarget } from "./target";

interface PlanOptions extends FleetPlanOptions {
  readonly memoryMib?: unknown;
  readonly arch?: unknown;
  readonly kernel?: unknown;
  readonly unameVersion?: unknown;
  readonly cores?: unknown;
  readonly pageSizeBytes?: unknown;
  readonly lowTotalKib?: unknown;
  readonly networkNamespaces?: unknown;
  readonly role?: unknown;
  readonly max?: unknown;
  readonly buckets?: unknown;
  readonly timeout?: Readonly<Record<string, unknown>>;
  readonly memoryShare?: unknown;
  readonly allowShrink?: boolean;
  readonly loadModule?: boolean;
  readonly load?: readonly unknown[];
  readonly peakFactor?: unknown;
  readonly flood?: unknown;
  readonly onVerdict?: unknown;
  readonly files?: boolean;
}

/** The plan; with `files` in the request, what it puts on the host as well. */
type PlanAnswer = Plan & { readonly target?: PrintedTarget };

/** The text before the first sign and all that follows it: what is too much stays, so that its check names it. */
const splitOnce = (text: string, sign: string): readonly [string, string] => {
  const [before = "", ...after] = text.split(sign);
  return [before, after.join(sign)];
};

const collectTimeout = (text: string, soFar: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => {
  const [name, seconds] = splitOnce(text, "=");
  return { ...soFar, [name]: numberFlag(seconds) };
};

const collectLoad = (text: string, soFar: readonly unknown[] = []): unknown[] => {
  const [load, size] = splitOnce(text, "=");
  return [...soFar, { load, size: numberFlag(size) }];
};

/** `tcp=20000x30`: 20,000 a second for 30 seconds. */
const parseFlood = (text: string): unknown => {
  const [protocol, rest] = splitOnce(text, "=");
  const [newPerSecond, seconds] = splitOnce(rest, "x");
  return { protocol, newPerSecond: numberFlag(newPerSecond), seconds: numberFlag(seconds) };
};

const renderVerdict = ({
  outcome,
  peakEntries = 0,
  peakFill = 0,
  meanNodesPerLookup = 0,
  secondsToRecover,
}: PlanVerdict): string =>
  outcome === VerdictOutcome.NotJudged
    ? "Not judged: no traffic is declared."
    : `Simulated: ${outcome}, peak ${peakEntries} entries = ${formatPercent(peakFill)} of max, ` +
      `${formatDecimal(meanNodesPerLookup, 2)} nodes walked per lookup` +
      (secondsToRecover === undefined ? "." : `, recovered ${formatElapsed(secondsToRecover)} after the flood.`);

const renderPlan = ({ settings, reasons, memory, kernelDefault, settleSeconds, verdict, warnings }: Plan): string =>
  [
    renderTable(
      ["SETTING", "VALUE", "WHY"],
      [
        ["max", settings.max, reasons.max ?? ""],
        ["buckets", settings.buckets, reasons.buckets ?? ""],
        ...Object.entries(settings.timeouts).map(
          ([name, seconds]) => [name, seconds, reasons[name] ?? ""] as [string, number, string],
        ),
      ],
    ),
    `The kernel alone: max ${kernelDefault.max}, buckets ${kernelDefault.buckets}.`,
    `Memory: ${formatMiB(memory.fullBytes)} when full (${formatMiB(memory.tableBytes)} of it now), ` +
      `${formatPercent(memory.shareOfRam)} of RAM, never swapped.`,
    ...(settleSeconds > 0
      ? [`Entries that are idle at the change keep their old deadline, up to ${formatSeconds(settleSeconds)}.`]
      : []),
    renderVerdict(verdict),
    ...warnings.map((warning) => `Warning: ${warning}`),
    "",
  ].join("\n");

/** `plan`: what would be set on a host, why, and what it costs. */
export const planSubcommand: RequestSubcommand<PlanOptions, PlanAnswer> = {
  describe: (command) =>
    addFleetPlanFlags(command)
      .description(
        "What would be set on a host, why, and what it costs; of an inventory, what would change on each of its hosts",
      )
      .option("--memory-mib <MiB>", "RAM, nominal or measured", numberFlag)
      .option("--kernel <release>", "what `uname -r` prints")
      .option("--uname-version <text>", "what `uname -v` prints: shows the upstream patch level")
      .option("--arch <machine>", "what `uname -m` prints", "x86_64")
      .option("--cores <number>", "processors; a Kubernetes node is sized by them", numberFlag)
      .option("--page-size-bytes <bytes>", "what `getconf PAGESIZE` prints", numberFlag)
      .option("--low-total-kib <KiB>", "LowTotal of /proc/meminfo, on 32 bits", numberFlag)
      .option("--network-namespaces <number>", "namespaces with tables of their own, before 4.9", numberFlag)
      .option("--role <role>", Object.values(Role).join(", "))
      .option("--max <entries>", "set max by hand", numberFlag)
      .option("--buckets <buckets>", "set the buckets by hand", numberFlag)
      .option("--timeout <name=seconds>", "set a timeout by hand, by its sysctl name; may be repeated", collectTimeout)
      .option("--memory-share <part>", "part of RAM for the table, default 1/32", numberFlag)
      .option("--load <name=size>", `a load to carry: ${Object.values(Load).join(", ")}; may be repeated`, collectLoad)
      .option("--peak-factor <factor>", "busiest moment as a multiple of the load", numberFlag)
      .option("--flood <protocol=rate x seconds>", "a flood to survive, for example tcp=20000x30", parseFlood)
      .option("--on-verdict <error|warn>", "what a failing simulation does")
      .option("--allow-shrink", "allow less than the kernel takes by itself")
      .option("--load-module", "load the module where it is not loaded, now and at boot")
      .option("--files", "print what the host gets instead: values in their order, guards, files")
      .addHelpText(
        "after",
        "\nExample: pulumi-conntrack plan --memory-mib 16384 --kernel 6.1.0-50-cloud-amd64 --role nat\n" +
          "         pulumi-conntrack plan --memory-mib 65536 --kernel 6.1.0-50-cloud-amd64 --role nat --load natGateway=10000\n" +
          "         pulumi-conntrack plan hosts.yaml --markdown\n\n" +
          "Exit code 1 means that the simulation failed the settings, or found no table here that carries the load;\n" +
          "3 that a host of the inventory could not be read.",
      ),
  requestOf: ({
    role,
    max,
    buckets,
    timeout,
    memoryShare,
    allowShrink,
    load,
    peakFactor,
    flood,
    onVerdict,
    loadModule,
    files,
    ...facts
  }) => ({
    files,
    loadModule,
    facts: {
      memoryMiB: facts.memoryMib,
      arch: facts.arch,
      kernel: facts.kernel,
      unameVersion: facts.unameVersion,
      cores: facts.cores,
      pageSizeBytes: facts.pageSizeBytes,
      lowTotalKiB: facts.lowTotalKib,
      networkNamespaces: facts.networkNamespaces,
    },
    role,
    settings: { max, buckets, timeouts: timeout },
    memoryShare,
    allowShrink,
    traffic: [load, peakFactor, flood].every((given) => given === undefined)
      ? undefined
      : { loads: load, peakFactor, flood },
    onVerdict,
  }),
  answer: (request) => {
    // Whatever is no object, `tryPlan` names.
    const { files, ...rest } = isFields(request) ? request : { files: undefined };
    const planned = valueOrThrow(tryPlan(isFields(request) ? rest : request), "This host cannot be planned.");
    return { ...planned.plan, ...(files === true ? { target: plannedTarget(planned) } : {}) };
  },
  render: (answer) => (answer.target === undefined ? renderPlan(answer) : renderTarget(answer.target)),
  ofFile: {
    name: "inventory",
    description: "an inventory, YAML or JSON: plan its hosts instead of the one that the flags describe",
    run: planInventory,
    problemsWithoutFile: (command) => misplacedFlags(command, undefined),
  },
  exitCode: ({ verdict }) => (verdict.outcome === VerdictOutcome.Failed ? ExitCode.Failed : ExitCode.Good),
  exitCodeOfProblems: (problems) => (problems.every(isOfVerdict) ? ExitCode.Failed : ExitCode.WrongUse),
};

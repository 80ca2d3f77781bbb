/** What a host has, beside what is planned for it: live, on disk, planned. */
import type { ReadBack } from "../delivery/answer/read-back";
import { warning } from "../delivery/answer/warnings";
import { tryKernelRules } from "../kernel/kernel-rules";
import type { PlanForKernel } from "../plan/plan";
import { ModuleState } from "../target/files";
import { targetRequest } from "../target/from-plan";
import { bucketsTaken, sortedTimeouts } from "../target/live-values";
import { carries, filePlaces, type FilePlace } from "../target/persistence";
import { targetState } from "../target/target";
import { valid } from "../validation/validation";

/** A file is compared as a whole; what a changed one sets is not known. */
export type DiskState = "as planned" | "changed" | "missing";

/** One value or file. */
export interface ComparedItem {
  /** `max`, `buckets`, a timeout's sysctl name, `module`, or the path of a file. */
  readonly key: string;
  /** The value in force; left out for files, and where the kernel has none now. */
  readonly live?: number | string;
  /** State of the file, or of the first file that carries the value; left out where none does. */
  readonly onDisk?: DiskState;
  readonly planned: number | string;
  /** Paths of the files that carry the value; the path itself for a file. */
  readonly files: readonly string[];
  readonly differs: boolean;
  /** What a person should know of it: a live max or bucket count that was raised by hand. */
  readonly note?: string;
  /** True where the value was raised by hand and the next update leaves it so. */
  readonly isKept?: boolean;
}

export interface HostComparison {
  /** `notTuned`: none of the files of the plan is there. */
  readonly status: "asPlanned" | "differs" | "notTuned";
  /** False where the module is not loaded and no value is in force. */
  readonly isLive: boolean;
  readonly items: readonly ComparedItem[];
  /** What loads connection tracking: `module:nft_ct`, `process:dockerd`, `file:/etc/nftables.conf`. */
  readonly loadedBy: readonly string[];
  /** Who else sets the same keys: paths of files and `process:tuned`. */
  readonly competingWriters: readonly string[];
  /** Sentences. */
  readonly warnings: readonly string[];
}

/** True for the path of a file among the keys. */
export const isFileKey = (key: string): boolean => key.startsWith("/");

/** What the plan says a file holds, in the words of the host script. */
export const plannedContent = "content of the plan";

/** How the module is there, as the host script tells it from what uses it. */
export const moduleStateOf = ({ presence, loadedBy }: Pick<ReadBack, "presence" | "loadedBy">): ModuleState => {
  if (presence === "builtin") return ModuleState.Builtin;
  if (presence !== "module") return ModuleState.NotLoaded;
  return loadedBy.some((by) => by.startsWith("module:")) ? ModuleState.ModuleInUse : ModuleState.Module;
};

/** The live side in a word: the value, or why there is none. */
export const foundLive = ({ live }: Pick<ComparedItem, "live">, isLive: boolean): number | string =>
  live ?? (isLive ? "none" : "not loaded");

/** `Also set by /etc/sysctl.conf, process:tuned.` */
export const competitionSentences = ({
  competingWriters,
}: Pick<HostComparison, "competingWriters">): readonly string[] =>
  competingWriters.length === 0 ? [] : [`Also set by ${competingWriters.join(", ")}.`];

type Drifted = ReadonlyMap<string, string>;

/** Of several that may hold the same lines, the one that the host named; all of them where it named none. */
const shownPath = (place: FilePlace, drifted: Drifted): string => {
  const paths = place.map(({ path }) => path);
  return paths.find((path) => drifted.has(path)) ?? paths.join(" or ");
};

const diskStateOf = (path: string, drifted: Drifted): DiskState => {
  const found = drifted.get(path);
  if (found === undefined) return "as planned";
  return found === "" ? "missing" : "changed";
};

interface ComparedFile {
  readonly place: FilePlace;
  readonly item: ComparedItem & { readonly onDisk: DiskState };
}

const comparedFile = (place: FilePlace, drifted: Drifted): ComparedFile => {
  const path = shownPath(place, drifted);
  const onDisk = diskStateOf(path, drifted);
  const differs = onDisk !== "as planned";
  return {
    place,
    item: { key: path, onDisk, planned: plannedContent, files: [path], differs },
  };
};

/** Every key that an answer about this plan may name. */
export const comparedKeys = (planned: PlanForKernel): ReadonlySet<string> => {
  const { files, settings } = targetState(targetRequest(planned));
  return new Set(["max", "buckets", ...Object.keys(settings.timeouts), ...files.map(({ path }) => path)]);
};

const growing: readonly string[] = ["max", "buckets"];

/** What stands above the plan, by the file that carries it: one that is as planned shows that nobody lowered the plan. */
const aboveNote = (onDisk: DiskState | undefined, allowShrink: boolean): string => {
  if (allowShrink) return "above the plan; the next update lowers it (allowShrink)";
  return `above the plan; lowered only with allowShrink${onDisk === "changed" ? ", unless an earlier plan set it" : ""}`;
};

/** A kernel of another era makes little of the plan; an update refuses to write there. */
const eraWarning = ({ rules, request: { facts } }: PlanForKernel, kernel: string): string | undefined => {
  const found = kernel === facts.kernel ? valid(rules) : tryKernelRules({ kernel, arch: facts.arch });
  return found.ok && found.value.era === rules.era
    ? undefined
    : `The host runs kernel ${kernel.slice(0, 80)}, and the plan is for ${facts.kernel}, of another era: correct facts.kernel.`;
};

/** Where a module that shall be loaded is not. */
const loadItem: ComparedItem = {
  ...{ key: "module", live: "not loaded", planned: "loaded" },
  ...{ files: [], differs: true },
};

/**
 * Compares the answer of a verify with the plan. Values are compared by what the host says is in force, files by what
 * the host itself compared.
 */
export const compareHost = (planned: PlanForKernel, answer: ReadBack): HostComparison => {
  const { rules } = planned;
  const { files, settings, loadModule } = targetState(targetRequest(planned));
  const allowShrink = planned.request.allowShrink === true;
  const isLive = answer.presence === "module" || answer.presence === "builtin";
  const drifted: Drifted = new Map(answer.drift.map(({ key, found }) => [key, found]));
  const live = new Map(Object.entries(answer.settings));
  const compared = filePlaces(files, moduleStateOf(answer)).map((place) => comparedFile(place, drifted));

  const valueItem = ([key, value]: readonly [key: string, value: number]): ComparedItem => {
    const carriers = compared.filter(({ place }) => carries(place, key, rules));
    const onDisk = carriers[0]?.item.onDisk;
    const found = live.get(key);
    const isSettable = isLive && (key !== "buckets" || bucketsTaken(rules) === "live");
    // What takes effect at the next load only is right as soon as it is on disk.
    const isPending = !isSettable && (onDisk === undefined || onDisk === "as planned");
    const isAbove = isSettable && growing.includes(key) && found !== undefined && found > value;
    return {
      key,
      ...(found === undefined ? {} : { live: found }),
      ...(onDisk === undefined ? {} : { onDisk }),
      planned: value,
      files: carriers.map(({ item }) => item.key),
      differs: found !== value && !isPending,
      ...(isAbove ? { note: aboveNote(onDisk, allowShrink) } : {}),
      ...(isAbove && !allowShrink && onDisk === "as planned" ? { isKept: true } : {}),
    };
  };
  const { max, buckets, timeouts } = settings;
  const values = [["max", max] as const, ["buckets", buckets] as const, ...sortedTimeouts(timeouts)].map(valueItem);
  const fileItems = compared.map(({ item }) => item);
  const items = [...(loadModule && !isLive ? [loadItem] : []), ...values, ...fileItems];
  const otherEra = eraWarning(planned, answer.kernel);
  const waits = isLive && bucketsTaken(rules) !== "live" && live.get("buckets") !== buckets;
  const isUntouched = fileItems.length > 0 && fileItems.every(({ onDisk }) => onDisk === "missing");
  return {
    status: isUntouched ? "notTuned" : items.some(({ differs }) => differs) ? "differs" : "asPlanned",
    isLive,
    items,
    loadedBy: answer.loadedBy,
    competingWriters: answer.competingWriters,
    warnings: [
      ...new Set([
        ...(otherEra === undefined ? [] : [otherEra]),
        ...answer.warnings.map(({ text }) => text),
        ...(waits ? [warning("buckets-next-load").text] : []),
      ]),
    ],
  };
};

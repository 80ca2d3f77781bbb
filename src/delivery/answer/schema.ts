/**
 * The form of the host script's answer and what follows from it. The script prints what it alone can know; status,
 * flags and the sorting of its findings are derived here, because every byte of it travels to every host.
 */
import * as z from "zod";
import { hostTraits } from "./host-traits";
import type { Counters, HostReport, Presence, ReadBack, ScriptIdentity } from "./read-back";
import { explainWarning, warning, type HostWarning } from "./warnings";

const whole = z.int();
const texts = z.array(z.string());
/** Values of sysctl files, none of which can be negative. */
const numbers = z.record(z.string().regex(/^[A-Za-z0-9_]+$/), whole.min(0));

/** `VERSION:SHA256` of the script that ran; absent in answers of 0.1.0. */
const scriptIdentity = z
  .string()
  .regex(/^\d+:[0-9a-f]{64}$/)
  .transform((identity): ScriptIdentity => {
    const [version = "", sha256 = ""] = identity.split(":");
    return { version: Number(version), sha256 };
  });

const count = whole.min(0).optional();

/** By the names of the kernel's columns; one that this kernel has not is absent, and so are all in older answers. */
const counterColumns = { insert_failed: count, drop: count, early_drop: count, chainlength: count };

/** A number as text, empty where the host knows none; a plain number in answers of 0.1.0. */
const numberOrNone = z
  .union([whole, z.string().regex(/^\d*$/)])
  .transform((value) => (value === "" ? undefined : Number(value)))
  .pipe(whole.min(1).optional())
  .optional();

const common = {
  script: scriptIdentity.optional(),
  presence: z.enum(["module", "builtin", "notLoaded", "absent"]),
  kernel: z.string().min(1),
  memTotalKiB: whole.min(1),
  entries: whole.min(0).optional(),
  /** Live values; the script prints the flags among them. */
  settings: numbers,
  flags: numbers.optional(),
  /** Modules, processes and files as found; sorted here. */
  found: texts.default([]),
  loadedBy: texts.optional(),
  competingWriters: texts.optional(),
  warnings: texts.default([]),
  ...counterColumns,
};

const withoutAbsent = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const flagKey = /^(?:nf|ip)_conntrack_(acct|timestamp|events)$/;

const isLive = (presence: Presence): boolean => presence === "module" || presence === "builtin";

interface Common {
  readonly insert_failed?: number;
  readonly drop?: number;
  readonly early_drop?: number;
  readonly chainlength?: number;
  readonly presence: Presence;
  readonly entries?: number;
  readonly settings: Readonly<Record<string, number>>;
  readonly flags?: Readonly<Record<string, number>>;
  readonly found: readonly string[];
  readonly loadedBy?: readonly string[];
  readonly competingWriters?: readonly string[];
}

const countersIn = ({ insert_failed, drop, early_drop, chainlength }: Common): Counters =>
  withoutAbsent({ insertFailed: insert_failed, drops: drop, earlyDrops: early_drop, chainLength: chainlength });

const flagsAmong = (settings: Common["settings"]): Record<string, number> =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) => {
      const flag = flagKey.exec(key)?.[1];
      return flag === undefined ? [] : [[flag, value]];
    }),
  );

/** Flags apart from settings, counters and findings sorted, and no count where there is no table. */
const derived = (answer: Common) => {
  const { presence, entries, settings, flags, found, loadedBy, competingWriters } = answer;
  const traits = hostTraits(found);
  return {
    counters: countersIn(answer),
    ...(isLive(presence) && entries !== undefined ? { entries } : {}),
    settings: Object.fromEntries(Object.entries(settings).filter(([key]) => !flagKey.test(key))),
    flags: flags ?? flagsAmong(settings),
    loadedBy: loadedBy ?? traits.loadedBy,
    competingWriters: competingWriters ?? traits.competingWriters,
  };
};

const statusOf = (answer: Pick<ReadBack, "command" | "changed" | "presence">): ReadBack["status"] => {
  if (answer.command === "restore") return answer.changed ? "restored" : "untouched";
  return isLive(answer.presence) ? "active" : "inactive";
};

/** Warnings that need no word of the host, because they follow from the status. */
const impliedBy = (
  status: ReadBack["status"],
  given: readonly HostWarning[],
  loadedBy: readonly string[],
): HostWarning[] => {
  if (status === "inactive") return [warning("not-loaded", loadedBy.join(", "))];
  // A foreign or damaged journal is reported by the host; without either there was none.
  return status === "untouched" && given.length === 0 ? [warning("token-missing")] : [];
};

export const readBackSchema = z
  .strictObject({
    ...common,
    command: z.enum(["apply", "verify", "restore"]),
    status: z.enum(["active", "inactive", "restored", "untouched"]).optional(),
    changed: z.boolean(),
    previous: numbers,
    /** Empty where nobody had tuned the host; absent in answers of verify. */
    owner: z.string().optional(),
    drift: z.array(z.strictObject({ key: z.string(), planned: z.string(), found: z.string() })).default([]),
  })
  .transform((answer): ReadBack => {
    const status = answer.status ?? statusOf(answer);
    const given = answer.warnings.filter((raw) => raw !== "").map(explainWarning);
    const { command, script, changed, presence, kernel, memTotalKiB, previous } = answer;
    // The script looks at some files twice.
    const drift = [...new Map(answer.drift.map((each) => [each.key, each])).values()];
    const about = derived(answer);
    return {
      ...{ command, script, status, changed, presence, kernel, memTotalKiB, previous, drift },
      ...about,
      ...(answer.owner === undefined ? {} : { formerOwner: answer.owner }),
      warnings: [
        ...given,
        ...impliedBy(status, given, about.loadedBy),
        // What was let go of needs no defence against others.
        ...(command === "restore" ? [] : hostTraits(answer.found).warnings),
      ],
    };
  });

export const factsSchema = z
  .strictObject({
    ...common,
    command: z.literal("facts"),
    module: z.enum(["nf_conntrack", "ip_conntrack"]),
    unameVersion: z.string(),
    versionSignature: z
      .string()
      .transform((text) => (text === "" ? undefined : text))
      .optional(),
    arch: z.string().min(1),
    lowTotalKiB: numberOrNone,
    pageSizeBytes: numberOrNone,
    cores: whole.min(1),
  })
  .transform((answer): HostReport => {
    const { command, script, module, presence, kernel, unameVersion, versionSignature, arch, memTotalKiB } = answer;
    const { lowTotalKiB, pageSizeBytes, cores } = answer;
    return {
      ...{ command, script, module, presence, kernel, unameVersion, versionSignature, arch, memTotalKiB },
      ...{ lowTotalKiB, pageSizeBytes, cores },
      ...derived(answer),
    };
  });

/**
 * What an exported stack, or the state file of `rollout`, knows of fleets: their waves, what is pending, and runs that were
 * cut off. Nothing secret is needed, so encrypted values are passed by; whatever else the file holds is not trusted.
 */
import * as z from "zod";
import { isExportedStack } from "../../../policies/audit/stack-document";
import { shellWord } from "../../delivery/ssh/address";
import { rolloutType } from "../../fleet/component-type";
import type { ReportedWave, RolloutReport } from "../../fleet/rollout-report";
import { fleetOfWave } from "../../fleet/waves";
import { updateSummarySchema } from "../../fleet/wave/wave-state";
import { isFields, type Fields } from "../../validation/fields";
import { ProblemsError, type Problem } from "../../validation/problems";
import { check, joinPath } from "../../validation/validation";
import { stateEnding } from "./state-file";

export interface FleetStatus {
  readonly report: RolloutReport;
  /** The command line that does what is pending. */
  readonly goOn: string;
  /** Waves that were never begun, of which the file has nothing but their number. */
  readonly wavesNotBegun: number;
}

/** Work that was under way when its run was killed: which hosts were done is known to the hosts alone. */
export interface CutOff {
  /** Name of the wave or resource. */
  readonly name: string;
  /** What it was at, as the file has it: `creating`, `updating`, `deleting`. */
  readonly operation: string;
  /** Names of the hosts that it may have reached; absent where the file does not say. */
  readonly hosts?: readonly string[];
}

export interface Status {
  readonly kind: "exported stack" | "rollout";
  readonly fleets: readonly FleetStatus[];
  readonly cutOff: readonly CutOff[];
}

const source = "docs/status.md";

/** Where `pending` cannot be read, nobody may believe that nothing is; the rest is for people. */
const waveState = z.object({
  pending: z.array(z.string()),
  pendingSince: z.record(z.string(), z.string()).optional().catch(undefined),
  count: z.int().min(0).optional().catch(undefined),
  lastUpdate: updateSummarySchema.optional().catch(undefined),
});

interface KnownWave {
  readonly owner: string;
  readonly wave: ReportedWave;
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** @param name of a wave whose inputs do not say it */
const readWave = (
  name: string,
  owner: string,
  inputs: Fields,
  state: unknown,
  path: string,
  problems: Problem[],
): readonly KnownWave[] => {
  const read = check(waveState, state, path);
  if (!read.ok) {
    problems.push(...read.problems);
    return [];
  }
  const { pending, pendingSince, count, lastUpdate } = read.value;
  const place = text(inputs.place);
  const hosts = count ?? (isFields(inputs.hosts) ? Object.keys(inputs.hosts).length : 0);
  return [
    {
      owner: text(inputs.owner) ?? owner,
      wave: { name: text(inputs.wave) ?? name, place, hosts, pending, pendingSince, lastUpdate },
    },
  ];
};

const placePattern = /^(\d{1,6}) of (\d{1,6})\b/;

const placeOf = ({ place = "" }: ReportedWave): readonly [number: number, of: number] => {
  const [, number, of] = placePattern.exec(place) ?? [];
  return [Number(number ?? 0), Number(of ?? 0)];
};

/** Waves by their fleet, each in its order. */
const fleetsOf = (waves: readonly KnownWave[], goOn: string): readonly FleetStatus[] => {
  const fleets = new Map<string, { readonly owner: string; readonly waves: ReportedWave[] }>();
  for (const { owner, wave } of waves) {
    const key = JSON.stringify([owner, fleetOfWave(wave.name)]);
    const fleet = fleets.get(key) ?? { owner, waves: [] };
    fleets.set(key, fleet);
    fleet.waves.push(wave);
  }
  return [...fleets.values()].map(({ owner, waves: all }) => {
    const total = all.reduce((most, wave) => Math.max(most, placeOf(wave)[1]), 0);
    return {
      report: { owner, waves: all.sort((one, other) => placeOf(one)[0] - placeOf(other)[0]) },
      goOn,
      wavesNotBegun: Math.max(total - all.length, 0),
    };
  });
};

/** `urn:pulumi:STACK::PROJECT::TYPE::NAME` (sdk/go/common/resource/urn). */
const readUrn = (urn: string) => {
  const [start = "", project = "", , ...name] = urn.split("::");
  return { stack: start.split(":").slice(2).join(":"), project, name: name.join("::") };
};

/** Types of this package, and what stands below its components. */
const isOurs = (urn: string): boolean => (urn.split("::")[2] ?? "").includes("conntrack:index:");

const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

/** A name that a shell reads as it is. */
const plainName = /^[A-Za-z0-9_.][A-Za-z0-9_.-]*$/;

const readStack = (deployment: Fields, problems: Problem[]): Status => {
  const waves: KnownWave[] = [];
  const present = new Set<string>();
  let stackName = "";
  for (const { urn, type, inputs, outputs, delete: isLeaving } of list(deployment.resources)) {
    if (typeof urn !== "string" || isLeaving === true) continue;
    present.add(urn);
    if (type !== rolloutType) continue;
    const { stack, project, name } = readUrn(urn);
    stackName = stack;
    const path = joinPath(joinPath("resources", name), "outputs");
    waves.push(...readWave(name, `${project}/${stack}`, isFields(inputs) ? inputs : {}, outputs, path, problems));
  }
  const cutOff = list(deployment.pending_operations).flatMap(({ resource, type }): readonly CutOff[] => {
    const urn = isFields(resource) ? text(resource.urn) : undefined;
    if (urn === undefined || !isOurs(urn)) return [];
    // The engine keeps the note of a creation after a later update has made it; seen with pulumi 3.220.
    if (type === "creating" && present.has(urn)) return [];
    return [{ name: readUrn(urn).name, operation: text(type) ?? "working" }];
  });
  const goOn = plainName.test(stackName) ? `pulumi up --stack ${stackName}` : "pulumi up";
  return { kind: "exported stack", fleets: fleetsOf(waves, goOn), cutOff };
};

const begunHosts = (begun: unknown): Pick<CutOff, "hosts"> => {
  const read = z.object({ names: z.array(z.string()) }).safeParse(begun);
  return read.success ? { hosts: read.data.names } : {};
};

const isRolloutState = (document: unknown): document is { readonly owner: string; readonly waves: unknown[] } =>
  isFields(document) && typeof document.owner === "string" && Array.isArray(document.waves);

/** @param file of the state; undefined where it came through a pipe */
const rolloutCommand = (file: string | undefined): string => {
  const command = "pulumi-conntrack rollout";
  if (file === undefined) return `${command} INVENTORY`;
  return file.endsWith(stateEnding)
    ? `${command} ${shellWord(file.slice(0, -stateEnding.length))}`
    : `${command} INVENTORY --state ${shellWord(file)}`;
};

const readRollout = (
  { owner, waves }: { owner: string; waves: unknown[] },
  goOn: string,
  problems: Problem[],
): Status => {
  const cutOff: CutOff[] = [];
  const known = waves.flatMap((wave, index): readonly KnownWave[] => {
    const { inputs, state, begun } = isFields(wave) ? wave : {};
    const fields = isFields(inputs) ? inputs : {};
    const name = text(fields.wave) ?? String(index + 1);
    if (begun !== undefined) cutOff.push({ name, operation: "updating", ...begunHosts(begun) });
    return readWave(name, owner, fields, state, joinPath(joinPath("waves", index), "state"), problems);
  });
  return { kind: "rollout", fleets: fleetsOf(known, goOn), cutOff };
};

const refuse = (path: string, limit: string, remedy: string): ProblemsError =>
  new ProblemsError("This file tells nothing of a rollout.", [{ path, limit, source, remedy }]);

const remedy = "Give what `pulumi stack export` prints, or the state file of `pulumi-conntrack rollout`.";

const parsed = (content: string, file: string): unknown => {
  try {
    return JSON.parse(content) as unknown;
  } catch {
    throw refuse(file, "is no JSON", remedy);
  }
};

/**
 * @param file where the text was read; undefined where it came through a pipe
 * @throws ProblemsError where it is neither, or what it says of pending hosts cannot be read
 */
export const readStatus = (content: string, file: string | undefined): Status => {
  const name = file ?? "standard input";
  const document = parsed(content, name);
  const problems: Problem[] = [];
  const isStack = isExportedStack(document);
  if (!isStack && !isRolloutState(document))
    throw refuse(name, "is neither an exported stack nor the state of a rollout", remedy);
  const status = isStack
    ? readStack(document.deployment, problems)
    : readRollout(document, rolloutCommand(file), problems);
  if (problems.length > 0) throw new ProblemsError("It cannot be told what is pending.", problems);
  if (status.fleets.length + status.cutOff.length === 0)
    throw refuse(name, "holds no wave of a fleet", "Name the stack of the fleet; a ConntrackTuning has no waves.");
  return status;
};

/** True where there is something to do. */
export const isUnfinished = ({ fleets, cutOff }: Status): boolean =>
  cutOff.length > 0 ||
  fleets.some(
    ({ report, wavesNotBegun }) => wavesNotBegun > 0 || report.waves.some(({ pending }) => pending.length > 0),
  );

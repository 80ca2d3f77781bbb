/** From a host of the state to what it shall hold: the target that the host script's words are made of. */
import { targetWords } from "../delivery/script/target-words";
import { tryKernelRules } from "../kernel/kernel-rules";
import { declaredKiB, defaultMemoryShare, tableMemory } from "../sizing/memory";
import { adoptedOwner } from "../target/from-plan";
import type { TargetRequest } from "../target/request";
import { targetState } from "../target/target";
import { valid, type Checked } from "../validation/validation";
import type { FleetHost } from "./host-record";
import { otherPlaces, placeOf, placesByKey, type Place } from "./places";

/** The target of a host; wrong only where a state was edited by hand or its kernel is none that the rules know. */
export const targetOfHost = ({ facts, settings, ...asked }: FleetHost): Checked<TargetRequest> => {
  const rules = tryKernelRules(facts);
  if (!rules.ok) return rules;
  return valid({
    rules: rules.value,
    settings,
    memory: tableMemory(rules.value, facts, settings, facts.networkNamespaces ?? 1),
    memTotalKiB: declaredKiB(facts),
    memoryShare: asked.memoryShare ?? defaultMemoryShare,
    allowShrink: asked.allowShrink,
    loadModule: asked.loadModule,
    adopt: adoptedOwner(asked),
  });
};

/** What is written to a host, for comparing and for reading. */
export interface Written {
  /** `max`, `buckets` and the timeouts. */
  readonly values: Readonly<Record<string, string>>;
  /** The files in which each of them persists. */
  readonly places: Readonly<Record<string, readonly Place[]>>;
  /** Files without a value. */
  readonly otherFiles: readonly Place[];
  /** Each file less its values, by its path. */
  readonly forms: Readonly<Record<string, { readonly place: Place; readonly text: string }>>;
  /** What follows from the generation of the kernel alone. */
  readonly era: string;
  readonly loadModule: boolean;
  /** Seconds that the kernel has by itself, by sysctl name. */
  readonly defaults: Readonly<Record<string, number>>;
}

/** Words that say of which generation the kernel is. */
const eraKeys = new Set(["module", "writable", "hashsize", "chainLimit"]);

export const writtenBy = (request: TargetRequest): Written => {
  const { rules, settings } = request;
  const state = targetState(request);
  const { files, loadModule } = state;
  const { max, buckets, timeouts } = settings;
  const values = Object.entries({ max, ...timeouts, buckets }).map(([key, value]) => [key, String(value)] as const);
  return {
    values: Object.fromEntries(values),
    places: placesByKey(files, rules, settings),
    otherFiles: otherPlaces(files),
    forms: Object.fromEntries(
      files.map((file) => [file.path, { place: placeOf(file), text: JSON.stringify([file.part, file.lines]) }]),
    ),
    era: targetWords(state)
      .filter(([key]) => eraKeys.has(key))
      .join(" "),
    loadModule,
    defaults: Object.fromEntries(Object.entries(rules.timeouts).map(([key, rule]) => [key, rule.defaultSeconds])),
  };
};

/** From a host of the state to what it shall hold: the target that the host script's words are made of. */
import { targetWords } from "../delivery/script/target-words";
import { tryKernelRules } from "../kernel/kernel-rules";
import { declaredKiB, defaultMemoryShare, tableMemory } from "../sizing/memory";
import type { TargetRequest } from "../target/request";
import { targetState } from "../target/target";
import { valid, type Checked } from "../validation/validation";
import type { FleetHost } from "./host-record";

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
  });
};

/** Words that come once for each file. */
const fileKeys = new Set(["for", "file", "block", "line"]);

/**
 * What is written to a host by key: `max`, `buckets`, timeouts, facts of its kernel's generation, and `files`, which
 * holds the texts of all files less the values in them.
 */
export const writtenValues = (request: TargetRequest): Readonly<Record<string, string>> => {
  const words = targetWords(targetState(request));
  const values = words.filter(([key]) => !fileKeys.has(key)).map(([key, value]) => [key, String(value)] as const);
  const files = words.filter(([key]) => fileKeys.has(key)).map(([key, value]) => `${key}=${value}`);
  return { ...Object.fromEntries(values), files: files.join(" ") };
};

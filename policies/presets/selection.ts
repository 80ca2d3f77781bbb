/** Which rules hold, at which level, with which configuration: rule defaults, a preset over them, a team's words last. */
import { isFields } from "../../src/validation/fields";
import type { Problem } from "../../src/validation/problems";
import { check, invalid, joinPath, problemsIn, valid, type Checked } from "../../src/validation/validation";
import { rules } from "../catalogue";
import { presets, type Preset } from "./presets";
import { Level, type Rule } from "../rule";

/** A rule as it is to be applied. */
export interface SelectedRule {
  readonly rule: Rule;
  readonly level: Level;
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** Key that stands for every rule, as Pulumi has it. */
const everyRule = "all";

const contract = "docs/policies.md";

/** Pulumi's `remediate` counts as mandatory where nothing can be remediated. */
const levels: Readonly<Record<string, Level>> = {
  advisory: Level.Advisory,
  mandatory: Level.Mandatory,
  remediate: Level.Mandatory,
  disabled: Level.Disabled,
};

/** A level alone may stand for a whole configuration. */
const asRecord = (given: unknown): Readonly<Record<string, unknown>> => {
  if (typeof given === "string") return { enforcementLevel: given };
  return isFields(given) ? given : {};
};

const levelOf = (value: unknown): Level | undefined =>
  typeof value === "string" && Object.hasOwn(levels, value) ? levels[value] : undefined;

const levelProblems = (name: string, { enforcementLevel }: Readonly<Record<string, unknown>>): readonly Problem[] =>
  enforcementLevel === undefined || levelOf(enforcementLevel) !== undefined
    ? []
    : [
        {
          path: joinPath(name, "enforcementLevel"),
          value: enforcementLevel,
          limit: `must be one of ${Object.keys(levels).join(", ")}`,
          source: contract,
          remedy: "Write one of these words.",
        },
      ];

const strayKeys = (given: Readonly<Record<string, unknown>>): readonly Problem[] =>
  Object.keys(given)
    .filter((key) => key !== "enforcementLevel")
    .map((key) => ({
      path: joinPath(everyRule, key),
      limit: `is no key of ${everyRule}, which sets the level of every rule and nothing else`,
      source: contract,
      remedy: "Write it under the name of the rule that has this key.",
    }));

const structureProblems = (configuration: Readonly<Record<string, unknown>>): readonly Problem[] => {
  const names = [...rules.map(({ name }) => name), everyRule];
  return Object.entries(configuration).flatMap(([name, given]): Problem[] => {
    if (!names.includes(name))
      return [{ path: name, limit: "is no rule", source: contract, remedy: `Write one of ${names.join(", ")}.` }];
    if (typeof given === "string" || isFields(given))
      return [...levelProblems(name, asRecord(given)), ...(name === everyRule ? strayKeys(asRecord(given)) : [])];
    return [{ path: name, limit: "must be a level or an object", source: contract, remedy: "Write an object." }];
  });
};

/** A rule's own keys, checked, with the defaults of those that are left out. */
export const checkConfiguration = (
  rule: Rule,
  configuration: Readonly<Record<string, unknown>>,
): Checked<SelectedRule["configuration"]> => {
  const checked = check(rule.configuration, configuration, rule.name);
  return checked.ok ? checked : invalid(checked.problems.map((problem) => ({ ...problem, source: contract })));
};

const select = (rule: Rule, layers: readonly Readonly<Record<string, unknown>>[]): Checked<SelectedRule> => {
  const own = layers.map((layer) => asRecord(layer[rule.name]));
  const ofAll = layers.map((layer) => asRecord(layer[everyRule]));
  // A later layer's word for all rules outweighs an earlier layer's word for this one.
  const asked = own.flatMap((layer, index) => [ofAll[index]?.enforcementLevel, layer.enforcementLevel]);
  const level = levelOf(asked.filter((value) => value !== undefined).at(-1)) ?? rule.level;
  const configuration = Object.fromEntries(
    own.flatMap((layer) => Object.entries(layer).filter(([key]) => key !== "enforcementLevel")),
  );
  const checked = checkConfiguration(rule, configuration);
  return checked.ok ? valid({ rule, level, configuration: checked.value }) : checked;
};

const findPreset = (name: string | undefined): Checked<Preset | undefined> => {
  const preset = presets.find((candidate) => candidate.name === name);
  return name === undefined || preset !== undefined
    ? valid(preset)
    : invalid([
        {
          path: "preset",
          value: name,
          limit: "is no preset",
          source: contract,
          remedy: `Write one of ${presets.map((candidate) => candidate.name).join(", ")}.`,
        },
      ]);
};

/**
 * Every rule with its level and configuration, disabled ones included, or every mistake in what was asked.
 * @param configuration what `--policy-pack-config` takes: by rule name, a level or an object
 */
export const selectRules = (request: {
  readonly preset?: string;
  readonly configuration?: unknown;
}): Checked<readonly SelectedRule[]> => {
  const { configuration = {} } = request;
  const preset = findPreset(request.preset);
  if (!isFields(configuration))
    return invalid([
      {
        path: "configuration",
        limit: "must be an object by rule name",
        source: contract,
        remedy: "Write an object.",
      },
    ]);
  if (!preset.ok) return invalid([...preset.problems, ...structureProblems(configuration)]);
  const layers = [preset.value?.rules ?? {}, configuration];
  const selected = rules.map((rule) => select(rule, layers));
  const problems = [...structureProblems(configuration), ...selected.flatMap(problemsIn)];
  return problems.length > 0
    ? invalid(problems)
    : valid(selected.flatMap((checked) => (checked.ok ? [checked.value] : [])));
};

/**
 * The rules as Pulumi policies: what `pulumi-conntrack/policies` exports, so that teams compose packs of their own.
 *
 * ```ts
 * new PolicyPack("our-fleet", { policies: [...conntrackPolicies({ preset: "gke" }), ourOwnPolicy] });
 * ```
 */
import {
  UnknownValueError,
  type Policies,
  type PolicyConfigSchema,
  type PolicyResource,
  type ResourceValidation,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from "@pulumi/policy";
import * as z from "zod";
import { componentType, rolloutType } from "../../src/fleet/component-type";
import { nameHosts } from "../../src/fleet/host-changes";
import { ProblemsError } from "../../src/validation/problems";
import { valueOrThrow } from "../../src/validation/validation";
import { isCommandType, isHostCommand, withCarriedTexts } from "../subjects/resources";
import { judgeAmongEarlier } from "../earlier-hosts";
import { Place, reasonNotJudged, type CommandRule, type FleetRule, type HostRule, type UpdateRule } from "../rule";
import type { PackConfiguration } from "../presets/configuration";
import { checkConfiguration, selectRules, type SelectedRule } from "../presets/selection";
import type { HostInputs, HostSubject, UpdateSubject } from "../subjects/subjects";
import { waveHosts } from "../subjects/wave-hosts";
import { sentenceOf, type Violation } from "../violation";

export { rules } from "../catalogue";
export { presets, type Preset } from "../presets/presets";
export { Level, Severity, type Rule } from "../rule";
export type { PackConfiguration, RuleConfiguration } from "../presets/configuration";

/** What a team chooses. */
export interface ConntrackPoliciesArgs {
  /** Name of one of `presets`; without it the defaults of the rules hold. */
  readonly preset?: string;
  /** By rule name: a level, or an object with `enforcementLevel` and the keys of the rule's schema. */
  readonly configuration?: PackConfiguration;
}

type Configuration = Readonly<Record<string, unknown>>;
type ReadConfiguration = (given: Configuration) => Configuration;
type Report = (message: string, urn?: string) => void;

/** The rule's schema with the chosen values as defaults: the engine fills in what a configuration file leaves out. */
const schemaOf = ({ rule, configuration }: SelectedRule): PolicyConfigSchema => {
  const { properties } = z.toJSONSchema(rule.configuration, { io: "input" }) as PolicyConfigSchema;
  return {
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, property]) => [
        key,
        { ...property, ...(configuration[key] === undefined ? {} : { default: configuration[key] }) },
      ]),
    ),
  };
};

/**
 * What the engine was configured with, over what was chosen here; nothing is configured in a unit test. The engine
 * configures once and asks for every resource, so the answer is kept.
 */
const configurationReader = ({ rule, configuration }: SelectedRule): ReadConfiguration => {
  let known: { readonly text: string; readonly value: Configuration } | undefined;
  return (given) => {
    const text = JSON.stringify(given);
    if (known?.text === text) return known.value;
    const own = Object.fromEntries(Object.entries(given).filter(([key]) => key !== "enforcementLevel"));
    const checked = checkConfiguration(rule, { ...configuration, ...own });
    if (!checked.ok) {
      const mistake = new ProblemsError(`The configuration of ${rule.name} cannot be used.`, checked.problems);
      // The engine prints it, and where in this file it was thrown helps nobody.
      mistake.stack = mistake.message;
      throw mistake;
    }
    known = { text, value: checked.value };
    return known.value;
  };
};

const reportAll = (report: Report, violations: readonly Violation[]): void =>
  violations.forEach((violation) => report(sentenceOf(violation)));

/** Violations of the hosts of a wave; hosts with the same one share a message. */
const reportWave = (
  report: Report,
  found: readonly (readonly [name: string, violations: readonly Violation[]])[],
): void => {
  const names = new Map<string, string[]>();
  for (const [name, violations] of found)
    for (const sentence of violations.map(sentenceOf)) names.set(sentence, [...(names.get(sentence) ?? []), name]);
  for (const [sentence, hosts] of names) report(`${nameHosts(hosts)}: ${sentence}`);
};

type Resource = Parameters<ResourceValidation>[0];

/** Asked for one type only; the engine then does not even decode the properties of other resources. */
const forType = (type: string, validate: ResourceValidation): ResourceValidation =>
  Object.assign(((args, report) => (args.type === type ? validate(args, report) : undefined)) as ResourceValidation, {
    __pulumiType: type,
  });

/** Every rule asks for the hosts of the same wave; they are read once. */
const wavesRead = new WeakMap<object, readonly HostSubject[]>();

const hostsOfWave = ({ props }: Resource): readonly HostSubject[] => {
  const read = wavesRead.get(props) ?? waveHosts(props);
  wavesRead.set(props, read);
  return read;
};

const hostValidation = (rule: HostRule, configured: ReadConfiguration): ResourceValidation[] => [
  forType(componentType, ({ name, props, ...args }, report) =>
    reportAll(report, rule.judge({ name, inputs: props as HostInputs }, configured(args.getConfig<Configuration>()))),
  ),
  forType(rolloutType, (resource, report) => {
    const configuration = configured(resource.getConfig<Configuration>());
    reportWave(
      report,
      hostsOfWave(resource).map((host) => [host.name, rule.judge(host, configuration)]),
    );
  }),
];

/** Remembers the hosts of this preview or update, so that a breach is reported at the host that makes it, before it is run. */
const fleetValidation = (rule: FleetRule, configured: ReadConfiguration): ResourceValidation[] => {
  const judge = judgeAmongEarlier(rule);
  return [
    forType(componentType, ({ name, urn, props, ...args }, report) =>
      reportAll(report, judge(urn, { name, inputs: props as HostInputs }, configured(args.getConfig<Configuration>()))),
    ),
    forType(rolloutType, (resource, report) => {
      const configuration = configured(resource.getConfig<Configuration>());
      reportWave(
        report,
        hostsOfWave(resource).map((host) => [host.name, judge(`${resource.urn} ${host.name}`, host, configuration)]),
      );
    }),
  ];
};

const commandValidation =
  (rule: CommandRule, configured: ReadConfiguration): ResourceValidation =>
  async ({ name, type, props, opts, ...args }, report) => {
    if (!isCommandType(type)) return;
    const command = { name, type, parent: opts.parent, inputs: props };
    const inputs = await withCarriedTexts(command);
    reportAll(report, rule.judge({ ...command, inputs }, configured(args.getConfig<Configuration>())));
  };

/** An output that a preview does not know is one that the update will make. */
const changes = (command: PolicyResource): boolean => {
  try {
    return command.props.stdout === undefined;
  } catch (error) {
    if (error instanceof UnknownValueError) return true;
    throw error;
  }
};

/** Reads what the child of a component is; an unknown input (a host whose facts are unknown yet) does not hide the child. */
const isChild = ({ name, type, opts }: PolicyResource): boolean =>
  isHostCommand({ name, type, parent: opts.parent, inputs: {} });

/** A preview names the hosts that the wave would contact in its output `changing`. */
const changedInWave = ({ props }: PolicyResource): readonly UpdateSubject[] => {
  const { changing } = props as { readonly changing?: unknown };
  const names = Array.isArray(changing) ? changing.filter((name): name is string => typeof name === "string") : [];
  return names.map((name) => ({ name, changes: true }));
};

const updateValidation =
  (rule: UpdateRule, configured: ReadConfiguration): StackValidationPolicy["validateStack"] =>
  ({ resources, ...args }, report) => {
    const single = resources
      .filter(isChild)
      .map((command) => ({ name: command.name.replace(/-host$/, ""), changes: changes(command) }));
    const hosts = [...single, ...resources.filter(({ type }) => type === rolloutType).flatMap(changedInWave)];
    reportAll(report, rule.judge(hosts, configured(args.getConfig<Configuration>())));
  };

const validation = (
  selected: SelectedRule,
): Pick<ResourceValidationPolicy, "validateResource"> | Pick<StackValidationPolicy, "validateStack"> => {
  const { rule } = selected;
  const configured = configurationReader(selected);
  switch (rule.subject) {
    case "host":
      return { validateResource: hostValidation(rule, configured) };
    case "fleet":
      return { validateResource: fleetValidation(rule, configured) };
    case "command":
      return { validateResource: commandValidation(rule, configured) };
    case "update":
      return { validateStack: updateValidation(rule, configured) };
    case "file":
      return { validateResource: [] };
  }
};

const toPolicy = (selected: SelectedRule): Policies[number] => {
  const { name, sentence, severity, remedy } = selected.rule;
  return {
    name,
    description: sentence,
    severity,
    remediationSteps: remedy,
    enforcementLevel: selected.level,
    configSchema: schemaOf(selected),
    ...validation(selected),
  };
};

/**
 * The rules as policies for a `PolicyPack`.
 * @throws ProblemsError where the preset or the configuration names something that does not exist
 */
export const conntrackPolicies = (args: ConntrackPoliciesArgs = {}): Policies => {
  const selected = valueOrThrow(selectRules(args), "These policies cannot be made.");
  return selected.filter(({ rule }) => reasonNotJudged(rule, Place.Engine) === undefined).map(toPolicy);
};

/**
 * Asks a policy of `conntrackPolicies` what the engine would ask it: properties behind the SDK's own proxy, which throws
 * where a value is not known yet. No engine and no `PolicyPack` (its constructor starts a server).
 */
import {
  unknownCheckingProxy,
  type PolicyResource,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from "@pulumi/policy";
import { conntrackPolicies, type ConntrackPoliciesArgs } from "../../policies/engine/library";
import { componentType } from "../../src/fleet/component-type";
import type { HostInputs } from "../../policies/subjects/subjects";
import { settingsHash } from "../../src/simulation/scenario/settings-hash";

/** What the SDK finds in place of a string that is not known before the update. */
export const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A resource as a test describes it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly props: object;
  readonly parent?: string;
}

const options = (parent: string | undefined): ResourceValidationArgs["opts"] => ({
  protect: false,
  ignoreChanges: [],
  aliases: [],
  customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
  additionalSecretOutputs: [],
  parent,
});

export const urnOf = (type: string, name: string): string => `urn:pulumi:test::fleet::${type}::${name}`;

/** The SDK exports it without a type. */
const asEngineShows = unknownCheckingProxy as (props: object) => Record<string, unknown>;

const notApplicable = (): never => {
  throw new Error("not applicable");
};

/** `getConfig` of the SDK, whose caller names the type. */
const configuration = (given: object): ResourceValidationArgs["getConfig"] =>
  (() => given) as ResourceValidationArgs["getConfig"];

const resourceOf = ({ type, name, props, parent }: Registered): PolicyResource => ({
  type,
  name,
  urn: urnOf(type, name),
  props: asEngineShows(props),
  opts: options(parent),
  dependencies: [],
  propertyDependencies: {},
  isType: () => false,
  asType: () => undefined,
});

const policyOf = (rule: string, args: ConntrackPoliciesArgs): ResourceValidationPolicy | StackValidationPolicy => {
  const policy = conntrackPolicies(args).find(({ name }) => name === rule);
  if (policy === undefined) throw new Error(`there is no policy ${rule}`);
  return policy;
};

/** Registers resources one after the other and gives the messages of one policy for each. */
export const judgeResources = async (
  rule: string,
  resources: readonly Registered[],
  args: ConntrackPoliciesArgs = {},
  configured: object = {},
): Promise<readonly string[][]> => {
  const { validateResource } = policyOf(rule, args) as ResourceValidationPolicy;
  const functions = [validateResource ?? []].flat();
  if (functions.length === 0) throw new Error(`${rule} is no policy about resources`);
  const messages: string[][] = [];
  for (const registered of resources) {
    const said: string[] = [];
    for (const validate of functions)
      await validate(
        {
          ...resourceOf(registered),
          asType: () => undefined,
          stackTags: new Map(),
          getConfig: configuration(configured),
          notApplicable,
        },
        (message) => said.push(message),
      );
    messages.push(said);
  }
  return messages;
};

/** The messages of one policy for one tuned host. */
export const judgeHost = async (
  rule: string,
  inputs: object,
  args: ConntrackPoliciesArgs = {},
  configured: object = {},
): Promise<readonly string[]> =>
  (await judgeResources(rule, [{ type: componentType, name: "web1", props: inputs }], args, configured)).flat();

/** The messages of one policy for a whole stack at its end. */
export const judgeStack = async (
  rule: string,
  resources: readonly Registered[],
  args: ConntrackPoliciesArgs = {},
): Promise<readonly string[]> => {
  const { validateStack } = policyOf(rule, args) as StackValidationPolicy;
  const said: string[] = [];
  await validateStack(
    {
      resources: resources.map(resourceOf),
      stackTags: new Map(),
      getConfig: configuration({}),
      notApplicable,
    },
    (message) => said.push(message),
  );
  return said;
};

type Compliant = HostInputs & Required<Pick<HostInputs, "connection" | "facts" | "settings" | "memory" | "verdict">>;

const settings = {
  max: 524288,
  buckets: 524288,
  timeouts: { nf_conntrack_tcp_timeout_established: 86400 },
};

/** Debian 12 with 16 GiB: its kernel alone takes 262144 buckets and as many entries. Every rule accepts this host. */
export const compliantHost: Compliant = {
  connection: { user: "tuner", hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample", privateKey: "the private key" },
  facts: {
    memoryMiB: 16384,
    arch: "x86_64",
    kernel: "6.1.0-50-cloud-amd64",
    unameVersion: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-06-30)",
    cores: 4,
  },
  role: "host",
  settings,
  memory: {
    tableBytes: 4194304,
    entryBytes: 384,
    fullBytes: 4194304 + 524288 * 384,
    shareOfRam: (4194304 + 524288 * 384) / (16 * 2 ** 30),
  },
  verdict: { outcome: "notJudged", settingsHash: settingsHash({ era: "nf_conntrack 5.15+", settings }) },
};

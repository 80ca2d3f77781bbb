import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { applyCommand, restoreCommand } from "../delivery/script/command-line";
import { hostToken } from "../delivery/script/token";
import type { ReadBack } from "../delivery/answer/read-back";
import { hostScript } from "../delivery/script/script";
import type { Settings } from "../kernel/settings";
import { componentType } from "../fleet/component-type";
import { resolveFacts } from "../plan/declared-facts";
import { tryPlan } from "../plan/plan";
import { isFields } from "../validation/fields";
import { ProblemsError, type Problem } from "../validation/problems";
import { targetRequest } from "../target/from-plan";
import { problemsIn, valid, type Checked } from "../validation/validation";
import type { ConntrackTuningArgs, TunedMemory, TunedReadBack, TunedVerdict } from "./args";
import { answerOfHost } from "./host-answer";
import { checkCommandConnection, commandConnection, withSecretsMarked } from "./connection";
import { asOutput, isUnknown, whenReady } from "./unknown-values";

const errorText = (name: string, problems: readonly Problem[]): string =>
  new ProblemsError(`${name} cannot be tuned; nothing was contacted.`, problems).message;

/** Only values for the state: the sentences of warnings are logged and never stored. */
const storedReadBack = ({ status, presence, kernel, memTotalKiB, ...lists }: ReadBack): TunedReadBack => ({
  status,
  presence,
  kernel,
  memTotalKiB,
  settings: { ...lists.settings },
  previous: { ...lists.previous },
  loadedBy: [...lists.loadedBy],
  competingWriters: [...lists.competingWriters],
});

/** Policies judge RAM and machine of a host, so an instance type is registered as what it stands for. */
const registeredFacts = (facts: ConntrackTuningArgs["facts"]): unknown =>
  isUnknown(facts) || (isFields(facts) && Object.hasOwn(facts, "instanceType"))
    ? pulumi.output(facts).apply((declared) => resolveFacts(declared).facts)
    : facts;

const warn = (component: pulumi.Resource, sentences: readonly string[]): void => {
  if (sentences.length > 0) void pulumi.log.warn(sentences.join("\n"), component);
};

/**
 * Tunes the connection tracking table of one Linux host over SSH: sizes it from the host's facts, writes it live and
 * for every later boot, reads it back, and puts the old values back when it is destroyed.
 *
 * Exactly one `command:remote:Command` runs for each host. A mistake in the arguments is an error before the
 * host is contacted, also where a value is unknown until then.
 */
export class ConntrackTuning extends pulumi.ComponentResource {
  /** Type token; policies find the component by it. */
  public static readonly __pulumiType = componentType;

  /** Everything that the plan sets. */
  public readonly settings: pulumi.Output<Settings>;
  /** What the full table costs. */
  public readonly memory: pulumi.Output<TunedMemory>;
  /** What the simulation says of exactly these settings. */
  public readonly verdict: pulumi.Output<TunedVerdict>;
  /** What the host's kernel answered. */
  public readonly readBack: pulumi.Output<TunedReadBack>;
  /** What is unwise in the plan, and what the host warned of. */
  public readonly warnings: pulumi.Output<string[]>;

  /**
   * @param name the host's identity for ever: its token on the host and its place in the state
   * @param args how the host is reached, what it is made of and what it is for
   * @throws ResourceError with every mistake that is certain now; mistakes of values that are unknown now are logged as errors
   */
  constructor(name: string, args: ConntrackTuningArgs, opts?: pulumi.ComponentResourceOptions) {
    const { connection: connectionArgs, ...requestArgs } = args;
    const connection = whenReady(connectionArgs, "connection", checkCommandConnection);
    const planned = whenReady(requestArgs, "", (value) => tryPlan(value));
    const certain = [...connection.problems, ...planned.problems];

    // Absent where a value that was unknown turned out wrong; then an error is logged and nothing is dialled.
    const plan = asOutput(planned).apply((checked) => (checked.ok ? checked.value.plan : undefined));
    const settings = plan.apply((made) => made?.settings) as pulumi.Output<Settings>;
    const memory = plan.apply((made) => made?.memory) as pulumi.Output<TunedMemory>;
    const verdict = plan.apply(
      (made) => made && { outcome: made.verdict.outcome, settingsHash: made.verdict.settingsHash },
    ) as pulumi.Output<TunedVerdict>;
    super(
      ConntrackTuning.__pulumiType,
      name,
      {
        ...requestArgs,
        facts: registeredFacts(requestArgs.facts),
        connection: withSecretsMarked(connectionArgs),
        ...{ settings, memory, verdict },
      },
      opts,
    );
    if (certain.length > 0) throw new pulumi.ResourceError(errorText(name, certain), this, true);

    const token = hostToken(pulumi.getProject(), pulumi.getStack(), name);
    const checkedConnection = asOutput(connection);
    // Only whether to use sudo and what is wrong leaves the secret connection.
    const reach = pulumi.unsecret(
      checkedConnection.apply((checked): Checked<{ readonly sudo: boolean }> =>
        checked.ok ? valid({ sudo: checked.value.sudo ?? false }) : checked,
      ),
    );
    const commands = pulumi.all([asOutput(planned), reach]).apply(([checkedPlan, checkedReach]) => {
      if (checkedPlan.ok && checkedReach.ok) {
        const { sudo } = checkedReach.value;
        return {
          apply: applyCommand({ ...targetRequest(checkedPlan.value), sudo, token }),
          restore: restoreCommand({ token, sudo }),
        };
      }
      void pulumi.log.error(errorText(name, [...problemsIn(checkedReach), ...problemsIn(checkedPlan)]), this);
      return undefined;
    });

    const host = new remote.Command(
      `${name}-host`,
      {
        // Without a host the plugin refuses the resource: a mistake found this late dials nothing and leaves the state of a host
        // that was tuned before as it is. Without `create` it would run nothing either.
        connection: pulumi
          .all([checkedConnection, commands])
          .apply(([checked, right]) =>
            right !== undefined && checked.ok
              ? commandConnection(checked.value)
              : ({} as types.input.remote.ConnectionArgs),
          ),
        stdin: hostScript,
        create: commands.apply((right) => right?.apply) as pulumi.Output<string>,
        delete: commands.apply((right) => right?.restore) as pulumi.Output<string>,
        addPreviousOutputInEnv: false,
        logging: remote.Logging.Stderr,
      },
      // A replacement would otherwise run the old restore after the new apply.
      { parent: this, deleteBeforeReplace: true },
    );

    const answer = answerOfHost(name, host, this);
    // What no host has answered to is no output: after an update that fails those of the last one that passed remain.
    const applied = <T>(planned: pulumi.Output<T>) =>
      (pulumi.runtime.isDryRun() ? planned : answer.apply((read) => read && planned)) as pulumi.Output<T>;
    this.settings = applied(settings);
    this.memory = applied(memory);
    this.verdict = applied(verdict);
    this.readBack = answer.apply((read) => read && storedReadBack(read)) as pulumi.Output<TunedReadBack>;
    this.warnings = pulumi
      .all([plan, answer])
      .apply(([made, read]) => [...(made?.warnings ?? []), ...(read?.warnings ?? []).map(({ text }) => text)]);
    plan.apply((made) => warn(this, made?.warnings ?? []));
    answer.apply((read) =>
      warn(
        this,
        (read?.warnings ?? []).map(({ text }) => text),
      ),
    );
    this.registerOutputs({
      settings: this.settings,
      memory: this.memory,
      verdict: this.verdict,
      readBack: this.readBack,
      warnings: this.warnings,
    });
  }
}

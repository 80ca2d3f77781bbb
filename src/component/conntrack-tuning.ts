import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../delivery/ssh/connection";
import { applyCommand, hostToken, restoreCommand } from "../delivery/script/command-line";
import { parseReadBack } from "../delivery/answer/parse";
import type { ReadBack } from "../delivery/answer/read-back";
import { hostScript } from "../delivery/script/script";
import { tryPlan, type PlanForKernel } from "../plan/plan";
import type { PlanRequest } from "../plan/request";
import { ProblemsError, type Problem } from "../validation/problems";
import { declaredKiB, defaultMemoryShare } from "../sizing/memory";
import { isValid, type Checked } from "../validation/validation";
import type { ConntrackTuningArgs, TunedMemory, TunedReadBack, TunedSettings, TunedVerdict } from "./args";
import { checkCommandConnection, commandConnection, withSecretsMarked } from "./connection";
import { asOutput, whenReady } from "./late-values";

/** A plan together with the request that it answers. */
interface Planned extends PlanForKernel {
  readonly request: PlanRequest;
}

const planRequest = (request: unknown): Checked<Planned> => {
  const planned = tryPlan(request);
  return isValid(planned)
    ? { value: { ...planned.value, request: request as PlanRequest }, problems: [] }
    : { problems: planned.problems };
};

const applyCommandFor = (token: string, sudo: boolean, { plan, rules, request }: Planned): string =>
  applyCommand({
    sudo,
    token,
    rules,
    settings: plan.settings,
    memory: plan.memory,
    memTotalKiB: declaredKiB(request.facts),
    memoryShare: request.memoryShare ?? defaultMemoryShare,
    allowShrink: request.allowShrink,
    loadModule: request.loadModule,
  });

const errorText = (name: string, problems: readonly Problem[]): string =>
  new ProblemsError(`${name} cannot be tuned; nothing was contacted.`, problems).message;

const readAnswer = (stdout: string, component: pulumi.Resource): ReadBack | undefined => {
  // Empty where no command ran: its arguments came late and were wrong.
  if (!stdout) return undefined;
  try {
    return parseReadBack(stdout);
  } catch (error) {
    void pulumi.log.error(error instanceof Error ? error.message : String(error), component);
    return undefined;
  }
};

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

const warn = (component: pulumi.Resource, sentences: readonly string[]): void => {
  if (sentences.length > 0) void pulumi.log.warn(sentences.join("\n"), component);
};

/**
 * Tunes the connection tracking table of one Linux host over SSH: sizes it from the host's facts, writes it live and
 * for every later boot, reads it back, and puts the old values back when it is destroyed.
 *
 * Exactly one `command:remote:Command` runs for each host. A mistake in the arguments, early or late, is an error
 * before the host is contacted.
 */
export class ConntrackTuning extends pulumi.ComponentResource {
  /** Type token; policies find the component by it. */
  public static readonly __pulumiType = "conntrack:index:ConntrackTuning";

  /** Everything that the plan sets. */
  public readonly settings: pulumi.Output<TunedSettings>;
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
   * @throws ResourceError with every mistake that is certain now; mistakes of late values are logged as an error
   */
  constructor(name: string, args: ConntrackTuningArgs, opts?: pulumi.ComponentResourceOptions) {
    const { connection: connectionArgs, ...requestArgs } = args;
    const connection = whenReady(connectionArgs, "connection", checkCommandConnection);
    const planned = whenReady(requestArgs, "", planRequest);
    const certain = [...connection.problems, ...planned.problems];

    // Absent where a late value was wrong; then an error is logged and nothing is dialled.
    const plan = asOutput(planned).apply((checked) => (isValid(checked) ? checked.value.plan : undefined));
    const settings = plan.apply((made) => made?.settings) as pulumi.Output<TunedSettings>;
    const memory = plan.apply((made) => made?.memory) as pulumi.Output<TunedMemory>;
    const verdict = plan.apply(
      (made) => made && { outcome: made.verdict.outcome, settingsHash: made.verdict.settingsHash },
    ) as pulumi.Output<TunedVerdict>;
    super(
      ConntrackTuning.__pulumiType,
      name,
      { ...requestArgs, connection: withSecretsMarked(connectionArgs), settings, memory, verdict },
      opts,
    );
    if (certain.length > 0) throw new pulumi.ResourceError(errorText(name, certain), this, true);

    const token = hostToken(pulumi.getProject(), pulumi.getStack(), name);
    const checkedConnection = asOutput(connection);
    // Only whether to use sudo and what is wrong leaves the secret connection.
    const reach = pulumi.unsecret(
      checkedConnection.apply((checked) => ({
        problems: checked.problems,
        sudo: isValid(checked) ? (checked.value.sudo ?? false) : false,
      })),
    );
    const commands = pulumi.all([asOutput(planned), reach]).apply(([checkedPlan, { problems: unreachable, sudo }]) => {
      const problems = [...unreachable, ...checkedPlan.problems] as Problem[];
      if (problems.length === 0)
        return {
          apply: applyCommandFor(token, sudo, (checkedPlan as { value: Planned }).value),
          restore: restoreCommand({ token, sudo }),
        };
      void pulumi.log.error(errorText(name, problems), this);
      return undefined;
    });

    const host = new remote.Command(
      `${name}-host`,
      {
        // Without a host the plugin refuses the resource: a late mistake dials nothing and leaves the state of a host
        // that was tuned before as it is. Without `create` it would run nothing either.
        connection: pulumi
          .all([checkedConnection, commands])
          .apply(([checked, right]) =>
            right === undefined
              ? ({} as types.input.remote.ConnectionArgs)
              : commandConnection((checked as { value: Connection }).value),
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

    const answer = host.stdout.apply((stdout) => readAnswer(stdout, this));
    this.settings = settings;
    this.memory = memory;
    this.verdict = verdict;
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

/** What the command of a single host printed, judged; without an answer every preview and update fails. */
import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { judgeAnswer } from "../delivery/answer/judge";
import { parseReadBack } from "../delivery/answer/parse";
import type { ReadBack } from "../delivery/answer/read-back";

/** A URN holds `$`, which a shell would take for a variable. */
const replaceLine = (urn: string): string => `pulumi up --replace '${urn}'`;

/**
 * Fails the running preview or update. A logged error alone does not (a program that logs one ends with exit code 0), and
 * one that is thrown in an `apply` takes half a minute and ends in a dump. A command without a host is refused by the
 * plugin's Check, in previews too, before it reaches anybody or the state.
 */
const failRun = (name: string, component: pulumi.Resource): void => {
  const connection = {} as types.input.remote.ConnectionArgs;
  new remote.Command(`${name}-gave-no-answer`, { connection }, { parent: component });
};

/**
 * The answer of a host; undefined where no command ran, and where there is none that fits. For the engine a command that
 * exited with 0 is done, so the next update would contact nobody: until somebody replaces it, every run fails.
 */
export const answerOfHost = (
  name: string,
  host: remote.Command,
  component: pulumi.Resource,
): pulumi.Output<ReadBack | undefined> =>
  pulumi.all([host.stdout, host.create, host.urn]).apply(([stdout, line, urn]) => {
    if (line === undefined) return undefined;
    const judged = judgeAnswer(line, stdout, parseReadBack);
    if (judged.ok) return judged.answer;
    const next = `Then run \`${replaceLine(urn)}\`: until it has answered, every preview and update fails.`;
    void pulumi.log.error(`${name} ${judged.message} ${next}`, component);
    failRun(name, component);
    return undefined;
  });

/** Asks hosts what they are made of, where nobody declared it. */
import { parseFacts } from "../delivery/answer/parse";
import { factsCommand } from "../delivery/script/command-line";
import { tryKernelRules } from "../kernel/kernel-rules";
import { hostFactsSchema } from "../plan/request";
import { describeProblem } from "../validation/problems";
import { check, problemsIn, valid } from "../validation/validation";
import { askAll, reasonOf } from "./ask-all";
import type { Readings } from "./fleet-plan";
import type { LiveByHost } from "./host-changes";
import { readingOf } from "./host-reading";
import type { RunOnHost } from "./host-run";

export interface ReadHostsRequest {
  /** The name of each host's connection. */
  readonly hosts: Readonly<Record<string, { readonly connection: string }>>;
  readonly sudoOf: (connection: string) => boolean;
  readonly run: RunOnHost;
  readonly signal: AbortSignal;
}

export interface ReadHosts extends Readings {
  /** All values that hosts hold now, by name and key. */
  readonly live: LiveByHost;
}

/** Reads facts, live values and entries of every host. Never rejects. */
export const readHosts = async ({ hosts, sudoOf, run, signal }: ReadHostsRequest): Promise<ReadHosts> => {
  const lineOf = (name: string) => valid(factsCommand({ sudo: sudoOf(hosts[name]?.connection ?? "") }));
  const outcomes = await askAll(Object.keys(hosts), lineOf, parseFacts, run, signal);
  const answers = outcomes.flatMap((each) => (each.result === "done" ? [[each.name, each.answer] as const] : []));
  const readings = answers.map(([name, answer]) => [name, readingOf(answer)] as const);
  // What no plan can be made of is that host's alone, whatever it says: the others go on.
  const unusable = readings.flatMap(([name, { facts }]) => {
    const [problem] = [...problemsIn(check(hostFactsSchema, facts)), ...problemsIn(tryKernelRules(facts))];
    return problem === undefined ? [] : [[name, `says of itself what cannot be: ${describeProblem(problem)}`] as const];
  });
  const refused = new Set(unusable.map(([name]) => name));
  return {
    hosts: Object.fromEntries(readings.filter(([name]) => !refused.has(name))),
    live: Object.fromEntries(answers.map(([name, { settings }]) => [name, settings])),
    unread: Object.fromEntries([
      ...outcomes.flatMap((each) => (each.result === "done" ? [] : [[each.name, reasonOf(each)] as const])),
      ...unusable,
    ]),
  };
};

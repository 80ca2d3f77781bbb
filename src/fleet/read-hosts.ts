/** Asks hosts what they are made of, where nobody declared it. */
import { parseFacts } from "../delivery/answer/parse";
import { factsCommand } from "../delivery/script/command-line";
import { valid } from "../validation/validation";
import { askAll, reasonOf } from "./ask-all";
import type { Readings } from "./fleet-plan";
import { readingOf } from "./host-reading";
import type { RunOnHost } from "./host-run";

export interface ReadHostsRequest {
  /** The name of each host's connection. */
  readonly hosts: Readonly<Record<string, { readonly connection: string }>>;
  readonly sudoOf: (connection: string) => boolean;
  readonly run: RunOnHost;
  readonly signal: AbortSignal;
}

/** Reads facts, live values and entries of every host. Never rejects. */
export const readHosts = async ({ hosts, sudoOf, run, signal }: ReadHostsRequest): Promise<Readings> => {
  const lineOf = (name: string) => valid(factsCommand({ sudo: sudoOf(hosts[name]?.connection ?? "") }));
  const outcomes = await askAll(Object.keys(hosts), lineOf, parseFacts, run, signal);
  return {
    hosts: Object.fromEntries(
      outcomes.flatMap((each) => (each.result === "done" ? [[each.name, readingOf(each.answer)] as const] : [])),
    ),
    unread: Object.fromEntries(
      outcomes.flatMap((each) => (each.result === "done" ? [] : [[each.name, reasonOf(each)] as const])),
    ),
  };
};

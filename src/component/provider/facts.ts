/** The function `conntrack:index:observe`: what hosts are made of, from the hosts themselves, read-only. */
import * as z from "zod";
import { parseFacts } from "../../delivery/answer/parse";
import { factsCommand } from "../../delivery/script/command-line";
import { connectionSchema } from "../../delivery/ssh/connection";
import { runHost } from "../../fleet/host-run";
import { reachHosts } from "../../fleet/reach";
import type { Fields } from "../../validation/fields";
import { check, valid, type Checked } from "../../validation/validation";

const schema = z.strictObject({
  /** By name. */
  hosts: z.record(
    z.string(),
    z.strictObject({
      host: z.string(),
      port: z.int().optional(),
      hostKey: z.string().optional(),
      connection: z.string(),
    }),
  ),
  connections: z.record(z.string(), connectionSchema.omit({ host: true, port: true, hostKey: true })),
  lanes: z.int().min(1).max(1000).default(64),
});

export type ObserveArgs = z.output<typeof schema>;

export const observeArgs = (fields: unknown): Checked<ObserveArgs> =>
  check(schema, fields, "", (path) => path.startsWith("connections"));

/** `{hosts: {name: facts}, unread: {name: reason}}`. */
export const observeFacts = async (
  { hosts, connections, lanes }: ObserveArgs,
  signal: AbortSignal,
): Promise<Fields> => {
  const { run, close } = reachHosts(hosts, connections, lanes, "preview");
  const outcomes = await Promise.all(
    Object.entries(hosts).map(([name, { connection }]) =>
      runHost(name, valid(factsCommand({ sudo: connections[connection]?.sudo ?? false })), parseFacts, run, signal),
    ),
  ).finally(close);
  return {
    hosts: Object.fromEntries(outcomes.flatMap((each) => (each.result === "done" ? [[each.name, each.answer]] : []))),
    unread: Object.fromEntries(
      outcomes.flatMap((each) => {
        if (each.result === "done") return [];
        return [[each.name, each.result === "failed" ? each.message : "cancelled before its turn"]];
      }),
    ),
  };
};

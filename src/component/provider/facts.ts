/** The function `conntrack:index:observe`: what hosts are made of, from the hosts themselves, read-only. */
import * as z from "zod";
import { defaultPort } from "../../delivery/ssh/address";
import { connectionSchema } from "../../delivery/ssh/connection";
import { readingAgain, type HostReading } from "../../fleet/host-reading";
import type { HostRecord } from "../../fleet/host-record";
import type { Observation } from "../../fleet/observe";
import { readHosts, type ReadHosts } from "../../fleet/read-hosts";
import { check, type Checked } from "../../validation/validation";
import { reachHosts } from "../../fleet/reach";

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

/**
 * What hosts said a moment ago, or that they could not be reached: the engine reads a wave before the program asks for
 * the facts of its hosts, and one answer serves both. Each is used once.
 */
export type RecentAnswers = Map<string, { readonly reading: HostReading } | { readonly unread: string }>;

/** A host is the same where its name and its address are. */
export const recentKey = (name: string, { host, port }: Readonly<Record<string, unknown>>): string =>
  JSON.stringify([name, host, port ?? defaultPort]);

/** What a reading of a wave heard of its hosts, for whoever asks for their facts next. */
export const heardOf = (
  hosts: Readonly<Record<string, HostRecord>>,
  { answers, unread }: Pick<Observation, "answers" | "unread">,
): RecentAnswers => {
  const heard: RecentAnswers = new Map();
  for (const [name, record] of Object.entries(hosts)) {
    const [answer, reason] = [answers[name], unread[name]];
    const reading = answer === undefined ? undefined : readingAgain(record, answer);
    if (reading !== undefined) heard.set(recentKey(name, record), { reading });
    else if (reason !== undefined) heard.set(recentKey(name, record), { unread: reason });
  }
  return heard;
};

export type ObserveArgs = z.output<typeof schema>;

export const observeArgs = (fields: unknown): Checked<ObserveArgs> =>
  check(schema, fields, "", (path) => path.startsWith("connections"));

/** What hosts said, and why others could not be asked. Never rejects. */
export const observeFacts = async (
  { hosts, connections, lanes }: ObserveArgs,
  recent: RecentAnswers,
  signal: AbortSignal,
): Promise<ReadHosts> => {
  const known: { hosts: Record<string, HostReading>; unread: Record<string, string> } = { hosts: {}, unread: {} };
  const toAsk: typeof hosts = {};
  for (const [name, way] of Object.entries(hosts)) {
    const key = recentKey(name, way);
    const answer = recent.get(key);
    recent.delete(key);
    if (answer === undefined) toAsk[name] = way;
    else if ("reading" in answer) known.hosts[name] = answer.reading;
    else known.unread[name] = answer.unread;
  }
  const { run, close } = reachHosts(toAsk, connections, lanes, "preview");
  const sudoOf = (connection: string): boolean => connections[connection]?.sudo ?? false;
  const asked = await readHosts({ hosts: toAsk, sudoOf, run, signal }).finally(close);
  return { hosts: { ...known.hosts, ...asked.hosts }, unread: { ...known.unread, ...asked.unread }, live: asked.live };
};

/** The hosts in a wave of a fleet, as rules judge them: the same as single ones. */
import { fleetHost, isUnread, type FleetHost, type HostRecord } from "../../src/fleet/host-record";
import { targetOfHost } from "../../src/fleet/host-target";
import { expandProfiles } from "../../src/fleet/profiles";
import { settingsHash } from "../../src/simulation/scenario/settings-hash";
import { tableMemory } from "../../src/sizing/memory";
import { isFields, type Fields } from "../../src/validation/fields";
import type { HostInputs } from "./subjects";

/** One host, by name, with what a single host's component would show. */
export interface WaveHost {
  readonly name: string;
  readonly inputs: HostInputs;
}

/** What a component would show of the host beside the way to it. */
const inputsOf = (host: FleetHost): HostInputs => {
  const { facts, settings, role, allowShrink, traffic, verdict } = host;
  const target = targetOfHost(host);
  const common = { facts, settings, role, allowShrink, traffic };
  if (!target.ok) return common;
  const { rules } = target.value;
  return {
    ...common,
    memory: tableMemory(rules, facts, settings, facts.networkNamespaces ?? 1),
    // A wave keeps a verdict only where traffic was declared.
    verdict: verdict ?? { outcome: "notJudged", settingsHash: settingsHash({ era: rules.era, settings, traffic }) },
  };
};

const records = (value: unknown): Readonly<Record<string, HostRecord>> =>
  isFields(value)
    ? Object.fromEntries(Object.entries(value).flatMap(([name, each]) => (isFields(each) ? [[name, each]] : [])))
    : {};

/** The way to a host; undefined where its form is wrong, so that the host cannot be read either. */
const wayOf = ({ host, port, hostKey }: HostRecord) =>
  typeof host === "string" && host !== "" && (hostKey === undefined || typeof hostKey === "string")
    ? { host, port, hostKey }
    : undefined;

/** Reads records; of those that differ in address and host key only, one is read. */
const readOnce = () => {
  const known = new Map<string, HostInputs>();
  return (record: HostRecord, login: Fields): HostInputs => {
    const { host: _host, hostKey: _hostKey, ...held } = record;
    const text = JSON.stringify(held);
    const way = wayOf(record);
    if (way === undefined) return {};
    const connection = { ...login, ...way };
    // Nothing is written on it before it is read and judged; but it is logged in to.
    if (isUnread(record)) return { connection, unread: true };
    const same = known.get(text);
    if (same !== undefined) return { connection, ...same };
    const host = fleetHost(record);
    if (!host.ok) return {};
    const inputs = inputsOf(host.value);
    known.set(text, inputs);
    return { connection, ...inputs };
  };
};

/**
 * @param inputs of `conntrack:index:Rollout`; a host that cannot be read has no inputs, which `require-inputs` reports
 */
export const waveHosts = (inputs: Fields): readonly WaveHost[] => {
  const logins = records(inputs.connections);
  const shared = {
    profile: typeof inputs.profile === "string" ? inputs.profile : "",
    profiles: records(inputs.profiles),
    hosts: records(inputs.hosts),
  };
  const read = readOnce();
  return Object.entries(expandProfiles(shared)).map(([name, record]) => {
    const login = typeof record.connection === "string" ? (logins[record.connection] ?? {}) : {};
    return { name, inputs: read(record, login) };
  });
};

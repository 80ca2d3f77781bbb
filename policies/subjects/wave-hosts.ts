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

const inputsOf = (host: FleetHost, login: Fields): HostInputs => {
  const { host: address, port, hostKey, facts, settings, role, allowShrink, traffic, verdict } = host;
  const target = targetOfHost(host);
  const common = {
    connection: { ...login, host: address, port, hostKey },
    facts,
    settings,
    role,
    allowShrink,
    traffic,
  };
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
  // A host that was never read has nothing to judge, and nothing is written on it before it has.
  const read = Object.entries(expandProfiles(shared)).filter(([, record]) => !isUnread(record));
  return read.map(([name, record]) => {
    const host = fleetHost(record);
    const login = typeof record.connection === "string" ? (logins[record.connection] ?? {}) : {};
    return { name, inputs: host.ok ? inputsOf(host.value, login) : {} };
  });
};

/** Judges hosts one after the other by a rule over the fleet, however many there are. */
import type { FleetRule } from "./rule";
import type { HostSubject } from "./subjects/subjects";
import type { Violation } from "./violation";

/** @param key names the host; one that comes again takes the place of what it was */
export type JudgeAmongEarlier = (
  key: string | symbol,
  host: HostSubject,
  configuration: Parameters<FleetRule["judge"]>[2],
) => readonly Violation[];

export const judgeAmongEarlier = (rule: FleetRule): JudgeAmongEarlier => {
  const earlier = rule.nobody();
  const entries = new Map<string | symbol, unknown>();
  return (key, host, configuration) => {
    const entry = rule.read(host);
    if (entry === undefined) return [];
    const before = entries.get(key);
    if (before !== undefined) earlier.remove(before);
    const violations = rule.judge(entry, earlier, configuration);
    earlier.add(entry);
    entries.set(key, entry);
    return violations;
  };
};

/** Reads every host of a wave, and says what is there otherwise than the state has it. */
import { nameHosts, type LiveByHost } from "../host-changes";
import type { HostRecord } from "../host-record";
import { isRaised, observe, type Observation } from "../observe";
import { shareProfiles, type SharedHosts } from "../profiles";
import { reachHosts } from "../reach";
import { askerOf, inactiveAmong } from "./carry-out";
import { holdingOf } from "./held";
import { unreadLines } from "./report-lines";
import type { Login, WaveInputs } from "./wave-inputs";
import type { WorkContext } from "./wave-log";
import type { WaveState } from "./wave-state";

export interface ReadWave {
  /** What the state has of the hosts. */
  readonly records: Readonly<Record<string, HostRecord>>;
  /** What hosts hold, in place of what they should, for the inputs. */
  readonly hosts: SharedHosts;
  /** All logins, those too that only the outputs had. */
  readonly connections: Readonly<Record<string, Login>>;
  readonly observation: Observation;
  /** All values that hosts hold now, for the words of a preview. */
  readonly live: LiveByHost;
  /** The state less what the inputs have now. */
  readonly state: WaveState;
}

/** Never an error, whatever hosts do. */
export const readWave = async (
  inputs: WaveInputs,
  { held, ...state }: WaveState,
  { log, signal }: WorkContext,
): Promise<ReadWave> => {
  const { records: hosts, connections } = holdingOf(inputs, held);
  const { run, close } = reachHosts(hosts, connections, inputs.lanes, "preview");
  const seen = await observe({ asker: askerOf(inputs, connections), hosts, run, signal }).finally(close);
  unreadLines(seen.unread, Object.keys(hosts).length).forEach(log.warn);
  const drifted = new Map<string, readonly string[]>();
  for (const { host, key, planned, found } of seen.drift.filter((each) => !isRaised(each, hosts[each.host] ?? {}))) {
    const line = key.startsWith("/")
      ? `${key} was changed on the host`
      : `${key} is ${found || "not there"}, not ${planned}`;
    drifted.set(line, [...(drifted.get(line) ?? []), host]);
  }
  for (const [line, names] of drifted) log.warn(`${nameHosts(names)}: ${line}`);
  const stillInactive = state.inactive.filter((name) => seen.answers[name] === undefined);
  const inactive = [...stillInactive, ...inactiveAmong(seen.answers)].sort();
  return {
    records: hosts,
    hosts: shareProfiles(seen.hosts),
    connections,
    observation: seen,
    live: Object.fromEntries(Object.entries(seen.answers).map(([name, { settings }]) => [name, settings])),
    state: { ...state, inactive },
  };
};

/** One wave of a rollout without an engine: read, settled against what is remembered, and compared; writes nothing. */
import type { Problem } from "../validation/problems";
import { valueOrThrow } from "../validation/validation";
import { isKnown, type FleetPlan, type PlannedHost } from "./fleet-plan";
import type { LiveByHost } from "./host-changes";
import { compareHost } from "./host-comparison";
import { isUnread, type HostRecord } from "./host-record";
import { observe } from "./observe";
import { shareProfiles } from "./profiles";
import { reachHosts } from "./reach";
import type { Begun, RememberedWave, Stranded } from "./rollout-memory";
import { askerOf } from "./wave/carry-out";
import type { createClaims } from "./wave/claims";
import { decommissionedNames, waveHosts, waveSettings } from "./wave/plan-waves";
import { describeUpdate } from "./wave/preview-lines";
import { readWave } from "./wave/read-wave";
import { unreadLines } from "./wave/report-lines";
import { settleWave } from "./wave/settle-wave";
import { waveChanges, type WaveChanges } from "./wave/wave-changes";
import { recordsOf, waveInputs, type WaveInputs } from "./wave/wave-inputs";
import type { WorkContext } from "./wave/wave-log";
import { emptyState, type WaveState } from "./wave/wave-state";
import type { Wave } from "./waves";

type Records = Readonly<Record<string, HostRecord>>;

/** What is left to do on hosts that this run shall not touch: it is remembered as it was. */
export interface Withheld {
  readonly pending: readonly string[];
  readonly leftover: WaveState["leftover"];
  readonly pendingSince: Readonly<Record<string, string>>;
  readonly begun: Begun;
}

/** What a wave is made from. */
export interface WaveRequest extends Pick<FleetPlan, "hosts" | "rollout"> {
  /** `project/stack`, as `fleetOwner` gives it. */
  readonly owner: string;
  /** False where hosts that are tuned already are not read. */
  readonly observe: boolean;
  /** The wave, with all that it shall have; without hosts where it is no wave of the fleet any more. */
  readonly wave: Wave;
  /** Hosts of the other waves. */
  readonly elsewhere: readonly string[];
  readonly remembered?: RememberedWave;
}

export interface PreparedWave {
  readonly name: string;
  /** What its hosts hold. */
  readonly before: WaveInputs;
  /** What they shall hold. */
  readonly inputs: WaveInputs;
  readonly state: WaveState;
  readonly changes: WaveChanges;
  /** Values that hosts hold now, of those that were read. */
  readonly live: LiveByHost;
  /** What is about to change, in the words of a preview; empty where nothing is. */
  readonly lines: readonly string[];
  /** What a person should know of hosts. */
  readonly warnings: readonly string[];
  /** Hosts that could not be read, and why. */
  readonly unread: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
  /** What has to be remembered while the wave is at work, so that whoever goes on after a kill knows where to go back to. */
  readonly begun: Begun;
  /** Hosts that are new here and that somebody had tuned, with what they hold. */
  readonly tuned: Records;
  readonly stranded: Readonly<Record<string, Stranded>>;
  readonly withheld: Withheld;
}

/** The command that shows the changes of every host. */
const showsAll = "pulumi-conntrack plan";

const noHosts = { profile: "", profiles: {}, hosts: {}, connections: {} };

const pick = (records: Records, isChosen: (name: string) => boolean): Record<string, HostRecord> =>
  Object.fromEntries(Object.entries(records).filter(([name]) => isChosen(name)));

/** What the program wants of the wave. */
const wantedOf = ({ hosts, rollout, owner, observe: observes, wave, elsewhere }: WaveRequest): WaveInputs =>
  valueOrThrow(
    waveInputs(
      JSON.parse(
        JSON.stringify({
          ...waveSettings(rollout, wave, owner, observes),
          ...waveHosts({ hosts, rollout }, wave.hosts),
          decommissioned: decommissionedNames({ hosts, rollout }),
          elsewhere,
        }),
      ),
    ),
    "The inputs of a wave cannot be used.",
  );

/** Takes apart what is left to do on hosts that may change, and on others. */
const withhold = (
  state: WaveState,
  begun: Begun | undefined,
  mayChange: (name: string) => boolean,
): { readonly state: WaveState; readonly withheld: Withheld } => {
  const isHeld = (name: string): boolean => !mayChange(name);
  const { pending, leftover, pendingSince = {} } = state;
  const left = Object.entries(leftover);
  return {
    state: {
      ...state,
      pending: pending.filter(mayChange),
      leftover: Object.fromEntries(left.filter(([name]) => mayChange(name))),
    },
    withheld: {
      pending: pending.filter(isHeld),
      leftover: Object.fromEntries(left.filter(([name]) => isHeld(name))),
      pendingSince: Object.fromEntries(Object.entries(pendingSince).filter(([name]) => isHeld(name))),
      begun: {
        names: (begun?.names ?? []).filter(isHeld),
        untouched: (begun?.untouched ?? []).filter(isHeld),
      },
    },
  };
};

interface Seen {
  readonly before: WaveInputs;
  readonly state: WaveState;
  readonly live: LiveByHost;
  readonly unread: Readonly<Record<string, string>>;
}

/** Reads the hosts that are remembered; of those that a killed run may have reached the memory is the better witness. */
const readRemembered = async (
  { inputs, state, begun }: RememberedWave,
  isRead: (name: string) => boolean,
  context: WorkContext,
): Promise<Seen> => {
  const records = recordsOf(inputs);
  const chosen = pick(records, isRead);
  const read = await readWave({ ...inputs, ...shareProfiles(chosen) }, state, context);
  const begunNames = new Set(begun?.names);
  const found = pick(recordsOf({ ...inputs, ...read.hosts }), (name) => !begunNames.has(name));
  return {
    before: { ...inputs, ...shareProfiles({ ...records, ...found }) },
    ...{ state: read.state, live: read.live, unread: read.observation.unread },
  };
};

interface NewHosts {
  readonly live: LiveByHost;
  readonly untouched: readonly string[];
  readonly tuned: Records;
  readonly unread: Readonly<Record<string, string>>;
}

/** Reads hosts that are new here: what they have, and whether somebody has tuned them. */
const readNew = async (
  inputs: WaveInputs,
  names: readonly string[],
  hosts: readonly PlannedHost[],
  { signal }: WorkContext,
): Promise<NewHosts> => {
  const chosen = new Set(names);
  const records = pick(recordsOf(inputs), (name) => chosen.has(name));
  const { connections, lanes } = inputs;
  const { run, close } = reachHosts(records, connections, lanes, "preview");
  const seen = await observe({ asker: askerOf(inputs, connections), hosts: records, run, signal }).finally(close);
  const plans = new Map(hosts.filter(isKnown).map(({ name, planned }) => [name, planned]));
  const untouched: string[] = [];
  const tuned: Record<string, HostRecord> = {};
  for (const [name, answer] of Object.entries(seen.answers)) {
    const planned = plans.get(name);
    if (planned === undefined) continue;
    if (compareHost(planned, answer).status === "notTuned") untouched.push(name);
    else tuned[name] = seen.hosts[name] ?? {};
  }
  const live = Object.fromEntries(Object.entries(seen.answers).map(([name, { settings }]) => [name, settings]));
  return { live, untouched, tuned, unread: seen.unread };
};

/**
 * Prepares a wave.
 * @param claim which machines the other waves have
 */
export const prepareWave = async (
  request: WaveRequest,
  claim: ReturnType<typeof createClaims>,
  context: WorkContext,
): Promise<PreparedWave> => {
  const { remembered, rollout, hosts, observe: observes } = request;
  const wanted = wantedOf(request);
  const only = rollout.only === undefined ? undefined : new Set(rollout.only);
  const mayChange = (name: string): boolean => only?.has(name) ?? true;
  const isRead = (name: string): boolean => observes && mayChange(name);
  const seen: Seen =
    remembered === undefined
      ? { before: { ...wanted, ...noHosts }, state: emptyState, live: {}, unread: {} }
      : await readRemembered(remembered, isRead, context);
  const { before, live, unread } = seen;
  const { state, withheld } = withhold(seen.state, remembered?.begun, mayChange);
  const { inputs, problems, warnings } = settleWave(before, wanted, claim);
  const { hosts: changed, after, apply, restore } = waveChanges(before, inputs, state);
  const earlier = remembered?.begun;
  const isSeen = new Set(earlier?.names);
  const newNames = changed
    .filter(({ kind, name }) => kind === "added" && !isSeen.has(name) && !isUnread(after[name] ?? {}))
    .map(({ name }) => name);
  const fresh = await readNew(inputs, newNames, hosts, context);
  const allLive = { ...live, ...fresh.live };
  const neverRead = Object.fromEntries(
    Object.entries(after).flatMap(([name, record]) => (isUnread(record) ? [[name, String(record.unread)]] : [])),
  );
  return {
    ...{ name: inputs.wave, before, inputs, state, problems },
    warnings: [...warnings, ...unreadLines(fresh.unread, Object.keys(after).length)],
    unread: { ...unread, ...fresh.unread, ...neverRead },
    live: allLive,
    changes: waveChanges(before, inputs, state, allLive),
    lines: describeUpdate(before, inputs, state, allLive, showsAll),
    begun: {
      names: [...new Set([...(earlier?.names ?? []), ...apply, ...Object.keys(restore)])].sort(),
      untouched: [...new Set([...(earlier?.untouched ?? []), ...fresh.untouched])].sort(),
    },
    tuned: fresh.tuned,
    stranded: remembered?.stranded ?? {},
    withheld,
  };
};

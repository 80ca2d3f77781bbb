/**
 * What a rollout without an engine remembers from run to run: per wave what its hosts hold and what is left to do. The
 * text of it holds no login; whoever reads it has to say how each host is reached.
 */
import * as z from "zod";
import { isHost } from "../delivery/ssh/address";
import { ownValue } from "../validation/fields";
import type { Problem } from "../validation/problems";
import { check, invalid, joinPath, problemsIn, valid, type Checked } from "../validation/validation";
import { nameProblems } from "./host-name";
import { isUnread, wayOf, type HostRecord, type Way } from "./host-record";
import { expandProfiles, shareProfiles, type SharedHosts } from "./profiles";
import { recordProblems } from "./record-problems";
import type { ReportedWave, RolloutReport } from "./rollout-report";
import { waveInputs, type Login, type WaveInputs } from "./wave/wave-inputs";
import { waveStateSchema, type Leftover, type WaveState } from "./wave/wave-state";

type Records = Readonly<Record<string, HostRecord>>;

/** A run that was at work on the wave when it was last heard of. */
export interface Begun {
  /** Hosts that it may have reached. What the memory has of them is what they held before. */
  readonly names: readonly string[];
  /** Those among them that nobody had tuned before. */
  readonly untouched: readonly string[];
}

/** A host that left, whose old values are not back, and for which no login is known. */
export interface Stranded {
  readonly record: HostRecord;
  /** ISO 8601 in UTC. */
  readonly since: string;
}

/** One wave. */
export interface RememberedWave {
  /** What its hosts hold, as far as anybody knows. */
  readonly inputs: WaveInputs;
  /** Never with `held`: that stands in the inputs already. */
  readonly state: WaveState;
  readonly begun?: Begun;
  readonly stranded: Readonly<Record<string, Stranded>>;
}

export interface RolloutMemory {
  /** `project/stack`, as `fleetOwner` gives it. */
  readonly owner: string;
  /** The name of the fleet, with which those of its waves begin. */
  readonly fleet: string;
  /** In the order in which they are rolled out. */
  readonly waves: readonly RememberedWave[];
}

/** How a host is reached now; undefined where nobody knows. */
export type LoginFor = (name: string, way: Omit<Way, "connection">) => Login | undefined;

/** The form of the text; another number is another form. */
const formVersion = 1;

/** Later than any time of a run that is known. */
const unknownSince = "";

const mapValues = <T, U>(values: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));

const withoutLogin = ({ connection: _connection, ...record }: HostRecord): HostRecord => record;

const bareHosts = ({ profile, profiles, hosts }: SharedHosts): SharedHosts => ({
  profile,
  profiles: mapValues(profiles, withoutLogin),
  hosts: mapValues(hosts, withoutLogin),
});

const bareLeft = (left: Readonly<Record<string, Pick<Leftover, "record">>>) =>
  mapValues(left, ({ record }) => ({ record: withoutLogin(record) }));

/** Hosts that do not hold what they shall, those too for which no login is known, with the time. */
const pendingOf = ({ state, stranded }: RememberedWave) => {
  const pending = [...new Set([...state.pending, ...Object.keys(stranded)])].sort();
  const since = { ...mapValues(stranded, (each) => each.since), ...state.pendingSince };
  const known = pending.flatMap((name) => {
    const time = ownValue(since, name);
    return time === undefined || time === unknownSince ? [] : [[name, time] as const];
  });
  return { pending, ...(known.length > 0 ? { pendingSince: Object.fromEntries(known) } : {}) };
};

const waveText = (wave: RememberedWave): object => {
  const { inputs, state, begun, stranded } = wave;
  const { connections: _connections, ...rest } = inputs;
  const { leftover, handedOver, held: _held, pendingSince: _since, ...known } = state;
  return {
    inputs: { ...rest, ...bareHosts(inputs) },
    state: {
      ...known,
      ...pendingOf(wave),
      leftover: bareLeft({ ...leftover, ...stranded }),
      handedOver: bareLeft(handedOver),
    },
    begun,
  };
};

/** The text that is kept; it holds no login, whatever the memory has. */
export const memoryText = ({ owner, fleet, waves }: RolloutMemory): string =>
  `${JSON.stringify({ version: formVersion, owner, fleet, waves: waves.map(waveText) }, undefined, 1)}\n`;

/** What a page about the rollout is made of. */
export const memoryReport = ({ owner, waves }: Pick<RolloutMemory, "owner" | "waves">): RolloutReport => ({
  owner,
  waves: waves.map((wave): ReportedWave => {
    const { inputs, state } = wave;
    const { wave: name, place } = inputs;
    return {
      ...{ name, hosts: state.count },
      ...(place === undefined || place === "" ? {} : { place }),
      ...pendingOf(wave),
      ...(state.lastUpdate === undefined ? {} : { lastUpdate: state.lastUpdate }),
    };
  }),
});

const tokenPart = "[A-Za-z0-9_.:=-]{1,200}";
const bare = z.record(z.string(), z.object({ record: z.record(z.string(), z.unknown()) })).default({});
const schema = z.object({
  owner: z.string().regex(new RegExp(`^${tokenPart}/${tokenPart}$`), "must be project/stack as a token has it"),
  fleet: z.string(),
  waves: z.array(
    z.object({
      inputs: z.looseObject({}),
      state: z.looseObject({ leftover: bare, handedOver: bare }),
      begun: z.object({ names: z.array(z.string()), untouched: z.array(z.string()) }).optional(),
    }),
  ),
});
type WaveForm = z.output<typeof schema>["waves"][number];

/** What is wrong with a name that a token or a line of a terminal gets. */
const badNames = (names: Iterable<string>, base: string): readonly Problem[] =>
  [...names].flatMap((name) => nameProblems(name, joinPath(base, name)));

const recordMistakes = (records: Records, base: string): readonly Problem[] =>
  Object.entries(records).flatMap(([name, record]) => {
    const path = joinPath(base, name);
    const { host } = wayOf(record);
    const address: Problem = {
      ...{ path: joinPath(path, "host"), limit: "is no host name or address" },
      ...{ source: "RFC 1123 section 2.1", remedy: "Write a name or an address." },
    };
    return [...(isHost(host) ? [] : [address]), ...(isUnread(record) ? [] : recordProblems(record, path))];
  });

/** Names each distinct login once. */
const createLogins = (loginFor: LoginFor) => {
  const connections: Record<string, Login> = {};
  const names = new Map<string, string>();
  const loginOf = (name: string, record: HostRecord): { readonly connection: string; readonly login?: Login } => {
    const { connection: _connection, ...way } = wayOf(record);
    const login = loginFor(name, way);
    if (login === undefined) return { connection: "unknown" };
    const text = JSON.stringify(login);
    const connection = names.get(text) ?? `login ${names.size + 1}`;
    names.set(text, connection);
    connections[connection] = login;
    return { connection, login };
  };
  return { connections, loginOf };
};

const withoutNames = (state: WaveState, names: Readonly<Record<string, unknown>>): WaveState => ({
  ...state,
  pending: state.pending.filter((name) => !Object.hasOwn(names, name)),
});

const readWave = ({ inputs, state, begun }: WaveForm, base: string, loginFor: LoginFor): Checked<RememberedWave> => {
  const { leftover, handedOver, ...known } = state;
  const read = waveInputs({ ...inputs, connections: {} });
  const status = check(waveStateSchema, { ...known, held: undefined }, joinPath(base, "state"));
  if (!read.ok || !status.ok) {
    const inInputs = problemsIn(read).map((problem) => ({ ...problem, path: `${base}.inputs.${problem.path}` }));
    return invalid([...inInputs, ...problemsIn(status)]);
  }
  const { connections, loginOf } = createLogins(loginFor);
  const { pendingSince = {} } = status.value;
  const records: Record<string, HostRecord> = {};
  const stranded: Record<string, Stranded> = {};
  const strand = (name: string, record: HostRecord): void => {
    stranded[name] = { record, since: ownValue(pendingSince, name) ?? unknownSince };
  };
  for (const [name, record] of Object.entries(expandProfiles(read.value))) {
    const { connection, login } = loginOf(name, record);
    const named = { ...record, connection };
    if (login === undefined && !isUnread(record)) strand(name, named);
    else records[name] = named;
  }
  const left: Record<string, Leftover> = {};
  for (const [name, { record }] of Object.entries(leftover)) {
    const { connection, login } = loginOf(name, record);
    if (login === undefined) strand(name, { ...record, connection });
    else left[name] = { record: { ...record, connection }, login };
  }
  const over = Object.entries(handedOver).map(([name, { record }]): [string, Leftover] => {
    const { connection, login = {} } = loginOf(name, record);
    return [name, { record: { ...record, connection }, login }];
  });
  const waveName = read.value.wave;
  const problems = [
    ...badNames([waveName], joinPath(base, "inputs", "wave")),
    ...badNames([...Object.keys(read.value.hosts), ...(begun?.names ?? [])], joinPath(base, "inputs", "hosts")),
    ...badNames(Object.keys(leftover), joinPath(base, "state", "leftover")),
    ...badNames(Object.keys(handedOver), joinPath(base, "state", "handedOver")),
    ...badNames(status.value.pending, joinPath(base, "state", "pending")),
    ...recordMistakes(records, joinPath(base, "inputs", "hosts")),
    ...recordMistakes(
      mapValues(left, ({ record }) => record),
      joinPath(base, "state", "leftover"),
    ),
    ...recordMistakes(
      mapValues(stranded, ({ record }) => record),
      joinPath(base, "hosts"),
    ),
  ];
  if (problems.length > 0) return invalid(problems);
  return valid({
    inputs: { ...read.value, ...shareProfiles(records), connections },
    state: withoutNames({ ...status.value, leftover: left, handedOver: Object.fromEntries(over) }, stranded),
    ...(begun === undefined ? {} : { begun }),
    stranded,
  });
};

const mistake = (path: string, limit: string): Problem => ({ path, limit, source: "", remedy: "" });

const ownerMistakes = (owner: string, waves: readonly RememberedWave[]): readonly Problem[] =>
  waves.flatMap(({ inputs }, index) => {
    const path = joinPath("waves", index, "inputs");
    const isRepeated = waves.findIndex((other) => other.inputs.wave === inputs.wave) !== index;
    return [
      ...(inputs.owner === owner ? [] : [mistake(joinPath(path, "owner"), "is not that of the rollout")]),
      ...(isRepeated ? [mistake(joinPath(path, "wave"), "stands twice")] : []),
    ];
  });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/**
 * Reads a text that anybody may have written. What is wrong is told in `path` and `limit` alone: whoever has read the
 * file knows the remedy.
 */
export const parseMemory = (text: string, loginFor: LoginFor): Checked<RolloutMemory> => {
  const document = parsed(text);
  if (document === undefined) return invalid([mistake("", "is no JSON")]);
  const form = check(z.looseObject({ version: z.unknown() }), document);
  if (!form.ok) return invalid([mistake("", "is no state of a rollout")]);
  if (form.value.version !== formVersion)
    return invalid([mistake("version", `must be ${formVersion}, the form that this release writes`)]);
  const read = check(schema, document);
  if (!read.ok) return read;
  const { owner, fleet } = read.value;
  const waves = read.value.waves.map((wave, index) => readWave(wave, joinPath("waves", index), loginFor));
  const good = waves.flatMap((wave) => (wave.ok ? [wave.value] : []));
  const problems = [...badNames([fleet], "fleet"), ...waves.flatMap(problemsIn), ...ownerMistakes(owner, good)];
  return problems.length > 0 ? invalid(problems) : valid({ owner, fleet, waves: good });
};

/** True where no host is known to hold anything of this rollout: none, or such only as have refused or failed. */
export const holdsNothing = ({ waves }: RolloutMemory): boolean =>
  waves.every(
    ({ inputs, state, begun, stranded }) =>
      begun === undefined &&
      Object.keys(inputs.hosts).every((name) => state.pending.includes(name)) &&
      [state.leftover, stranded].every((each) => Object.keys(each).length === 0),
  );

/** A fleet rolled out wave by wave without an engine: what is done is remembered, so that any run can go on with it. */
import { describeProblem, ProblemsError } from "../validation/problems";
import { valueOrThrow } from "../validation/validation";
import { completeFleet, hostsToRead, type FleetPlan, type PlannedHost } from "./fleet-plan";
import { prepareWave, type PreparedWave, type WaveRequest } from "./prepare-wave";
import { shareProfiles } from "./profiles";
import { reachHosts } from "./reach";
import { readHosts } from "./read-hosts";
import type { RememberedWave, RolloutMemory } from "./rollout-memory";
import type { RolloutSettings } from "./rollout-settings";
import { updateWave, type CarriedOut } from "./wave/carry-out";
import { createClaims } from "./wave/claims";
import { holdingOf } from "./wave/held";
import { waysTo } from "./wave/plan-waves";
import { isChanged } from "./wave/wave-changes";
import { recordsOf } from "./wave/wave-inputs";
import type { WorkContext } from "./wave/wave-log";
import type { Leftover } from "./wave/wave-state";
import { wavesOf, type Wave } from "./waves";
import { windowProblems } from "./window";

export interface RolloutRequest {
  /** All hosts of the fleet, decommissioned ones too. */
  readonly hosts: readonly PlannedHost[];
  readonly rollout: RolloutSettings;
  /** Hosts that are tuned already are read before anything is done. */
  readonly observe: boolean;
  readonly memory: RolloutMemory;
}

/** `notBegun`: a wave before it did not pass, or the time was over. */
export type WaveResult = "passed" | "failed" | "unchanged" | "notBegun";

/** What became of a wave in this run. */
export interface RolledWave {
  readonly name: string;
  readonly place: string;
  /** Names of its hosts. */
  readonly members: readonly string[];
  readonly result: WaveResult;
  /** Why it did not pass or was not begun. */
  readonly reasons: readonly string[];
}

export interface RolledOut {
  readonly waves: readonly RolledWave[];
  readonly memory: RolloutMemory;
}

/** What the course of a rollout tells and asks. */
export interface RolloutCourse extends WorkContext {
  /** Keeps what is to be remembered; throws where it cannot. */
  readonly save: (memory: RolloutMemory) => void;
  /** Told before a wave is worked on. */
  readonly begins: (wave: PreparedWave) => void;
  /** Told at its end. */
  readonly ended: (wave: RolledWave) => void;
}

/** A wave of the fleet, or one that was one: its hosts went elsewhere or leave. */
interface WaveToDo extends Wave {
  readonly isFormer: boolean;
}

const todo = ({ hosts, rollout, memory }: RolloutRequest): readonly WaveToDo[] => {
  const names = hosts.map(({ name }) => name);
  const waves = wavesOf(memory.fleet, names, rollout);
  const current = new Set(waves.map(({ name }) => name));
  const former = memory.waves.filter(({ inputs }) => !current.has(inputs.wave));
  return [
    ...waves.map((wave) => ({ ...wave, isFormer: false })),
    ...former.map(({ inputs }) => ({ name: inputs.wave, hosts: [], place: "", isFormer: true })),
  ];
};

/** A wave without hosts waits for nothing. */
const withoutGate = ({ gate: _gate, ...rollout }: RolloutSettings): RolloutSettings => ({ ...rollout, soakSeconds: 0 });

const rememberedAs = ({ waves }: Pick<RolloutMemory, "waves">, name: string): RememberedWave | undefined =>
  waves.find(({ inputs }) => inputs.wave === name);

const requestOf = (
  request: RolloutRequest,
  waves: readonly WaveToDo[],
  memory: RolloutMemory,
  wave: WaveToDo,
): WaveRequest => ({
  ...{ hosts: request.hosts, owner: memory.owner, observe: request.observe, wave },
  rollout: wave.isFormer ? withoutGate(request.rollout) : request.rollout,
  elsewhere: waves.filter((other) => other !== wave).flatMap(({ hosts }) => hosts),
  remembered: rememberedAs(memory, wave.name),
});

/**
 * Hosts that went over to another wave: that wave has them, or they left since, and then they are put back by the wave
 * whose token they still bear.
 */
const settledHandOvers = (memory: RolloutMemory, names: ReadonlySet<string>): RolloutMemory => ({
  ...memory,
  waves: memory.waves.map((wave) => {
    const others = memory.waves.filter((other) => other !== wave);
    const isTaken = (name: string): boolean =>
      others.some(({ inputs, state }) => Object.hasOwn(inputs.hosts, name) && !state.pending.includes(name));
    const over = Object.entries(wave.state.handedOver).filter(([name]) => !isTaken(name));
    const [gone, kept] = [false, true].map((isHere) =>
      Object.fromEntries(over.filter(([name]) => names.has(name) === isHere)),
    ) as [Record<string, Leftover>, Record<string, Leftover>];
    return { ...wave, state: { ...wave.state, handedOver: kept, leftover: { ...gone, ...wave.state.leftover } } };
  }),
});

const namesOf = ({ hosts }: RolloutRequest): ReadonlySet<string> => new Set(hosts.map(({ name }) => name));

/** Asks hosts whose facts are not declared, of those that may change. */
const withFacts = async (request: RolloutRequest, { signal }: WorkContext): Promise<RolloutRequest> => {
  const { rollout, hosts } = request;
  const only = rollout.only === undefined ? undefined : new Set(rollout.only);
  const waiting = hostsToRead({ hosts }).filter(({ name }) => only?.has(name) ?? true);
  if (waiting.length === 0) return request;
  const ways = waysTo(waiting);
  const { run, close } = reachHosts(ways.hosts, ways.connections, rollout.lanes, "preview");
  const sudoOf = (connection: string): boolean => ways.connections[connection]?.sudo === true;
  const readings = await readHosts({ hosts: ways.hosts, sudoOf, run, signal }).finally(close);
  const completed = completeFleet<FleetPlan>({ hosts, rollout }, readings);
  const { hosts: known } = valueOrThrow(completed, "Not every host can be planned; nothing was written.");
  return { ...request, hosts: known };
};

/** A fleet that was read and checked, before anything is written. */
export interface PreparedFleet {
  readonly request: RolloutRequest;
  readonly waves: readonly (WaveToDo & { readonly prepared: PreparedWave })[];
}

/**
 * Reads every host and says what each wave would change.
 * @throws ProblemsError with every mistake of every host
 */
export const prepareFleet = async (given: RolloutRequest, context: WorkContext): Promise<PreparedFleet> => {
  const known = await withFacts(given, context);
  const request = { ...known, memory: settledHandOvers(known.memory, namesOf(known)) };
  const waves = todo(request);
  const claim = createClaims();
  const prepared = await Promise.all(
    waves.map(async (wave) => ({
      ...wave,
      prepared: await prepareWave(requestOf(request, waves, request.memory, wave), claim, context),
    })),
  );
  const problems = prepared.flatMap((wave) => wave.prepared.problems);
  if (problems.length > 0) throw new ProblemsError("Nothing was written on any host.", problems);
  return { request, waves: prepared };
};

const changesAnything = ({ changes }: PreparedWave): boolean => isChanged(changes);

/** True where a run would write on hosts, or forget some. */
export const isAnythingToDo = ({ waves }: PreparedFleet): boolean =>
  waves.some(({ prepared }) => changesAnything(prepared));

/** A wave with nothing left to remember. */
const isOver = ({ inputs, state, begun, stranded }: RememberedWave): boolean =>
  begun === undefined &&
  [inputs.hosts, state.leftover, state.handedOver, stranded].every((each) => Object.keys(each).length === 0);

/** Without former waves of which nothing is left to remember. */
const withoutOver = (memory: RolloutMemory, waves: readonly WaveToDo[]): RolloutMemory => {
  const former = new Set(waves.filter(({ isFormer }) => isFormer).map(({ name }) => name));
  return { ...memory, waves: memory.waves.filter((wave) => !former.has(wave.inputs.wave) || !isOver(wave)) };
};

/** In the order of the waves; former ones as long as there is anything to remember of them. */
const withWave = (
  memory: RolloutMemory,
  waves: readonly WaveToDo[],
  name: string,
  remembered: RememberedWave,
): RolloutMemory => {
  const all = waves.flatMap((wave) => {
    const each = wave.name === name ? remembered : rememberedAs(memory, wave.name);
    return each === undefined ? [] : [each];
  });
  return withoutOver({ ...memory, waves: all }, waves);
};

/** What was not to be touched is remembered as it was. */
const withWithheld = (wave: RememberedWave, { withheld }: PreparedWave): RememberedWave => {
  const { state, begun } = wave;
  const names = [...new Set([...(begun?.names ?? []), ...withheld.begun.names])].sort();
  const untouched = [...new Set([...(begun?.untouched ?? []), ...withheld.begun.untouched])].sort();
  return {
    ...wave,
    state: {
      ...state,
      pending: [...new Set([...state.pending, ...withheld.pending])].sort(),
      pendingSince: { ...withheld.pendingSince, ...state.pendingSince },
      leftover: { ...withheld.leftover, ...state.leftover },
    },
    ...(names.length > 0 ? { begun: { names, untouched } } : {}),
  };
};

/** What to remember before the first host of a wave is touched. */
const atWork = (prepared: PreparedWave, now: Date): RememberedWave => {
  const { before, state, changes, begun, tuned, stranded } = prepared;
  const pending = [...new Set([...state.pending, ...begun.names])].sort();
  const since = state.pendingSince ?? {};
  const working = {
    inputs: { ...before, ...shareProfiles({ ...tuned, ...recordsOf(before) }) },
    state: {
      ...state,
      ...{ pending, count: Object.keys(changes.after).length },
      pendingSince: Object.fromEntries(pending.map((name) => [name, since[name] ?? now.toISOString()])),
    },
    ...{ begun, stranded },
  };
  return withWithheld(working, prepared);
};

/** What to remember at its end: what hosts hold stands in the inputs, whether it passed or not. */
const afterWork = (prepared: PreparedWave, { passed, state }: CarriedOut): RememberedWave => {
  const { before, inputs, stranded } = prepared;
  const { held, ...known } = state;
  if (passed) return withWithheld({ inputs, state: known, stranded }, prepared);
  const { records, connections } = holdingOf(before, held);
  return withWithheld(
    { inputs: { ...before, ...shareProfiles(records), connections }, state: known, stranded },
    prepared,
  );
};

/** The window and the person who stopped it, before a wave begins. */
const obstacles = ({ rollout }: RolloutRequest, { signal }: WorkContext): readonly string[] => {
  if (signal.aborted) return ["interrupted before this wave was begun"];
  return windowProblems(rollout, new Date()).map(describeProblem);
};

/**
 * Carries the waves out, one after the other, until one does not pass. A wave is read again where one before it has done
 * anything: time has passed.
 * @throws what `save` throws
 */
export const rollOutFleet = async (fleet: PreparedFleet, course: RolloutCourse): Promise<RolledOut> => {
  const { request, waves } = fleet;
  const { save, begins, ended } = course;
  let memory = request.memory;
  let isWorked = false;
  let isStopped = false;
  const rolled: RolledWave[] = [];
  const end = (wave: WaveToDo, result: WaveResult, reasons: readonly string[] = []): void => {
    const { name, place, hosts } = wave;
    const each = { name, place, members: hosts, result, reasons };
    rolled.push(each);
    ended(each);
  };
  const remember = (name: string, wave: RememberedWave): void => {
    memory = withWave(memory, waves, name, wave);
  };
  /** As it was prepared, or anew. */
  const current = async (wave: PreparedFleet["waves"][number]): Promise<PreparedWave> =>
    isWorked ? prepareWave(requestOf(request, waves, memory, wave), createClaims(), course) : wave.prepared;
  for (const wave of waves) {
    if (isStopped) {
      end(wave, changesAnything(wave.prepared) ? "notBegun" : "unchanged");
      continue;
    }
    const prepared = await current(wave);
    if (!changesAnything(prepared)) {
      const { inputs, state, stranded } = prepared;
      if (Object.keys(inputs.hosts).length > 0 || rememberedAs(memory, wave.name) !== undefined)
        remember(wave.name, withWithheld({ inputs, state, stranded }, prepared));
      end(wave, "unchanged");
      continue;
    }
    const reasons = [...prepared.problems.map(describeProblem), ...obstacles(request, course)];
    if (reasons.length > 0) {
      isStopped = true;
      end(wave, "notBegun", reasons);
      continue;
    }
    begins(prepared);
    remember(wave.name, atWork(prepared, new Date()));
    save(memory);
    const { before, inputs, state, begun, live } = prepared;
    const known = { live, untouched: new Set(begun.untouched) };
    const done = await updateWave(before, inputs, state, course, known);
    isWorked = true;
    remember(wave.name, afterWork(prepared, done));
    save(memory);
    isStopped = !done.passed;
    end(wave, done.passed ? "passed" : "failed", done.reasons);
  }
  memory = withoutOver(settledHandOvers(memory, namesOf(request)), waves);
  save(memory);
  return { waves: rolled, memory };
};

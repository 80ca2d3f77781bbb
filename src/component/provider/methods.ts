/** The methods of the provider's protocol, each in terms of values; `service.ts` puts them behind gRPC. */
import { isDeepStrictEqual } from "node:util";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { observeToken, rolloutType } from "../../fleet/component-type";
import type { Fields } from "../../validation/fields";
import { describeProblem, ProblemsError } from "../../validation/problems";
import { valueOrThrow } from "../../validation/validation";
import { createClaims } from "../../fleet/wave/claims";
import { checkRollout, markLogins } from "./check";
import { diffRollout, type Kind } from "./diff";
import type { ResourceLog } from "./engine-log";
import { withHosts } from "./hosts-text";
import type { LiveByHost } from "../../fleet/host-changes";
import { heardOf, observeArgs, observeFacts, recentKey, type RecentAnswers } from "./facts";
import { hasUnknown, revealed, unknownValue, writeStruct } from "./properties";
import { describeCreation, describeUpdate } from "../../fleet/wave/preview-lines";
import { createWave, updateWave, type CarriedOut } from "../../fleet/wave/carry-out";
import { readWave } from "../../fleet/wave/read-wave";
import { removeWave } from "../../fleet/wave/remove";
import type { WorkContext } from "../../fleet/wave/wave-log";
import { windowProblems } from "../../fleet/window";
import { InitFailure } from "./init-failure";
import { waveChanges } from "../../fleet/wave/wave-changes";
import { recordsOf, waveInputs, type WaveInputs } from "../../fleet/wave/wave-inputs";
import { readState, writeState } from "./wave-outputs";
import type { Answer } from "./wire/definition";
import type { Requests } from "./wire/requests";

/** What the methods need of the process. */
export interface Surroundings {
  readonly logOf: (urn: string) => ResourceLog;
  /** True where the engine reads before it updates, if a resource asks for it. */
  readonly observable: () => boolean;
  readonly signal: AbortSignal;
}

const inputsOf = (fields: Fields): WaveInputs =>
  valueOrThrow(waveInputs(revealed(fields)), "The inputs of this wave cannot be read.");

const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").pop() ?? "";

/** Only waves are made here; components come by way of Construct. */
const requireRollout = (urn: string): void => {
  if (typeOf(urn) !== rolloutType) throw new Error(`this plugin has no resource of the type ${typeOf(urn)}`);
};

const importRefused =
  "a wave cannot be imported, because the hosts themselves say who owns them: run a plain `pulumi up`, which takes over " +
  "every host that a ConntrackTuning or another wave of the same project and stack has tuned under the same name";

const kinds: Readonly<Record<Kind, rpc.PropertyDiff.Kind>> = {
  add: rpc.PropertyDiff.Kind.ADD,
  delete: rpc.PropertyDiff.Kind.DELETE,
  update: rpc.PropertyDiff.Kind.UPDATE,
};

const topKey = (path: string): string => path.split(/[.[]/)[0] ?? path;

/** Secrets in an input that the program ignores changes of are not told apart from others. */
const withIgnored = (old: WaveInputs, news: WaveInputs, ignored: readonly string[]): WaveInputs => ({
  ...news,
  ...Object.fromEntries(Object.entries(old).filter(([key]) => ignored.includes(key))),
});

/** Outputs of an update that is only previewed; policies read from `changing` which hosts it would contact. */
const previewOf = ({ olds, news: given, oldInputs }: Requests["update"]): Fields => {
  if (hasUnknown(given)) return { pending: unknownValue, count: unknownValue, changing: unknownValue };
  const news = inputsOf(given);
  const { apply, restore, after } = waveChanges(inputsOf(oldInputs), news, readState(olds));
  const changing = [...apply, ...Object.keys(restore)];
  return { pending: changing.length > 0 ? unknownValue : [], count: Object.keys(after).length, changing };
};

/** The time may have run out while other waves were at work. */
const requireWindow = (inputs: WaveInputs): void => {
  const problems = windowProblems(inputs, new Date());
  if (problems.length > 0) throw new ProblemsError("No host of this wave was contacted.", problems);
};

/** @throws InitFailure where the wave did not pass: the engine then keeps what was done */
const outputsOf = (id: string, { observe }: WaveInputs, { passed, state, reasons }: CarriedOut): Fields => {
  const outputs = writeState(state);
  if (!passed) throw new InitFailure(id, outputs, reasons, observe);
  return outputs;
};

export const createMethods = ({ logOf, observable, signal }: Surroundings) => {
  /** Hosts that the last reading of a wave reached: an engine reads before it destroys. */
  const answered = new Map<string, ReadonlySet<string>>();
  const claim = createClaims();
  const recent: RecentAnswers = new Map();
  /** What hosts held when they were last read. */
  const live = new Map<string, LiveByHost[string]>();
  const remember = (ways: Readonly<Record<string, Fields>>, values: LiveByHost): void => {
    for (const [name, held] of Object.entries(values)) live.set(recentKey(name, ways[name] ?? {}), held);
  };
  const liveOf = (inputs: WaveInputs): LiveByHost =>
    Object.fromEntries(
      Object.entries(recordsOf(inputs)).flatMap(([name, record]) => {
        const held = live.get(recentKey(name, record));
        return held === undefined ? [] : [[name, held] as const];
      }),
    );
  /** Inputs that the last reading of a wave gave: the engine compares them with those of the state, for its own report. */
  const readInputs = new Map<string, Fields>();
  /** What was said already: a preview and its update ask for the same, and so do a reading and the check after it. */
  const said = new Set<string>();
  const sayOnce = (urn: string, lines: readonly string[], as: "info" | "warn" = "info"): Promise<void> => {
    const log = logOf(urn);
    for (const line of lines) {
      const key = `${urn} ${line}`;
      if (!said.has(key)) log[as](line);
      said.add(key);
    }
    return log.settled();
  };
  const working = async <T>(urn: string, work: (context: WorkContext) => Promise<T>): Promise<T> => {
    const log = logOf(urn);
    const warn = (line: string): void => {
      said.add(`${urn} ${line}`);
      log.warn(line);
    };
    try {
      return await work({ log: { ...log, warn }, signal });
    } finally {
      await log.settled();
    }
  };

  return {
    check: async ({ urn, olds, news }: Requests["check"]): Promise<Answer<rpc.CheckResponse>> => {
      requireRollout(urn);
      const { inputs, failures, warnings } = checkRollout(olds, withHosts(news), observable(), claim);
      await sayOnce(urn, warnings, "warn");
      const response = new rpc.CheckResponse();
      for (const { property, reason } of failures)
        response.addFailures(new rpc.CheckFailure().setProperty(property).setReason(reason));
      return { response, values: inputs };
    },

    diff: async (request: Requests["diff"]): Promise<rpc.DiffResponse> => {
      const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
      const response = new rpc.DiffResponse().setHasdetaileddiff(true);
      if (hasUnknown(request.news))
        return response.setHasdetaileddiff(false).setChanges(DIFF_SOME).setDiffsList(["hosts"]);
      const old = inputsOf(request.oldInputs);
      const news = withIgnored(old, inputsOf(request.news), request.ignoreChanges);
      const state = readState(request.olds);
      const diff = diffRollout(old, news, state);
      response.setChanges(diff.changed ? DIFF_SOME : DIFF_NONE);
      for (const [path, { kind, inputs }] of diff.details)
        response.getDetaileddiffMap().set(path, new rpc.PropertyDiff().setKind(kinds[kind]).setInputdiff(inputs));
      response.setDiffsList([...new Set([...diff.details.keys()].map(topKey))]);
      if (!diff.changed) return response;
      // What a reading found was said by the reading; the other way round, from the plan to it, it says the wrong thing.
      const isReading = isDeepStrictEqual(readInputs.get(request.urn), request.news);
      if (!isReading) await sayOnce(request.urn, describeUpdate(old, news, state, liveOf(news)));
      return response;
    },

    create: async ({ urn, properties, preview }: Requests["create"]): Promise<rpc.CreateResponse> => {
      const response = new rpc.CreateResponse();
      if (preview) {
        const inputs = hasUnknown(properties) ? undefined : inputsOf(properties);
        await sayOnce(urn, inputs === undefined ? [] : describeCreation(inputs, liveOf(inputs)));
        const count = inputs === undefined ? unknownValue : Object.keys(inputs.hosts).length;
        const changing = inputs === undefined ? unknownValue : Object.keys(inputs.hosts);
        return response.setProperties(writeStruct({ pending: unknownValue, count, changing }));
      }
      const inputs = inputsOf(properties);
      requireWindow(inputs);
      const id = nameOf(urn);
      const outputs = outputsOf(id, inputs, await working(urn, (context) => createWave(inputs, context)));
      response.setId(id).setProperties(writeStruct(outputs));
      response.setRefreshBeforeUpdate(inputs.observe);
      return response;
    },

    update: async (request: Requests["update"]): Promise<rpc.UpdateResponse> => {
      const response = new rpc.UpdateResponse();
      if (request.preview) return response.setProperties(writeStruct(previewOf(request)));
      const inputs = inputsOf(request.news);
      const old = inputsOf(request.oldInputs);
      const state = readState(request.olds);
      requireWindow(inputs);
      const done = await working(request.urn, (context) => updateWave(old, inputs, state, context));
      const outputs = outputsOf(request.id, inputs, done);
      response.setProperties(writeStruct(outputs));
      response.setRefreshBeforeUpdate(inputs.observe);
      return response;
    },

    read: async ({ id, urn, properties, inputs: given }: Requests["read"]): Promise<Answer<rpc.ReadResponse>> => {
      if (given.hosts === undefined) throw new Error(importRefused);
      const inputs = inputsOf(given);
      const read = await working(urn, (context) => readWave(inputs, readState(properties), context));
      const { records, hosts, connections, observation, live: held, state } = read;
      answered.set(urn, new Set(Object.keys(observation.answers)));
      heardOf(records, observation).forEach((answer, key) => recent.set(key, answer));
      remember(records, held);
      const seen = { ...given, ...hosts, connections: markLogins(connections) };
      readInputs.set(urn, JSON.parse(JSON.stringify(seen)) as Fields);
      const response = new rpc.ReadResponse().setId(id).setProperties(writeStruct(writeState(state)));
      return { response: response.setRefreshBeforeUpdate(inputs.observe), values: seen };
    },

    delete: async ({ urn, properties, oldInputs }: Requests["delete"]): Promise<Empty> => {
      const inputs = inputsOf(oldInputs);
      const state = readState(properties);
      await working(urn, (context) => removeWave(inputs, state, context, answered.get(urn) ?? new Set()));
      return new Empty();
    },

    invoke: async ({ token, args: given }: Requests["invoke"]): Promise<Answer<rpc.InvokeResponse>> => {
      if (token !== observeToken) throw new Error(`this plugin has no function ${token}`);
      const args = observeArgs(revealed(given));
      const response = new rpc.InvokeResponse();
      if (args.ok) {
        const { hosts, unread, live: held } = await observeFacts(args.value, recent, signal);
        remember(args.value.hosts, held);
        return { response, values: { hosts, unread } };
      }
      for (const problem of args.problems)
        response.addFailures(new rpc.CheckFailure().setProperty(problem.path).setReason(describeProblem(problem)));
      return { response };
    },
  };
};

/** The text of an error for the engine: problems in lines, nothing of a stack. */
export const errorText = (error: unknown): string => {
  if (error instanceof ProblemsError) return error.message;
  return error instanceof Error ? error.message : String(error);
};

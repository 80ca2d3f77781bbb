/** Gives the hosts of a wave that did not pass its gate what they had before the update. */
import type { ReadBack } from "../../delivery/answer/read-back";
import type { Asker } from "../commands";
import { isSettingKey, isUnread, wayOf, withLive, type HostRecord } from "../host-record";
import type { RunOnHost } from "../host-run";
import { rollOut } from "../rollout";

type Records = Readonly<Record<string, HostRecord>>;

export interface PutBackRequest {
  readonly asker: Asker;
  /** Hosts that hold the new settings, or may do so. */
  readonly names: readonly string[];
  /** What hosts held before the update, as far as this wave knows. */
  readonly before: Records;
  readonly after: Records;
  /** Of the run that set a host. */
  readonly answers: Readonly<Record<string, ReadBack>>;
  /** Hosts that nobody had tuned, though an update that was killed may have set them before this one. */
  readonly untouched?: ReadonlySet<string>;
  readonly run: RunOnHost;
}

export interface PutBack {
  /** What the hosts that were put back hold now; undefined for one that nobody had tuned, and that has its own values. */
  readonly done: ReadonlyMap<string, HostRecord | undefined>;
  /** Why others still hold the new settings. */
  readonly failures: Readonly<Record<string, string>>;
}

/** The record of a host that came from another owner, with the values that it came with. */
const takenOver = (record: HostRecord, { previous }: ReadBack): HostRecord => {
  const { verdict: _verdict, settingsHash: _hash, sizedFromHost: _sized, ...rest } = record;
  // A host can say anything, and only settings are taken from it.
  return { ...rest, ...Object.fromEntries(Object.entries(previous).filter(([key]) => isSettingKey(key))) };
};

/** What a host held; undefined where nobody had tuned it. */
const formerOf = (name: string, { before, after, answers, untouched }: PutBackRequest): HostRecord | undefined => {
  const [known, answer, record] = [before[name], answers[name], after[name] ?? {}];
  if (known !== undefined && !isUnread(known)) {
    const { changedFiles: _files, port: _port, hostKey: _key, ...held } = withLive(known);
    // A way that changed with this update is the one that leads there.
    return {
      ...held,
      ...Object.fromEntries(Object.entries<unknown>(wayOf(record)).filter(([, each]) => each !== undefined)),
    };
  }
  return answer?.formerOwner && untouched?.has(name) !== true ? takenOver(record, answer) : undefined;
};

/** Never rejects, and is not cancelled: a wave must not be left between two states. */
export const putBack = async (request: PutBackRequest): Promise<PutBack> => {
  const { asker, names, after, run } = request;
  const formers = new Map(names.map((name) => [name, formerOf(name, request)]));
  const apply: Record<string, HostRecord> = {};
  const restore: Record<string, HostRecord> = {};
  for (const [name, former] of formers) {
    // A table that grew becomes smaller again; the host still refuses where its entries would not fit.
    if (former === undefined) restore[name] = after[name] ?? {};
    else apply[name] = { ...former, allowShrink: true };
  }
  const { failures, applied, restored } = await rollOut({
    ...{ asker, run, work: { apply, restore }, hostCount: names.length, maximumFailures: names.length },
    signal: new AbortController().signal,
  });
  return {
    done: new Map([...formers].filter(([name]) => Object.hasOwn(applied, name) || Object.hasOwn(restored, name))),
    failures,
  };
};

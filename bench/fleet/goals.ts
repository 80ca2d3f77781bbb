/** What issue and README promise, held against one run of the bench. */
import type { HostKind } from "./hosts";
import { cpuMsOfOneMore, createLookup, phases, type Phase, type Row } from "./rows";

export interface Goal {
  readonly what: string;
  readonly limit: number;
  /** Absent where this run has not measured it. */
  readonly measured: number | undefined;
}

const ours = "ConntrackFleet";

type Find = (hosts: number, phase: Phase, tool?: string) => Row | undefined;

const ratio = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : one / other;

const goalsOf = (find: Find, kind: HostKind): readonly Goal[] => {
  const times = (phase: Phase) => ratio(find(1000, phase)?.wallSeconds, find(1, phase)?.wallSeconds);
  const oneMore = (phase: Phase) => {
    const row = find(1000, phase);
    return row && cpuMsOfOneMore(row, find(1, phase));
  };
  const state = find(1000, phases.firstApply);
  const most = Object.values(phases).flatMap((phase) => find(1000, phase)?.peakBytes ?? []);
  const double = ratio(find(2000, phases.firstApply)?.cpuSeconds, find(1000, phases.firstApply)?.cpuSeconds);
  if (kind === "script") {
    const measured = ratio(
      find(200, phases.firstApply)?.wallSeconds,
      find(200, phases.firstApply, "pssh")?.wallSeconds,
    );
    return [{ what: "200 hosts with the script, first apply: time against pssh", limit: 1, measured }];
  }
  return [
    { what: "1000 hosts, first apply: times one host", limit: 2.5, measured: times(phases.firstApply) },
    { what: "1000 hosts, no change: times one host", limit: 1.3, measured: times(phases.noChange) },
    { what: "1000 hosts, no change, observed: times one host", limit: 2.5, measured: times(phases.observed) },
    { what: "one host more, first apply: ms of processor time", limit: 8, measured: oneMore(phases.firstApply) },
    { what: "one host more, only read: ms of processor time", limit: 6, measured: oneMore(phases.observed) },
    { what: "state: bytes a host at 1000", limit: 300, measured: ratio(state?.stateBytes, 1000) },
    {
      what: "memory at 1000, all processes: MB",
      limit: 600,
      measured: most.length > 0 ? Math.max(...most) / 1e6 : undefined,
    },
    { what: "2000 hosts, first apply: processor time against 1000", limit: 2, measured: double },
  ];
};

/** The goals that this run has something to say about. */
export const goalsAmong = (rows: readonly Row[]): readonly Goal[] => {
  const lookup = createLookup(rows);
  return [...new Set(rows.map(({ kind }) => kind))]
    .flatMap((kind) => goalsOf((hosts, phase, tool = ours) => lookup.find({ kind, hosts, tool, phase }), kind))
    .filter(({ measured }) => measured !== undefined);
};

export const isMet = ({ measured = 0, limit }: Goal): boolean => measured <= limit;

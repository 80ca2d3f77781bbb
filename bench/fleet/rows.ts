/** What was measured. */
import type { HostKind } from "./hosts";
import type { Measured } from "./measure";

export const phases = {
  firstApply: "first apply",
  noChange: "no change",
  oneChanged: "one changed",
  allChanged: "all changed",
  observed: "no change, observed",
  drift: "drift of one, observed",
  destroy: "destroy",
} as const;
export type Phase = (typeof phases)[keyof typeof phases];

/** One operation of one tool. */
export interface Operation extends Measured {
  readonly tool: string;
  readonly phase: Phase;
  /** Logins on hosts. */
  readonly contacts: number;
  /** What the stack takes on disk; absent where a tool keeps nothing. */
  readonly stateBytes?: number;
}

export interface Row extends Operation {
  readonly kind: HostKind;
  readonly hosts: number;
  /** Of the machine when the operation began, over the minute before. */
  readonly load: number;
}

export type Add = (operation: Operation) => void;

type Key = Pick<Row, "kind" | "hosts" | "tool" | "phase">;

/** What peers do in a phase that they do not know: they go to every host all the same. */
const phaseOfPeer: Readonly<Record<Phase, Phase>> = {
  [phases.firstApply]: phases.firstApply,
  [phases.noChange]: phases.noChange,
  [phases.oneChanged]: phases.noChange,
  [phases.allChanged]: phases.allChanged,
  [phases.observed]: phases.noChange,
  [phases.drift]: phases.noChange,
  [phases.destroy]: phases.destroy,
};

/** The middle one of equal runs, by its wall time. */
const middle = (rows: readonly Row[]): Row | undefined =>
  [...rows].sort((one, other) => one.wallSeconds - other.wallSeconds)[Math.floor((rows.length - 1) / 2)];

/** Finds rows among those of one run of the bench. */
export const createLookup = (rows: readonly Row[]) => {
  const find = ({ kind, hosts, tool, phase }: Key): Row | undefined =>
    middle(rows.filter((row) => row.kind === kind && row.hosts === hosts && row.tool === tool && row.phase === phase));
  return {
    find,
    /** What a peer did on as many hosts of the same kind. */
    peer: (row: Key, tool: string) => find({ ...row, tool, phase: phaseOfPeer[row.phase] }),
    /** The same with one host. */
    single: (row: Key) => find({ ...row, hosts: 1 }),
    /** Each kind, number of hosts, tool and phase once. */
    all: (): readonly Row[] => {
      const seen = new Map(rows.map((row) => [[row.kind, row.hosts, row.tool, row.phase].join(), row]));
      return [...seen.values()].flatMap((row) => find(row) ?? []);
    },
  };
};

/** Milliseconds of processor time that each host more than one took. */
export const cpuMsOfOneMore = (row: Row, single: Row | undefined): number | undefined =>
  single === undefined || row.hosts <= 1 ? undefined : (1000 * (row.cpuSeconds - single.cpuSeconds)) / (row.hosts - 1);

/** Waits for the soak time of a wave and reads its hosts again: whether they carry their traffic with the new settings. */
import { parseReadBack } from "../../delivery/answer/parse";
import type { ReadBack } from "../../delivery/answer/read-back";
import { verifyLine, type Asker } from "../commands";
import { highestOf, judgeHost, type GateBounds, type Shown } from "../gate";
import type { HostRecord } from "../host-record";
import { runHost, type RunOnHost } from "../host-run";
import { soak } from "../soak";
import type { WaveLog, WorkContext } from "./wave-log";
import type { GateSummary } from "./wave-state";

/** A host that this update has set. */
export interface SetHost {
  readonly answer: ReadBack;
  /** When it answered, in milliseconds of `performance.now()`. */
  readonly atMs: number;
}

export interface GateRequest extends WorkContext {
  readonly asker: Asker;
  readonly hosts: Readonly<Record<string, SetHost>>;
  readonly records: Readonly<Record<string, HostRecord>>;
  readonly soakSeconds: number;
  readonly bounds: GateBounds;
  readonly run: RunOnHost;
}

export interface GateVerdict {
  readonly summary: GateSummary;
  /** True where it was ended before the hosts were read. */
  readonly cancelled: boolean;
  /** Why hosts do not pass, by name. */
  readonly failures: Readonly<Record<string, string>>;
}

interface Judged {
  readonly name: string;
  readonly shown: Shown;
  readonly failure?: string;
}

const tellSoak = (log: WaveLog, soakSeconds: number) => (passed: number) =>
  log.progress(`soaking: ${passed} of ${soakSeconds} s`);

/** A host that does not answer any more does not pass. */
const judge = async (
  name: string,
  host: SetHost,
  { asker, records, soakSeconds, bounds, run, signal }: GateRequest,
): Promise<Judged> => {
  const record = records[name] ?? {};
  const judged = (after: ReadBack, seconds: number): Judged => {
    const { failures, shown } = judgeHost({ record, before: host.answer, after, seconds }, bounds);
    return { name, shown, ...(failures.length > 0 ? { failure: failures.join("; ") } : {}) };
  };
  if (soakSeconds === 0) return judged(host.answer, 0);
  const outcome = await runHost(name, verifyLine(name, record, asker), parseReadBack, run, signal);
  if (outcome.result === "done") return judged(outcome.answer, (performance.now() - host.atMs) / 1000);
  const why = outcome.result === "failed" ? outcome.message : "was not asked any more";
  return { name, shown: {}, failure: `cannot be read after the soak time: ${why}` };
};

/** Never rejects. Without a soak time the answer of the run that set a host is the reading, and nobody is contacted. */
export const passGate = async (request: GateRequest): Promise<GateVerdict> => {
  const { hosts, soakSeconds, signal, log } = request;
  const names = Object.keys(hosts);
  const verdict = (judged: readonly Judged[], cancelled: boolean): GateVerdict => {
    const failures = Object.fromEntries(
      judged.flatMap(({ name, failure }) => (failure === undefined ? [] : [[name, failure] as const])),
    );
    const passed = !cancelled && Object.keys(failures).length === 0;
    return { cancelled, failures, summary: { passed, soakSeconds, hosts: judged.length, highest: highestOf(judged) } };
  };
  if (names.length === 0) return verdict([], false);
  const isSoaked = await soak(soakSeconds, signal, tellSoak(log, soakSeconds));
  if (!isSoaked) return verdict([], true);
  const judged = await Promise.all(Object.entries(hosts).map(([name, host]) => judge(name, host, request)));
  return verdict(judged, signal.aborted);
};

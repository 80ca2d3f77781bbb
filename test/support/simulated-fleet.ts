/**
 * Hosts that exist in memory only and behave as the host script does: apply writes and takes over, verify compares,
 * restore gives back where the token owns. For tests of what is made of many answers.
 */
import { answerMarker } from "../../src/delivery/answer/parse";
import type { HostAnswer, RunOnHost } from "../../src/fleet/host-run";

type Values = Record<string, string>;

export interface SimulatedHost {
  owner?: string;
  values: Values;
  entries: number;
  /** By the names of the kernel's columns. */
  counters?: Readonly<Partial<Record<"insert_failed" | "drop" | "early_drop" | "chainlength", number>>>;
  /** Of its kernel; what `facts` says beside. */
  kernel: string;
  memTotalKiB: number;
  /** How the module is there; loaded unless given. */
  presence?: "module" | "notLoaded";
}

const isSetting = (key: string): boolean => key === "max" || key === "buckets" || key.includes("timeout");

const wordsOf = (command: string): Values =>
  Object.fromEntries(
    command.split(" ").flatMap((word) => {
      const at = word.indexOf("=");
      return at > 0 ? [[word.slice(0, at), word.slice(at + 1)]] : [];
    }),
  );

const numbers = (values: Values): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value)]));

const printed = (answer: object): HostAnswer => ({
  ok: true,
  stdout: `Welcome!\n${answerMarker} ${JSON.stringify(answer)}\n`,
  stderr: "",
  exitCode: 0,
  signal: undefined,
});

const noCounts = { insert_failed: 0, drop: 0, early_drop: 0, chainlength: 0 };

const about = ({ kernel, memTotalKiB, entries, counters, presence = "module" }: SimulatedHost) => ({
  ...{ presence, kernel, memTotalKiB, entries },
  ...(presence === "module" ? { ...noCounts, ...counters } : {}),
  flags: {},
});

/** What `facts` prints of a host. */
const factsOf = (host: SimulatedHost): HostAnswer => {
  const { flags: _flags, ...said } = about(host);
  return printed({
    ...{ command: "facts", module: "nf_conntrack", ...said },
    unameVersion: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-06-30)",
    arch: "x86_64",
    cores: 4,
    settings: numbers(host.values),
  });
};

/** `project/stack/name` of a token, whatever its wave. */
const ownerOf = (token: string): string => token.split("/").slice(0, 3).join("/");

const answerOf = (host: SimulatedHost, command: string): HostAnswer => {
  if (/ facts( |$)/.test(command)) return factsOf(host);
  const common = about(host);
  const mode = / (apply|verify|restore) /.exec(command)?.[1] ?? "";
  const { token = "", adopt = "", ...words } = wordsOf(command);
  const planned = Object.fromEntries(Object.entries(words).filter(([key]) => isSetting(key)));
  const previous = numbers(host.values);
  const owner = host.owner ?? "";
  if (mode === "restore") {
    const changed = host.owner === token;
    if (changed) [host.owner, host.values] = [undefined, {}];
    return printed({ command: mode, ...common, owner, changed, previous, settings: numbers(host.values) });
  }
  if (mode === "apply") {
    if (owner !== "" && ![ownerOf(token), adopt].includes(ownerOf(owner)) && adopt !== "any")
      return {
        ...failed,
        stderr: `journal: the host belongs to ${owner}: destroy that first\n`,
      };
    [host.owner, host.values] = [token, planned];
    return printed({ command: mode, ...common, owner, changed: true, previous, settings: numbers(planned) });
  }
  const drift = Object.entries(planned)
    .filter(([key, value]) => host.values[key] !== value)
    .map(([key, value]) => ({ key, planned: value, found: host.values[key] ?? "0" }));
  return printed({ command: mode, ...common, changed: false, previous: {}, settings: numbers(host.values), drift });
};

const failed = { ok: true, stdout: "", exitCode: 1, signal: undefined } as const;

/** What a host does instead of what it is asked. */
export const misbehaviour = {
  unreachable: { ok: false, reason: "unreachable", message: "connection refused", remedy: "Check port and route." },
  silent: { ok: true, stdout: "", stderr: "", exitCode: 0, signal: undefined },
  refusing: { ...failed, stderr: "look: the kernel is another era: correct facts.kernel\n" },
  killed: { ok: true, stdout: "", stderr: "", exitCode: undefined, signal: "KILL" },
} as const satisfies Record<string, HostAnswer>;

/** A machine of 8 GiB as its kernel counts it. */
const usualHost = { kernel: "6.1.0-50-cloud-amd64", memTotalKiB: 8120000 };

/** A fleet in memory; `lanes` hosts are worked on at once, and each turn lets all of them end. */
export const simulatedFleet = (lanes = 64) => {
  const hosts = new Map<string, SimulatedHost>();
  const wrong = new Map<string, HostAnswer>();
  const commands: { readonly name: string; readonly command: string }[] = [];
  let [busy, busiest] = [0, 0];
  const waiting: (() => void)[] = [];
  const turn = (): Promise<void> =>
    busy < lanes ? Promise.resolve(void (busy += 1)) : new Promise((resolve) => waiting.push(resolve));
  const handOn = (): void => {
    const next = waiting.shift();
    if (next === undefined) busy -= 1;
    else next();
  };
  const hostOf = (name: string): SimulatedHost => {
    const host = hosts.get(name) ?? { values: {}, entries: 12, ...usualHost };
    hosts.set(name, host);
    return host;
  };
  const run: RunOnHost = async (name, command, signal) => {
    await turn();
    busiest = Math.max(busiest, busy);
    try {
      if (signal.aborted) return { ok: false, reason: "cancelled", message: "was cancelled", remedy: "Run it again." };
      commands.push({ name, command });
      await new Promise(setImmediate);
      return wrong.get(name) ?? answerOf(hostOf(name), command);
    } finally {
      handOn();
    }
  };
  return {
    run,
    /** Commands received so far, in order. */
    commands,
    /** The host as it is now. */
    hostOf,
    get busiest() {
      return busiest;
    },
    /** From now on these hosts answer with `answer`; without one they behave again. */
    misbehave: (names: readonly string[], answer?: HostAnswer) => {
      for (const name of names)
        if (answer === undefined) wrong.delete(name);
        else wrong.set(name, answer);
    },
  };
};

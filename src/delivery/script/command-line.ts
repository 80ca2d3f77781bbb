/**
 * The remote command lines of the host script: one line each, words `key=value` in a fixed order, so that one changed
 * setting is one readable difference and nothing ever needs quoting.
 */
import type { TargetRequest } from "../../target/request";
import { targetState } from "../../target/target";
import { ProblemsError, type Problem } from "../../validation/problems";
import { scriptIdentity } from "./script";
import { guardWords, targetWords, type Word } from "./target-words";

/** A request of `verifyCommand` and `applyCommand`. */
export interface HostRequest extends TargetRequest {
  /** True where the login is not root: the command runs under `sudo -n`. */
  readonly sudo: boolean;
  /** Who owns the settings on this host; see `hostToken`. */
  readonly token: string;
}

/** A request of `applyCommand`. */
export interface ApplyRequest extends HostRequest {
  /** Seconds after which the script puts everything back and fails; default 120. */
  readonly limitSeconds?: number;
  /** Seconds to wait, when max shrinks, until entries fall below 0.8 x the new max; default 30. */
  readonly waitSeconds?: number;
}

const source = "the host script's words, docs/host-script.md";

/** The longest line that is sent; Linux takes 128 KiB in one argument, and a host's log or a person less. */
export const maximumLineBytes = 16 * 1024;

const settingName = /^(nf|ip)_conntrack_[a-z0-9_]+$|^nf_flowtable_[a-z0-9_]+$/;

const problemsOfWord = ([key, value]: Word): Problem[] => {
  if (!/^[A-Za-z0-9_.:=/-]+$/.test(String(value)))
    return [
      {
        path: key,
        value,
        limit: "may hold letters, digits and _ . : = / - only, and must not be empty",
        source,
        remedy: "Remove the other characters.",
      },
    ];
  if (typeof value === "number" && !(Number.isSafeInteger(value) && value >= 0))
    return [{ path: key, value, limit: "must be a whole number, 0 or greater", source, remedy: "Round it." }];
  return [];
};

const problemsOfNames = ({ settings: { timeouts } }: TargetRequest): Problem[] =>
  Object.entries(timeouts)
    .filter(([name]) => !settingName.test(name))
    .map(([path, value]) => ({
      path,
      value,
      limit: "must be the name of a connection tracking sysctl",
      source,
      remedy: "Use the name under /proc/sys/net/netfilter, for example nf_conntrack_udp_timeout.",
    }));

const problemsOfLength = (line: string): Problem[] =>
  line.length <= maximumLineBytes
    ? []
    : [
        {
          path: "settings.timeouts",
          limit: `make a command line of ${line.length} bytes, and it may have ${maximumLineBytes}`,
          source,
          remedy: "Set fewer timeouts.",
        },
      ];

const optional = (key: string, value: number | undefined): readonly Word[] =>
  value === undefined ? [] : [[key, value]];

const scriptWord: Word = ["script", `${scriptIdentity.version}:${scriptIdentity.sha256}`];

const shell = (sudo: boolean, mode: string): string => `${sudo ? "sudo -n " : ""}sh -s -- ${mode}`;

const whole = (mode: string, line: string, problems: readonly Problem[]): string => {
  const all = [...problems, ...problemsOfLength(line)];
  if (all.length > 0) throw new ProblemsError(`The command line of ${mode} cannot be written.`, all);
  return line;
};

/** A command line but for its token, made once for all hosts that shall hold the same. */
export type LineForToken = (token: string) => string;

/** @param more problems of what the words are made of */
const lineFor = (sudo: boolean, mode: string, words: readonly Word[], more: readonly Problem[] = []): LineForToken => {
  const start = shell(sudo, mode);
  const behind = [...words, scriptWord];
  const text = behind.map((word) => word.join("=")).join(" ");
  const problems = [...behind.flatMap(problemsOfWord), ...more];
  return (token) => whole(mode, `${start} token=${token} ${text}`, [...problemsOfWord(["token", token]), ...problems]);
};

/** `applyCommand` for any token. */
export const applyCommandFor = (request: Omit<ApplyRequest, "token">): LineForToken => {
  const target = targetState(request);
  const words = [
    ...guardWords(target),
    ...optional("limitSeconds", request.limitSeconds),
    ...optional("waitSeconds", request.waitSeconds),
    ...targetWords(target),
  ];
  return lineFor(request.sudo, "apply", words, problemsOfNames(request));
};

/** `verifyCommand` for any token. */
export const verifyCommandFor = (request: Omit<HostRequest, "token">): LineForToken =>
  lineFor(request.sudo, "verify", targetWords(targetState(request)), problemsOfNames(request));

/**
 * `[sudo -n] sh -s -- apply token=... key=value ...`
 * @throws ProblemsError naming every word that holds another character than `[A-Za-z0-9_.:=/-]`
 */
export const applyCommand = (request: ApplyRequest): string => applyCommandFor(request)(request.token);

/** `[sudo -n] sh -s -- verify token=... key=value ...`: compares live and persisted values with the plan; writes nothing. */
export const verifyCommand = (request: HostRequest): string => verifyCommandFor(request)(request.token);

/** `[sudo -n] sh -s -- restore token=...`: puts the journaled values back where they are still ours. */
export const restoreCommand = ({ sudo, token }: Pick<HostRequest, "sudo" | "token">): string =>
  lineFor(sudo, "restore", [])(token);

/** `[sudo -n] sh -s -- facts`: read-only, what an inventory entry needs. */
export const factsCommand = ({ sudo }: Pick<HostRequest, "sudo">): string =>
  `${shell(sudo, "facts")} ${scriptWord.join("=")}`;

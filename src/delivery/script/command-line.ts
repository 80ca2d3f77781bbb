/**
 * The remote command lines of the host script: one line each, arguments as `key=value` in a fixed order, so that one
 * changed setting is one readable difference and nothing ever needs quoting.
 */
import type { KernelRules } from "../../kernel/rules";
import type { Settings, Timeouts } from "../../kernel/settings";
import { countedShare } from "../../sizing/memory";
import { ProblemsError, type Problem } from "../../validation/problems";

/** What the script needs to know of the kernel; facts only, it compares no versions. */
export type HostRules = Pick<KernelRules, "module" | "chainLimit" | "architecture"> & {
  readonly tableSize: Pick<KernelRules["tableSize"], "resizable" | "acceptsHashsize">;
  readonly paths: Pick<KernelRules["paths"], "bucketsWritable">;
};

/** A request of `verifyCommand`. */
export interface VerifyRequest {
  /** True where the login is not root: the command runs under `sudo -n`. */
  readonly sudo: boolean;
  /** Who owns the settings on this host; see `hostToken`. */
  readonly token: string;
  readonly settings: Settings;
  readonly rules: HostRules;
  /** Loads the module where it is not loaded, now and at boot. */
  readonly loadModule?: boolean;
}

/** A request of `applyCommand`. */
export interface ApplyRequest extends VerifyRequest {
  /** Cost of the planned table; `Plan.memory` has this shape. */
  readonly memory: { readonly tableBytes: number; readonly fullBytes: number };
  /** RAM as declared, in KiB: a host with less than 90 % of it contradicts the declaration. */
  readonly memTotalKiB: number;
  /** Part of RAM (of low memory on 32 bits) that the full table may take, on the RAM that the host really has. */
  readonly memoryShare: number;
  /** Allows a max below what the host holds times 1.25. */
  readonly allowShrink?: boolean;
  /** Seconds after which the script puts everything back and fails; default 120. */
  readonly limitSeconds?: number;
  /** Seconds to wait, when max shrinks, until entries fall below 0.8 x the new max; default 30. */
  readonly waitSeconds?: number;
}

type Arguments = readonly (readonly [key: string, value: string | number | undefined])[];

const allowed = /^[A-Za-z0-9_.:=/-]+$/;
const settingName = /^(nf|ip)_conntrack_[a-z0-9_]+$|^nf_flowtable_[a-z0-9_]+$/;

/** Characters of a token; everything else is written as `=` and two hexadecimal digits for each byte of UTF-8. */
const encodeForToken = (text: string): string =>
  [...new TextEncoder().encode(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9_.:-]/.test(character) ? character : `=${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");

/**
 * Names the owner of a host's settings: `project/stack/name`, the same for ever for one resource of one stack.
 * Characters that a command line could misread are encoded, so that different owners keep different tokens.
 */
export const hostToken = (project: string, stack: string, name: string): string =>
  [project, stack, name].map(encodeForToken).join("/");

const problemsOf = (values: Arguments): Problem[] =>
  values.flatMap(([key, value]) =>
    value === undefined || allowed.test(String(value))
      ? []
      : [
          {
            path: key,
            value,
            limit: "may hold letters, digits and _ . : = / - only, and must not be empty",
            source: "the host script's arguments, docs/host-script.md",
            remedy: "Remove the other characters.",
          },
        ],
  );

const numberProblems = (values: Arguments): Problem[] =>
  values.flatMap(([key, value]) =>
    typeof value === "number" && !(Number.isSafeInteger(value) && value >= 0)
      ? [
          {
            path: key,
            value,
            limit: "must be a whole number, 0 or greater",
            source: "the host script's arguments, docs/host-script.md",
            remedy: "Round it.",
          },
        ]
      : [],
  );

const nameProblems = (timeouts: Timeouts): Problem[] =>
  Object.keys(timeouts)
    .filter((name) => !settingName.test(name))
    .map((name) => ({
      path: name,
      value: timeouts[name],
      limit: "must be the name of a connection tracking sysctl",
      source: "the host script's arguments, docs/host-script.md",
      remedy: "Use the name under /proc/sys/net/netfilter, for example nf_conntrack_udp_timeout.",
    }));

const render = (sudo: boolean, command: string, values: Arguments): string => {
  const given = values.filter(([, value]) => value !== undefined);
  const words = given.map(([key, value]) => `${key}=${String(value)}`);
  return [...(sudo ? ["sudo", "-n"] : []), "sh", "-s", "--", command, ...words].join(" ");
};

const checked = (sudo: boolean, command: string, values: Arguments, more: readonly Problem[] = []): string => {
  const problems = [...problemsOf(values), ...numberProblems(values), ...more];
  if (problems.length > 0) throw new ProblemsError(`The command line of ${command} cannot be written.`, problems);
  return render(sudo, command, values);
};

const flag = (on: boolean | undefined): 1 | undefined => (on === true ? 1 : undefined);

const settingsArguments = ({ max, buckets, timeouts }: Settings): Arguments => [
  ["max", max],
  ["buckets", buckets],
  ...Object.keys(timeouts)
    .sort()
    .map((name): Arguments[number] => [name, timeouts[name]]),
];

/** When the number of buckets can be given: any time, at load, or never. */
const hashsizeArgument = ({ tableSize }: HostRules): "live" | "load" | "none" => {
  if (tableSize.resizable) return "live";
  return tableSize.acceptsHashsize ? "load" : "none";
};

const kernelArguments = ({ token, rules, loadModule }: VerifyRequest): Arguments => [
  ["token", token],
  ["module", rules.module],
  ["writable", flag(rules.paths.bucketsWritable)],
  ["hashsize", hashsizeArgument(rules)],
  ["chainLimit", rules.chainLimit === undefined ? 0 : 1],
  ["loadModule", flag(loadModule)],
];

const kibibytes = (bytes: number): number => Math.ceil(bytes / 1024);

/**
 * `[sudo -n] sh -s -- apply token=... key=value ...`
 * @throws ProblemsError naming every argument that holds another character than `[A-Za-z0-9_.:=/-]`
 */
export const applyCommand = (request: ApplyRequest): string =>
  checked(
    request.sudo,
    "apply",
    [
      ...kernelArguments(request),
      ["allowShrink", flag(request.allowShrink)],
      ["minRamKiB", Math.ceil(request.memTotalKiB * countedShare)],
      ["minLowKiB", Math.ceil(kibibytes(request.memory.fullBytes) / request.memoryShare)],
      ["tableKiB", kibibytes(request.memory.tableBytes)],
      ["limitSeconds", request.limitSeconds],
      ["waitSeconds", request.waitSeconds],
      ...settingsArguments(request.settings),
    ],
    nameProblems(request.settings.timeouts),
  );

/** `[sudo -n] sh -s -- verify token=... key=value ...`: compares live and persisted values with the plan; writes nothing. */
export const verifyCommand = (request: VerifyRequest): string =>
  checked(
    request.sudo,
    "verify",
    [...kernelArguments(request), ...settingsArguments(request.settings)],
    nameProblems(request.settings.timeouts),
  );

/** `[sudo -n] sh -s -- restore token=...`: puts the journaled values back where they are still ours. */
export const restoreCommand = ({ sudo, token }: { readonly sudo: boolean; readonly token: string }): string =>
  checked(sudo, "restore", [["token", token]]);

/** `[sudo -n] sh -s -- facts`: read-only, what an inventory entry needs. */
export const factsCommand = ({ sudo }: { readonly sudo: boolean }): string => render(sudo, "facts", []);

/** Hosts that stand on the command line, with the flags for them: checked all at once before the first is dialled. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { addressKey, defaultPort, defaultUser, maximumPort } from "../delivery/ssh/address";
import { checkConnection } from "../delivery/ssh/connection";
import type { SshTarget } from "../delivery/ssh/endpoint";
import { findHostKeys, type KnownKeys } from "../delivery/ssh/known-hosts";
import { ProblemsError, type Problem } from "../validation/problems";
import { problemsIn } from "../validation/validation";
import { commandLineSource, numberOf } from "./number-flag";

export interface NamedHostOptions {
  readonly user?: string;
  readonly port?: string;
  readonly identity?: string;
  readonly knownHosts?: string;
  readonly sudo?: boolean;
  readonly timeoutSeconds?: string;
  readonly json?: boolean;
}

/** One host of the command line. */
export interface NamedHost {
  /** Its name in the inventory. */
  readonly name: string;
  /** How a person wrote it, without the user, before whom a password may stand. */
  readonly address: string;
  readonly target: SshTarget;
  readonly known: KnownKeys;
}

export interface NamedHostsRequest {
  readonly targets: readonly NamedHost[];
  readonly knownHostsFile: string;
  readonly timeoutSeconds: number;
}

/** Adds the flags that `namedHostsRequest` reads. */
export const addNamedHostFlags = (command: Command): Command =>
  command
    .argument("<hosts...>", "[user@]host[:port]")
    .option("--user <name>", "user to log in as; default root")
    .option("--port <number>", "port of the SSH server; default 22")
    .option("--identity <file>", "private key; the agent of the environment is asked after it")
    .option("--known-hosts <file>", "where host keys are known; default ~/.ssh/known_hosts");

const source = commandLineSource;
const defaultTimeoutSeconds = 20;
const maximumTimeoutSeconds = 3600;

interface Address {
  readonly user?: string;
  readonly host: string;
  readonly port?: number;
}

/** `[user@]host[:port]`; an IPv6 address with a port stands in brackets. */
const splitAddress = (text: string): Address => {
  const at = text.lastIndexOf("@");
  const [, bracketed, bare = "", port] = /^(?:\[([^\]]*)\]|(.*?))(?::(\d+))?$/s.exec(text.slice(at + 1)) ?? [];
  const isBareIpv6 = bare.includes(":");
  return {
    ...(at < 0 ? {} : { user: text.slice(0, at) }),
    host: (bracketed ?? (isBareIpv6 && port !== undefined ? `${bare}:${port}` : bare)).replace(/\.$/, ""),
    ...(port === undefined || isBareIpv6 ? {} : { port: Number(port) }),
  };
};

const readFile = (flag: string, path: string, remedy: string, problems: Problem[]): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const limit = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    problems.push({ path: flag, value: path, limit, source, remedy });
    return "";
  }
};

/** The usual file may be missing: then no host is known. One that was named must be there. */
const readKnownHosts = (named: string | undefined, usual: string, problems: Problem[]): string => {
  if (named !== undefined) return readFile("--known-hosts", named, "Give the path of a known_hosts file.", problems);
  const own: Problem[] = [];
  const text = readFile("--known-hosts", usual, "Make it readable, or name another file.", own);
  problems.push(...own.filter(({ limit }) => !limit.includes("ENOENT")));
  return text;
};

const duplicateProblems = (addresses: readonly Address[], words: readonly string[]): Problem[] => {
  const keys = addresses.map(addressKey);
  return keys.flatMap((key, index) => {
    const first = keys.indexOf(key);
    if (first === index) return [];
    const limit = `is the same host as hosts[${first}]: ${key}`;
    return [{ path: `hosts[${index}]`, value: words[index], limit, source, remedy: "Name each host once." }];
  });
};

/** A name that an inventory takes; the port tells hosts of one address apart. */
const nameOf = ({ host, port = defaultPort }: Address, all: readonly Address[]): string => {
  const name = host.replace(/[^A-Za-z0-9_.-]/g, "-").replace(/^[^A-Za-z0-9]+/, "") || "host";
  const isAlone = all.filter((other) => other.host.toLowerCase() === host.toLowerCase()).length === 1;
  return isAlone || port === defaultPort ? name : `${name}-${port}`;
};

/**
 * @param addresses `[user@]host[:port]`
 * @throws ProblemsError with everything that is wrong, before any host is contacted
 */
export const namedHostsRequest = (addresses: readonly string[], options: NamedHostOptions): NamedHostsRequest => {
  const problems: Problem[] = [];
  const usualKnownHosts = join(homedir(), ".ssh", "known_hosts");
  const knownHosts = readKnownHosts(options.knownHosts, usualKnownHosts, problems);
  const privateKey =
    options.identity === undefined
      ? undefined
      : readFile("--identity", options.identity, "Give the path of a private key.", problems);
  const portRange = { minimum: 1, maximum: maximumPort, unit: "a port" };
  const flagPort = options.port === undefined ? undefined : numberOf("--port", options.port, portRange, problems);
  const timeRange = { minimum: 0.1, maximum: maximumTimeoutSeconds, unit: "seconds" };
  const timeoutSeconds = numberOf(
    "--timeout-seconds",
    options.timeoutSeconds ?? String(defaultTimeoutSeconds),
    timeRange,
    problems,
  );
  const all = addresses.map((word): Address => {
    const { host, user = options.user, port = flagPort } = splitAddress(word);
    return { host, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) };
  });
  // Whether its key is known is decided on the way to it.
  all.forEach((address, index) =>
    problems.push(...problemsIn(checkConnection({ ...address, insecureIgnoreHostKey: true }, `hosts[${index}]`))),
  );
  const shown = addresses.map((word) => word.slice(word.lastIndexOf("@") + 1));
  problems.push(...duplicateProblems(all, shown));
  if (problems.length > 0 || timeoutSeconds === undefined) throw new ProblemsError("No host was contacted.", problems);
  const targets = all.map((address, index): NamedHost => {
    const { host, user = defaultUser, port = defaultPort } = address;
    const known = findHostKeys(knownHosts, host, port);
    const { keys, revoked } = known;
    const credentials = { privateKey, agentSocketPath: process.env.SSH_AUTH_SOCK || undefined };
    const trust = { known: keys.length === 0 ? ("any" as const) : keys, revoked };
    return {
      name: nameOf(address, all),
      address: shown[index] ?? host,
      target: { host, port, user, credentials, trust },
      known,
    };
  });
  return { targets, knownHostsFile: options.knownHosts ?? usualKnownHosts, timeoutSeconds };
};

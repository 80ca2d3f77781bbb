import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { stringify } from "yaml";
import { defaultPort, defaultUser } from "../delivery/ssh/address";
import { findHostKey } from "../delivery/ssh/known-hosts";
import { probeHost, type ProbeResult, type ProbeTarget } from "../delivery/ssh/probe";
import { ProblemsError } from "../validation/problems";
import { ExitCode, reportProblems, type Terminal } from "./subcommand";

interface FactsOptions {
  readonly user?: string;
  readonly port?: string;
  readonly identity?: string;
  readonly knownHosts: string;
  readonly sudo?: boolean;
  readonly timeoutSeconds?: string;
  readonly json?: boolean;
}

/** `[user@]host[:port]`; an IPv6 address with a port stands in brackets. */
const splitAddress = (text: string): Pick<ProbeTarget, "host" | "port" | "user"> => {
  const [, user, bracketed, plain = "", port] = /^(?:([^@]+)@)?(?:\[([^\]]+)\]|([^@]*?))(?::(\d+))?$/.exec(text) ?? [];
  const isBareIpv6 = plain.includes(":");
  return {
    user,
    host: bracketed ?? (isBareIpv6 && port !== undefined ? `${plain}:${port}` : plain),
    port: port === undefined || isBareIpv6 ? undefined : Number(port),
  };
};

const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

/** @throws ProblemsError where the file cannot be read */
const readIdentity = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ProblemsError("No host was contacted.", [
      {
        path: "--identity",
        value: path,
        limit: `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        source: "the command line",
        remedy: "Give the path of a private key.",
      },
    ]);
  }
};

const kibibytesPerMebibyte = 1024;

/** The inventory's form of what a host said; RAM rounded up, so that the kernel's strict limits stay exact. */
const inventoryEntry = (target: ProbeTarget, { report, hostKey }: ProbeResult): object => ({
  connection: {
    host: target.host,
    ...(target.port === undefined || target.port === defaultPort ? {} : { port: target.port }),
    ...(target.user === undefined || target.user === defaultUser ? {} : { user: target.user }),
    ...(target.sudo === true ? { sudo: true } : {}),
    hostKey,
  },
  facts: {
    memoryMiB: Math.ceil(report.memTotalKiB / kibibytesPerMebibyte),
    arch: report.arch,
    kernel: report.kernel,
    unameVersion: report.versionSignature ?? report.unameVersion,
    cores: report.cores,
    ...(report.pageSizeBytes === undefined ? {} : { pageSizeBytes: report.pageSizeBytes }),
    ...(report.lowTotalKiB === undefined ? {} : { lowTotalKiB: report.lowTotalKiB }),
  },
});

const probeAll = async (
  addresses: readonly string[],
  options: FactsOptions,
  terminal: Terminal,
): Promise<{ readonly hosts: Record<string, object>; readonly unreachable: number }> => {
  const knownHosts = readIfThere(options.knownHosts);
  const privateKey = options.identity === undefined ? undefined : readIdentity(options.identity);
  const targets = addresses.map((address): ProbeTarget => {
    const {
      host,
      user = options.user,
      port = options.port === undefined ? undefined : Number(options.port),
    } = splitAddress(address);
    return {
      host,
      user,
      port,
      privateKey,
      agentSocketPath: process.env.SSH_AUTH_SOCK,
      sudo: options.sudo,
      hostKey: findHostKey(knownHosts, host, port),
      timeoutSeconds: options.timeoutSeconds === undefined ? undefined : Number(options.timeoutSeconds),
    };
  });
  const results = await Promise.allSettled(targets.map(probeHost));
  const hosts: Record<string, object> = {};
  results.forEach((result, index) => {
    const target = targets[index];
    // What stands before the @ may be more than a user.
    const address = (addresses[index] ?? "").replace(/^.*@/s, "");
    if (target === undefined) return;
    if (result.status === "rejected") {
      terminal.err(`${address}: ${result.reason instanceof Error ? result.reason.message : String(result.reason)}\n`);
      return;
    }
    hosts[target.host] = inventoryEntry(target, result.value);
    if (target.hostKey === undefined)
      terminal.err(
        `${address}: its host key is not in ${options.knownHosts}; compare ${result.value.fingerprint} with what ` +
          "`ssh-keygen -l` prints on its console before you trust it\n",
      );
  });
  return { hosts, unreachable: results.filter(({ status }) => status === "rejected").length };
};

/** Registers `facts HOST...`. */
export const addFactsSubcommand = (parent: Command, terminal: Terminal, exit: (code: ExitCode) => void): void => {
  parent
    .command("facts")
    .description("Look at hosts over SSH, read-only, and print inventory entries that are ready to paste")
    .argument("<hosts...>", "[user@]host[:port]")
    .option("--user <name>", "user to log in as; default root")
    .option("--port <number>", "port of the SSH server; default 22")
    .option("--identity <file>", "private key; without it the agent of the environment is asked")
    .option("--known-hosts <file>", "where host keys are known", join(homedir(), ".ssh", "known_hosts"))
    .option("--sudo", "look by `sudo -n`; the facts themselves need no privilege")
    .option("--timeout-seconds <seconds>", "give up on a host after this time; default 20")
    .option("--json", "print JSON instead of YAML")
    .addHelpText(
      "after",
      "\nExample: pulumi-conntrack facts --identity ~/.ssh/id_ed25519 web1.example.net web2.example.net >> hosts.yaml",
    )
    .action(async (addresses: string[], options: FactsOptions) => {
      const json = options.json ?? false;
      const probed = await probeAll(addresses, options, terminal).catch((error: unknown) => {
        if (error instanceof ProblemsError) return reportProblems(error, json, terminal);
        throw error;
      });
      if (typeof probed === "number") {
        exit(probed);
        return;
      }
      const { hosts, unreachable } = probed;
      if (Object.keys(hosts).length > 0)
        terminal.out(json ? `${JSON.stringify({ hosts })}\n` : stringify({ hosts }, { lineWidth: 0 }));
      exit(unreachable > 0 ? ExitCode.Internal : ExitCode.Good);
    });
};

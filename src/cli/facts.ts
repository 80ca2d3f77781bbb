import type { Command } from "commander";
import { stringify } from "yaml";
import type { HostReport } from "../delivery/answer/read-back";
import { defaultPort, defaultUser } from "../delivery/ssh/address";
import { fingerprintOf, hostKeyLine, type HostKey } from "../delivery/ssh/host-key";
import { defaultLimits } from "../delivery/ssh/limits";
import { probeHost } from "../delivery/ssh/probe";
import { onlyBursts } from "../delivery/ssh/retry";
import { createTransport } from "../delivery/ssh/transport";
import { printable, printableName } from "../text/printable";
import { ProblemsError } from "../validation/problems";
import {
  addNamedHostFlags,
  namedHostsRequest,
  type NamedHost,
  type NamedHostOptions,
  type NamedHostsRequest,
} from "./named-hosts";
import { ExitCode, reportProblems, type Terminal } from "./subcommand";

const kibibytesPerMebibyte = 1024;

/** The inventory's form of what a host said; RAM rounded up, so that the kernel's strict limits stay exact. */
const inventoryEntry = (
  { target: { host, port, user } }: NamedHost,
  report: HostReport,
  hostKey: HostKey,
  sudo: boolean,
): object => ({
  connection: {
    host,
    ...(port === defaultPort ? {} : { port }),
    ...(user === defaultUser ? {} : { user }),
    ...(sudo ? { sudo: true } : {}),
    hostKey: hostKeyLine(hostKey),
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

/** What a person should know of the key that a host presented. */
const keyNotes = ({ known }: NamedHost, hostKey: HostKey, file: string): string[] => [
  ...(known.keys.length > 0
    ? []
    : [
        `its host key is not in ${file}${known.hasAuthority ? " (certificates of its authority are not read)" : ""}; ` +
          `compare ${fingerprintOf(hostKey)} with what \`ssh-keygen -l\` prints on its console before you trust it`,
      ]),
  ...(hostKey.type === "ssh-rsa"
    ? ["ConntrackTuning takes no RSA host key; what /etc/ssh/ssh_host_ed25519_key.pub on the host holds will do"]
    : []),
];

const probeAll = async (
  { targets, knownHostsFile, timeoutSeconds }: NamedHostsRequest,
  sudo: boolean,
  terminal: Terminal,
): Promise<{ readonly hosts: Record<string, object>; readonly failed: number }> => {
  const { keepalive } = defaultLimits;
  const seconds = timeoutSeconds;
  const transport = createTransport({
    limits: { dial: seconds, keyExchange: seconds, authentication: seconds, run: seconds, total: seconds, keepalive },
    retry: onlyBursts(seconds),
  });
  const outcomes = await Promise.all(targets.map(({ target }) => probeHost(transport, target, { sudo })));
  transport.close();
  const hosts: Record<string, object> = {};
  outcomes.forEach((outcome, index) => {
    const target = targets[index];
    if (target === undefined) return;
    const say = (text: string): void => terminal.err(`${printableName(target.address)}: ${text}\n`);
    if (!outcome.ok) {
      say(`${outcome.message}: ${outcome.remedy}`);
      return;
    }
    hosts[target.name] = inventoryEntry(target, outcome.report, outcome.hostKey, sudo);
    keyNotes(target, outcome.hostKey, knownHostsFile).forEach(say);
  });
  return { hosts, failed: outcomes.filter(({ ok }) => !ok).length };
};

/** Registers `facts HOST...`. */
export const addFactsSubcommand = (parent: Command, terminal: Terminal, exit: (code: ExitCode) => void): void => {
  const command = parent
    .command("facts")
    .description("Look at hosts over SSH, read-only, and print inventory entries that are ready to paste");
  addNamedHostFlags(command)
    .option("--sudo", "look by `sudo -n`; the facts themselves need no privilege")
    .option("--timeout-seconds <seconds>", "give up on a host after this time; default 20")
    .option("--json", "print JSON instead of YAML")
    .addHelpText(
      "after",
      "\nExample: pulumi-conntrack facts --identity ~/.ssh/id_ed25519 web1.example.net web2.example.net >> hosts.yaml",
    )
    .action(async (addresses: string[], options: NamedHostOptions) => {
      const json = options.json ?? false;
      let request: NamedHostsRequest;
      try {
        request = namedHostsRequest(addresses, options);
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        exit(reportProblems(error, json, terminal));
        return;
      }
      const { hosts, failed } = await probeAll(request, options.sudo ?? false, terminal);
      if (Object.keys(hosts).length > 0)
        terminal.out(printable(json ? `${JSON.stringify({ hosts })}\n` : stringify({ hosts }, { lineWidth: 0 })));
      exit(failed > 0 ? ExitCode.Internal : ExitCode.Good);
    });
};

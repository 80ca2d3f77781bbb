/** `restore HOST...`: for the day when the stack is lost. The hosts say who owns them; what is chosen is put back. */
import type { Command } from "commander";
import { hostScript } from "../delivery/script/script";
import { factsCommandLine, shellWord } from "../delivery/ssh/address";
import { defaultLimits } from "../delivery/ssh/limits";
import { onlyBursts } from "../delivery/ssh/retry";
import { createTransport } from "../delivery/ssh/transport";
import type { RunOnHost } from "../fleet/host-run";
import { isBelow, lookAtOwners, restoreHosts, type RestoredHost } from "../fleet/restore-hosts";
import { printable } from "../text/printable";
import { ProblemsError, type Problem } from "../validation/problems";
import { addNamedHostFlags, namedHostsRequest, type NamedHostOptions, type NamedHostsRequest } from "./named-hosts";
import { commandLineSource } from "./number-flag";
import { renderRestore, restoreExitCode, restoreJson, type RestoreReport } from "./restore-report";
import { reportProblems, type ExitCode, type Terminal } from "./subcommand";

interface RestoreOptions extends NamedHostOptions {
  readonly owner?: string;
  readonly anyOwner?: boolean;
}

/** `project/stack`, or a host or wave of it, as tokens have them. */
const ownerForm = /^[A-Za-z0-9_.:=-]+(\/[A-Za-z0-9_.:=-]+){1,3}$/;

const ownerProblems = ({ owner, anyOwner = false }: RestoreOptions): readonly Problem[] => {
  if (owner === undefined) return [];
  const problem = { path: "--owner", value: owner, source: commandLineSource };
  return [
    ...(ownerForm.test(owner)
      ? []
      : [
          {
            ...problem,
            limit: "is no PROJECT/STACK as hosts have it",
            remedy: "Run it without --owner: it prints each owner and the whole command.",
          },
        ]),
    ...(anyOwner ? [{ ...problem, limit: "is given beside --any-owner", remedy: "Choose one." }] : []),
  ];
};

/** Whoever writes on a host must know that it is the host: nothing is believed at first sight. */
const unknownHosts = ({ targets, knownHostsFile }: NamedHostsRequest): readonly Problem[] =>
  targets
    .filter(({ known }) => known.keys.length === 0)
    .map(({ address, target: { host, port, user } }) => ({
      path: address,
      limit: `has no host key in ${knownHostsFile}, and this command writes on hosts`,
      source: commandLineSource,
      remedy: `\`${factsCommandLine({ host, port, user })}\` prints the key; compare it with the console and add it there.`,
    }));

/** @throws ProblemsError with everything that is wrong, before any host is contacted */
const restoreRequest = (addresses: readonly string[], options: RestoreOptions): NamedHostsRequest => {
  const wrongOwner = ownerProblems(options);
  const checked = (() => {
    try {
      return namedHostsRequest(addresses, options);
    } catch (error) {
      if (error instanceof ProblemsError) throw new ProblemsError(error.summary, [...wrongOwner, ...error.problems]);
      throw error;
    }
  })();
  const problems = [...wrongOwner, ...unknownHosts(checked)];
  if (problems.length > 0) throw new ProblemsError("No host was contacted.", problems);
  return checked;
};

/** A host gets the time of an update: a run that is cut off would still go on there. */
const openTransport = ({ timeoutSeconds }: NamedHostsRequest) =>
  createTransport({
    limits: { ...defaultLimits, dial: timeoutSeconds, keyExchange: timeoutSeconds, authentication: timeoutSeconds },
    retry: onlyBursts(timeoutSeconds),
  });

/** `project/stack` of a token; one of another form stands for itself. */
const fleetOf = (owner: string): string => owner.split("/").slice(0, 2).join("/");

/** The command line that restores hosts of an owner, with the flags of this one. */
const commandFor = (owner: string, addresses: readonly string[], options: RestoreOptions): string => {
  const flags = [
    ["--user", options.user],
    ["--port", options.port],
    ["--identity", options.identity],
    ["--known-hosts", options.knownHosts],
    ["--timeout-seconds", options.timeoutSeconds],
  ].flatMap(([flag = "", value]) => (value === undefined ? [] : [flag, value]));
  const whose = ownerForm.test(owner) ? ["--owner", owner] : ["--any-owner"];
  const words = ["pulumi-conntrack", "restore", ...addresses, ...whose, ...flags];
  return [...words.map(shellWord), ...(options.sudo === true ? ["--sudo"] : [])].join(" ");
};

const commandsFor = (
  hosts: ReadonlyMap<string, RestoredHost>,
  words: ReadonlyMap<string, string>,
  options: RestoreOptions,
): readonly string[] => {
  const owners = new Map<string, string[]>();
  for (const [address, { owner }] of hosts) {
    if (owner === undefined) continue;
    const addresses = owners.get(fleetOf(owner)) ?? [];
    owners.set(fleetOf(owner), addresses);
    addresses.push(words.get(address) ?? address);
  }
  return [...owners].map(([owner, addresses]) => commandFor(owner, addresses, options));
};

const restore = async (
  addresses: readonly string[],
  options: RestoreOptions,
  terminal: Terminal,
): Promise<RestoreReport> => {
  const request = restoreRequest(addresses, options);
  const { owner: wanted, anyOwner = false, sudo = false } = options;
  const stop = new AbortController();
  terminal.onInterrupt?.(() => stop.abort());
  const targets = new Map(request.targets.map(({ address, target }) => [address, target]));
  const transport = openTransport(request);
  const run: RunOnHost = async (name, command, signal) => {
    const target = targets.get(name);
    if (target === undefined) throw new Error(`${name} is none of the hosts`);
    return transport.run(target, { command, stdin: hostScript }, signal);
  };
  const reach = { sudo, run, signal: stop.signal };
  try {
    const found = await lookAtOwners([...targets.keys()], reach);
    const isChosen = (owner: string): boolean => anyOwner || (wanted !== undefined && isBelow(owner, wanted));
    const owners = new Map(
      [...found].flatMap(([name, { result, owner }]) =>
        result === "owned" && owner !== undefined && isChosen(owner) ? [[name, owner] as const] : [],
      ),
    );
    const restored = await restoreHosts(owners, reach);
    const words = new Map(request.targets.map(({ address }, index) => [address, addresses[index] ?? address]));
    return {
      hosts: new Map([...found].map(([name, host]) => [name, restored.get(name) ?? host])),
      commands: anyOwner || wanted !== undefined ? [] : commandsFor(found, words, options),
    };
  } finally {
    transport.close();
  }
};

/** Registers `restore HOST...`. */
export const addRestoreSubcommand = (parent: Command, terminal: Terminal, exit: (code: ExitCode) => void): void => {
  const command = parent
    .command("restore")
    .description("Put the old values of hosts back without a stack; without an owner it only says whose they are");
  addNamedHostFlags(command)
    .option("--sudo", "run by `sudo -n`, for a user that is not root")
    .option("--timeout-seconds <seconds>", "give up on a host that lets nobody in after this time; default 20")
    .option("--owner <project/stack>", "restore the hosts of this owner, and leave all others alone")
    .option("--any-owner", "restore the hosts whoever owns them")
    .option("--json", "print JSON instead of text")
    .addHelpText(
      "after",
      "\nHost keys must be known. Example:\n" +
        "  pulumi-conntrack restore --identity ~/.ssh/id_ed25519 web1.example.net web2.example.net\n" +
        "Exit codes: 0 all is restored or nothing of ours is there, 1 something is left, 2 wrong use and no host was\n" +
        "contacted, 3 a host could not be reached.",
    )
    .action(async (addresses: string[], options: RestoreOptions) => {
      const json = options.json ?? false;
      try {
        const report = await restore(addresses, options, terminal);
        terminal.out(json ? printable(`${JSON.stringify(restoreJson(report))}\n`) : renderRestore(report));
        exit(restoreExitCode(report));
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        exit(reportProblems(error, json, terminal));
      }
    });
};

/** The host script with the arguments of our fleet, for tools that run a command on hosts. */
import fs from "node:fs";
import path from "node:path";
import { hostScript } from "../../src/delivery/script/script";
import { applyLine, restoreLine, type Asker } from "../../src/fleet/commands";
import { hostRecord } from "../../src/fleet/host-record";
import { tryPlan } from "../../src/plan/plan";
import { valueOrThrow } from "../../src/validation/validation";
import { hostFacts, type BenchHosts } from "./hosts";

/** A command on all hosts, and the files with which OpenSSH's client reaches them. */
export interface ScriptJob {
  readonly hosts: BenchHosts;
  /** For files of the tool; removed behind it. */
  readonly folder: string;
  readonly sshConfig: string;
  readonly keyFile: string;
  readonly knownHostsFile: string;
  /** Standard input of `line`. */
  readonly scriptFile: string;
  /** `sh -s -- apply ...` */
  readonly line: string;
}

const asker: Asker = { owner: "bench/peers", wave: "1", sudoOf: () => false };

const recordWith = (udpTimeout: number) => {
  const settings = { timeouts: { nf_conntrack_udp_timeout: udpTimeout } };
  const planned = valueOrThrow(tryPlan({ facts: hostFacts, settings }), "The bench's own plan is wrong.");
  return hostRecord({ host: "127.1.0.1", connection: "root" }, planned);
};

const valueOf = (line: ReturnType<typeof applyLine>): string => valueOrThrow(line, "The bench's own line is wrong.");

export const applyJobLine = (udpTimeout: number): string => valueOf(applyLine("host", recordWith(udpTimeout), asker));
export const restoreJobLine = (): string => valueOf(restoreLine("host", recordWith(30), asker));

/** OpenSSH's own choice of key exchange takes five times as long; nobody in a hurry would leave it. */
const configOf = (hosts: BenchHosts, keyFile: string, knownHostsFile: string): string => `Host *
  Port ${hosts.port}
  User ${hosts.user}
  IdentityFile ${keyFile}
  IdentitiesOnly yes
  UserKnownHostsFile ${knownHostsFile}
  StrictHostKeyChecking yes
  KexAlgorithms curve25519-sha256
  BatchMode yes
  LogLevel ERROR
`;

export const writeScriptJob = (hosts: BenchHosts, folder: string, line: string): ScriptJob => {
  const file = (name: string, text: string): string => {
    fs.writeFileSync(path.join(folder, name), text, { mode: 0o600 });
    return path.join(folder, name);
  };
  const keyFile = file("key", hosts.clientKey);
  const known = hosts.addresses.flatMap((host) => [`[${host}]:${hosts.port} ${hosts.hostKey}`]);
  const knownHostsFile = file("known_hosts", `${known.join("\n")}\n`);
  const sshConfig = file("ssh_config", configOf(hosts, keyFile, knownHostsFile));
  const scriptFile = file("script", hostScript);
  return { hosts, folder, sshConfig, keyFile, knownHostsFile, scriptFile, line };
};

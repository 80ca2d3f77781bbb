/** The road of the component without an engine: facts of a machine, plan, host script over SSH, answer. */
import type { Machine } from "../../lab/vm/machine";
import type { CommandResult } from "../../lab/vm/secure-shell";
import { applyCommand, restoreCommand, verifyCommand, type ApplyRequest } from "../../src/delivery/script/command-line";
import { hostToken } from "../../src/delivery/script/token";
import { parseFailure, parseReadBack, type HostFailure } from "../../src/delivery/answer/parse";
import type { ReadBack } from "../../src/delivery/answer/read-back";
import { hostScript } from "../../src/delivery/script/script";
import { plan } from "../../src/plan/plan";
import type { PlanRequest } from "../../src/plan/request";
import { kernelRules } from "../../src/kernel/kernel-rules";
import { defaultTable } from "../../src/kernel/table-size";
import { timeoutTable } from "../../src/kernel/timeouts";
import { reportOf } from "../support/probe";
import { declaredKiB, defaultMemoryShare } from "../../src/sizing/memory";

const token = hostToken("lab", "hosts", "machine");

/** What the machine shall have, planned from what it says of itself. */
export const planFor = async (machine: Machine, request: Omit<PlanRequest, "facts">): Promise<ApplyRequest> => {
  const report = await reportOf(machine);
  const facts = { memoryMiB: Math.ceil(report.memTotalKiB / 1024), arch: report.arch, kernel: report.kernel };
  const planned = plan({ ...request, facts: { ...facts, unameVersion: report.unameVersion } });
  return {
    sudo: false,
    token,
    rules: kernelRules(report),
    settings: planned.settings,
    memory: planned.memory,
    memTotalKiB: declaredKiB(facts),
    memoryShare: request.memoryShare ?? defaultMemoryShare,
    allowShrink: request.allowShrink,
    loadModule: request.loadModule,
  };
};

/** What src/kernel says that a machine has by itself, by the facts that it presents. */
export const kernelDefaults = async (machine: Machine): Promise<Readonly<Record<string, string>>> => {
  const report = await reportOf(machine);
  const rules = kernelRules(report);
  const { buckets, max } = defaultTable(rules, { memTotalKiB: report.memTotalKiB });
  const values = { nf_conntrack_buckets: buckets, nf_conntrack_max: max, ...timeoutTable(rules) };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
};

const answerOf = ({ code, stdout, stderr }: CommandResult): ReadBack => {
  if (code !== 0) throw new Error(stderr);
  return parseReadBack(stdout);
};

export const apply = async (machine: Machine, request: ApplyRequest): Promise<ReadBack> =>
  answerOf(await machine.exec(applyCommand(request), hostScript));

/** Why a run failed; undefined where it succeeded, or printed an answer all the same. */
export const failureOf = ({ code, stdout, stderr }: CommandResult): HostFailure | undefined =>
  code === 0 || stdout !== "" ? undefined : parseFailure(stderr);

/** Why the host refused. */
export const refusalOf = async (machine: Machine, request: ApplyRequest): Promise<HostFailure | undefined> =>
  failureOf(await machine.exec(applyCommand(request), hostScript));

export const verify = async (machine: Machine, request: ApplyRequest): Promise<ReadBack> =>
  answerOf(await machine.exec(verifyCommand(request), hostScript));

const runRestore = (machine: Machine): Promise<CommandResult> =>
  machine.exec(restoreCommand({ sudo: false, token }), hostScript);

export const restore = async (machine: Machine): Promise<ReadBack> => answerOf(await runRestore(machine));

/** Why the host could not be put back. */
export const refusalOfRestore = async (machine: Machine): Promise<HostFailure | undefined> =>
  failureOf(await runRestore(machine));

/** The settings of a request as the kernel shows them in its files. */
export const asKernelValues = ({ settings }: ApplyRequest): Record<string, string> =>
  Object.fromEntries(
    Object.entries({
      nf_conntrack_max: settings.max,
      nf_conntrack_buckets: settings.buckets,
      ...settings.timeouts,
    }).map(([name, value]) => [name, String(value)]),
  );

/** Runs a command that must succeed. */
export const run = async (machine: Machine, command: string): Promise<string> => {
  const { code, stdout, stderr } = await machine.exec(command);
  if (code !== 0) throw new Error(`${command}: status ${String(code)}: ${stderr}`);
  return stdout;
};

/** Waits in the machine until the command succeeds, for two minutes at most. */
export const until = (machine: Machine, command: string): Promise<string> =>
  run(machine, `tries=600; until ${command}; do tries=$((tries-1)); [ $tries != 0 ] || exit 1; sleep 0.2; done`);

/** What `ourFiles` shows of a host that was tuned once and is not any more. */
export const auditTrail = "/var/lib/pulumi-conntrack\n/var/lib/pulumi-conntrack/audit\n";

/** Every file of ours on the machine. */
export const ourFiles = (machine: Machine): Promise<string> =>
  run(machine, "find /etc /var/lib -path '*pulumi-conntrack*' | sort");

/** The same files with what they hold, but not the audit trail, which grows with every change. */
export const ownContents = (machine: Machine): Promise<string> =>
  run(
    machine,
    "find /etc /var/lib -path '*pulumi-conntrack*' ! -type d ! -name audit | sort | while read -r f; do ls -l $f | cut -c1-10; grep -H '' $f; done",
  );

/** Unloads connection tracking, firewall rules first. */
export const unload = (machine: Machine): Promise<string> =>
  run(machine, "nft flush ruleset; modprobe -r nft_ct nf_conntrack");

/** Loads connection tracking by the firewall, as its service does at boot, and lets udev finish. */
export const loadByFirewall = (machine: Machine): Promise<string> =>
  run(machine, "nft -f /etc/nftables.conf && udevadm settle");

/** Shell commands that make a folder read-only, with all below that is of the same file system, and undo that. */
export const readOnlyMount = (folder: string) => ({
  begin: `mount --bind ${folder} ${folder} && mount -o remount,ro,bind ${folder}`,
  end: `umount ${folder}`,
});

/** Looks at hosts over SSH, read-only, in one connection each: their facts and the keys that they present. */
import { parseFacts } from "../answer/parse";
import type { HostReport } from "../answer/read-back";
import { factsCommand } from "../script/command-line";
import { hostScript } from "../script/script";
import type { SshTarget } from "./endpoint";
import { sshFailure, type SshFailure } from "./failure";
import type { HostKey } from "./host-key";
import type { RunResult } from "./run-on-host";
import type { Transport } from "./transport";

export type ProbeOutcome =
  | {
      readonly ok: true;
      readonly report: HostReport;
      /** The key that the host presented. */
      readonly hostKey: HostKey;
    }
  | SshFailure;

const sudoRemedy = "Let the user run sudo without a password (NOPASSWD in sudoers), or log in as root.";

const commandFailure = ({ stderr, exitCode, signal }: RunResult): SshFailure => {
  const ended = signal === undefined ? `the command ended with ${exitCode}` : `the command was ended by SIG${signal}`;
  const message = stderr.trim().split("\n").at(-1) ?? "";
  const needsPassword = /^sudo: .*password is required/m.test(stderr);
  return sshFailure("command", "run", message === "" ? ended : message, ...(needsPassword ? [sudoRemedy] : []));
};

/** Runs the host script's `facts` on a host. */
export const probeHost = async (
  transport: Transport,
  target: SshTarget,
  { sudo = false }: { readonly sudo?: boolean } = {},
): Promise<ProbeOutcome> => {
  const result = await transport.run(target, { command: factsCommand({ sudo }), stdin: hostScript });
  if (!result.ok) return result;
  if (result.exitCode !== 0) return commandFailure(result);
  try {
    return { ok: true, report: parseFacts(result.stdout), hostKey: result.hostKey };
  } catch (error) {
    return sshFailure("command", "run", error instanceof Error ? error.message : String(error));
  }
};

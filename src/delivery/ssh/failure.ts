/** Why nothing, or not everything, could be done on a host: one kind of value, with what to do and whether to try again. */
import { printableName } from "../../text/printable";

interface Kind {
  /** True where a later attempt may end otherwise and this one has done nothing on the host. */
  readonly retryable: boolean;
  readonly remedy: string;
}

const kinds = {
  unreachable: { retryable: true, remedy: "Check port, route and firewall; a host that boots answers later." },
  name: { retryable: false, remedy: "Correct the name, or the resolver of this machine." },
  busy: {
    retryable: true,
    remedy:
      "Wait or use fewer lanes: its sshd refuses bursts (MaxStartups) or this address for a while (PerSourcePenalties, fail2ban).",
  },
  hostKey: {
    retryable: false,
    remedy:
      "If the host was set up anew, compare the fingerprint with its console and replace the known key; otherwise someone stands between.",
  },
  protocol: { retryable: false, remedy: "Check that the port is that of an SSH server, and update the server." },
  credentials: { retryable: false, remedy: "Give a private key that can be read, with its passphrase." },
  login: {
    retryable: false,
    remedy:
      "Check the user, its authorized_keys and AllowUsers of the host; give the right key, or an agent that has it.",
  },
  forbidden: { retryable: false, remedy: "Allow it in the server's sshd_config (ForceCommand, AllowTcpForwarding)." },
  timeout: { retryable: true, remedy: "Look at the host's load and network; a longer limit may help." },
  cut: { retryable: true, remedy: "Look at the host's console and network." },
  output: { retryable: false, remedy: "Look at the login shell's start-up files: the host's script prints a few KiB." },
  command: { retryable: false, remedy: "Look at what the host says." },
  cancelled: { retryable: false, remedy: "Run it again." },
} satisfies Record<string, Kind>;

/** What kind of failure it is; docs and callers may rely on the words. */
export type FailureReason = keyof typeof kinds;

/** How far it came: while `run`, the command may have done anything from nothing to all. */
export type Stage = "dial" | "keyExchange" | "authentication" | "run";

export interface SshFailure {
  readonly ok: false;
  readonly reason: FailureReason;
  readonly stage: Stage;
  /** One line, safe to print whatever the host said. */
  readonly message: string;
  readonly remedy: string;
  /** True where trying again may help and repeats nothing. */
  readonly retryable: boolean;
}

/** Longest message; a host's own words may be in it. */
const messageLimit = 500;

/** Makes a failure; whatever a host said in it is made harmless for a terminal. */
export const sshFailure = (
  reason: FailureReason,
  stage: Stage,
  message: string,
  remedy: string = kinds[reason].remedy,
): SshFailure => ({
  ok: false,
  reason,
  stage,
  message: printableName(message.trim().slice(0, messageLimit)),
  remedy,
  retryable: kinds[reason].retryable && stage !== "run",
});

/** The failure of a bastion as that of a host behind it. */
export const behindBastion = (failure: SshFailure, bastion: string): SshFailure => ({
  ...failure,
  message: `the bastion ${bastion}: ${failure.message}`,
});

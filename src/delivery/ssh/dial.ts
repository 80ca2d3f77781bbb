/** The way to a host's SSH server: a TCP connection. */
import net from "node:net";
import { sshFailure, type FailureReason, type SshFailure } from "./failure";
import type { Countdown } from "./limits";

const known: Readonly<Record<string, readonly [FailureReason, string]>> = {
  ECONNREFUSED: ["unreachable", "nobody listens there"],
  EHOSTUNREACH: ["unreachable", "no route to it"],
  ENETUNREACH: ["unreachable", "no route to its network"],
  ETIMEDOUT: ["unreachable", "it does not answer"],
  ECONNRESET: ["busy", "it closed the connection at once"],
  EAI_AGAIN: ["unreachable", "its name cannot be looked up just now"],
  ENOTFOUND: ["name", "nobody knows this name"],
};

const dialFailure = (error: NodeJS.ErrnoException): SshFailure => {
  const code = error.code ?? "";
  const [reason, words] = known[code] ?? ["unreachable", error.message];
  return sshFailure(reason, "dial", `${words} (${code})`);
};

/** Dials within the limit of the stage. */
export const dial = (
  { host, port }: { readonly host: string; readonly port: number },
  countdown: Countdown,
): Promise<{ readonly ok: true; readonly stream: net.Socket } | SshFailure> =>
  new Promise((resolve) => {
    const socket = net.connect({ host, port, noDelay: true });
    const stop = countdown.start("dial", (seconds) => {
      socket.destroy();
      resolve(sshFailure("timeout", "dial", `no connection within ${seconds} s`));
    });
    // Listened to for ever: what befalls it later shows in whoever reads from it.
    socket.on("error", (error) => {
      stop();
      resolve(dialFailure(error));
    });
    socket.once("connect", () => {
      stop();
      resolve({ ok: true, stream: socket });
    });
  });

/** One command on a machine by SSH, with the host key pinned. */
import { Client } from "ssh2";

/** Where a machine listens, and with which keys. */
export interface ShellTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** OpenSSH's text form. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA...`: the only host key that is believed. */
  readonly hostKey: string;
}

export interface CommandResult {
  /** Exit status; undefined where a signal ended the command or the connection broke. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command in the login shell, gives it `stdin` and waits for its end.
 * @throws Error where no connection could be made within `timeoutSeconds` or it broke
 */
export const execute = (
  target: ShellTarget,
  command: string,
  stdin = "",
  timeoutSeconds = 60,
): Promise<CommandResult> =>
  new Promise((resolve, reject) => {
    const client = new Client();
    const expectedKey = Buffer.from(target.hostKey.split(" ")[1] ?? "", "base64");
    const finish = (settle: () => void): void => {
      client.removeAllListeners("close");
      client.on("error", () => undefined);
      client.end();
      settle();
    };
    client.once("error", (error) => finish(() => reject(error)));
    client.once("close", () => finish(() => reject(new Error(`the connection for "${command}" was closed`))));
    client.once("ready", () => {
      client.exec(command, (error, channel) => {
        if (error !== undefined) {
          finish(() => reject(error));
          return;
        }
        let stdout = "";
        let stderr = "";
        let code: number | undefined;
        channel.setEncoding("utf8").on("data", (text: string) => (stdout += text));
        channel.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
        channel.once("exit", (status: number | null) => (code = status ?? undefined));
        channel.once("close", () => finish(() => resolve({ code, stdout, stderr })));
        channel.end(stdin);
      });
    });
    client.connect({
      host: target.host,
      port: target.port,
      username: target.user,
      privateKey: target.privateKey,
      algorithms: { serverHostKey: ["ssh-ed25519"] },
      hostVerifier: (key: Buffer) => key.equals(expectedKey),
      readyTimeout: timeoutSeconds * 1000,
      keepaliveInterval: 5000,
      keepaliveCountMax: 3,
    });
  });

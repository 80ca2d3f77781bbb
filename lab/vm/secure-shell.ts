/** Commands on a machine by SSH, with the host key pinned. */
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

const connect = (target: ShellTarget, timeoutSeconds: number): Promise<Client> =>
  new Promise((resolve, reject) => {
    const client = new Client();
    const expectedKey = Buffer.from(target.hostKey.split(" ")[1] ?? "", "base64");
    // Listened to for ever: an error after the connection was made closes it, which its user sees.
    client.on("error", reject);
    client.once("ready", () => resolve(client));
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

const runOn = (client: Client, command: string, stdin: string): Promise<CommandResult> =>
  new Promise((resolve, reject) => {
    const broken = (): void => reject(new Error(`the connection broke during "${command}"`));
    client.once("close", broken);
    client.exec(command, (error, channel) => {
      if (error !== undefined) {
        client.removeListener("close", broken);
        reject(error);
        return;
      }
      let stdout = "";
      let stderr = "";
      let code: number | undefined;
      channel.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      channel.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      channel.once("exit", (status: number | null) => (code = status ?? undefined));
      channel.once("close", () => {
        client.removeListener("close", broken);
        resolve({ code, stdout, stderr });
      });
      channel.end(stdin);
    });
  });

/** One connection, made at the first command and made again after it was closed. */
export interface Shell {
  /**
   * Runs a command in the login shell, gives it `stdin` and waits for its end.
   * @throws Error where no connection could be made within 60 s, or it broke
   */
  readonly exec: (command: string, stdin?: string) => Promise<CommandResult>;
  readonly close: () => void;
}

const connectSeconds = 60;

export const openShell = (target: ShellTarget): Shell => {
  let connection: Promise<Client> | undefined;
  const forget = (closed: Promise<Client>): void => {
    if (connection === closed) connection = undefined;
  };
  const connected = (): Promise<Client> => {
    if (connection !== undefined) return connection;
    const opening = connect(target, connectSeconds);
    connection = opening;
    opening.then(
      (client) => client.once("close", () => forget(opening)),
      () => forget(opening),
    );
    return opening;
  };
  return {
    exec: async (command, stdin = "") => runOn(await connected(), command, stdin),
    close: () => {
      connection?.then(
        (client) => client.destroy(),
        () => undefined,
      );
      connection = undefined;
    },
  };
};

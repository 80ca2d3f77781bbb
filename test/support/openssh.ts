/**
 * OpenSSH's own server on a free port of 127.0.0.1, for tests that must hold against the real one. It lets in the user
 * who runs the tests, with one key, and writes nothing outside its folder.
 *
 * ```ts
 * const server = await startOpenSsh({ settings: { MaxStartups: "2:100:2" } });
 * // ... connect to server.host, server.port as server.user with server.clientKey; pin server.hostKeys.ed25519 ...
 * await server.close();
 * ```
 */
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";

/** Kinds of host keys, in the words of `ssh-keygen -t`. */
export type HostKeyKind = "ed25519" | "ecdsa" | "rsa";

export interface OpenSsh {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly user: string;
  /** The private key in OpenSSH form that is let in. */
  readonly clientKey: string;
  /** Its host keys as lines of authorized_keys. */
  readonly hostKeys: Readonly<Partial<Record<HostKeyKind, string>>>;
  /** What it has logged so far. */
  readonly log: () => string;
  close(): Promise<void>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const listener = net.createServer().once("error", reject);
    listener.listen(0, "127.0.0.1", () => {
      const { port } = listener.address() as net.AddressInfo;
      listener.close(() => resolve(port));
    });
  });

const makeKey = (file: string, kind: HostKeyKind): void => {
  execFileSync("ssh-keygen", ["-q", "-t", kind, "-N", "", "-C", "", "-f", file]);
};

const sshd = "/usr/sbin/sshd";

/** Starts a server with host keys of the given kinds and further lines of sshd_config. */
export const startOpenSsh = async ({
  kinds = ["ed25519"],
  settings = {},
}: {
  readonly kinds?: readonly HostKeyKind[];
  readonly settings?: Readonly<Record<string, string>>;
} = {}): Promise<OpenSsh> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "openssh-"));
  // A server of root wants the folder in which it locks its unprivileged half up.
  if (process.getuid?.() === 0) fs.mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const keyFile = (kind: HostKeyKind) => path.join(folder, `host_${kind}`);
  kinds.forEach((kind) => makeKey(keyFile(kind), kind));
  makeKey(path.join(folder, "client"), "ed25519");
  const port = await freePort();
  const lines = {
    Port: String(port),
    ListenAddress: "127.0.0.1",
    AuthorizedKeysFile: path.join(folder, "client.pub"),
    StrictModes: "no",
    UsePAM: "no",
    PasswordAuthentication: "no",
    KbdInteractiveAuthentication: "no",
    PidFile: "none",
    ...settings,
  };
  const config = [
    ...kinds.map((kind) => `HostKey ${keyFile(kind)}`),
    ...Object.entries(lines).map(([key, value]) => `${key} ${value}`),
  ];
  fs.writeFileSync(path.join(folder, "sshd_config"), `${config.join("\n")}\n`);
  const server = spawn(sshd, ["-D", "-e", "-f", path.join(folder, "sshd_config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  const ended = new Promise<void>((resolve) => server.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`sshd ended: ${log}`)));
    server.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      if (log.includes("Server listening")) resolve();
    });
  });
  const publicKey = (kind: HostKeyKind) => fs.readFileSync(`${keyFile(kind)}.pub`, "utf8").trim();
  return {
    host: "127.0.0.1",
    port,
    user: os.userInfo().username,
    clientKey: fs.readFileSync(path.join(folder, "client"), "utf8"),
    hostKeys: Object.fromEntries(kinds.map((kind) => [kind, publicKey(kind)])),
    log: () => log,
    close: async () => {
      server.kill();
      await ended;
      fs.rmSync(folder, { recursive: true });
    },
  };
};

/** An SSH connection to one host: key exchange with a checked host key, login, and what can be done over it. */
import net from "node:net";
import type { Duplex } from "node:stream";
import { Client, type ClientChannel } from "ssh2";
import { prepareLogin, type StartLogin } from "./authentication";
import { dial } from "./dial";
import type { SshEndpoint } from "./endpoint";
import { sshFailure, type SshFailure, type Stage } from "./failure";
import { closedFailure, handshakeFailure, loginFailure, type Attempt } from "./handshake-failure";
import { algorithmsFor, isTrusted, presentedHostKey, type HostKey } from "./host-key";
import type { Countdown } from "./limits";

/** A host that is logged in to. */
export interface OpenHost {
  /** The key that it presented. */
  readonly hostKey: HostKey;
  readonly exec: (command: string) => Promise<{ readonly ok: true; readonly channel: ClientChannel } | SshFailure>;
  /** Opens a TCP connection from there. */
  readonly forward: (
    address: { readonly host: string; readonly port: number },
    countdown: Countdown,
  ) => Promise<{ readonly ok: true; readonly stream: Duplex } | SshFailure>;
  /** Calls back when the connection is over, for whatever reason. */
  readonly whenClosed: (callback: () => void) => void;
  /** Says good-bye. */
  readonly close: () => void;
  /** Hangs up on a peer that may listen no more. */
  readonly drop: () => void;
}

export type Opened = { readonly ok: true; readonly host: OpenHost } | SshFailure;

/** Questions without an answer after which a peer counts as gone. */
const keepaliveCountMax = 3;

/** RFC 4254, section 5.1: the server's settings forbid the channel. */
const administrativelyProhibited = 1;

/** More than any greeting and key exchange; ssh2 itself reads greetings without end. */
const maximumGreetingBytes = 256 * 1024;

const openHostOver = (client: Client, stream: Duplex, hostKey: HostKey): OpenHost => {
  let isClosed = false;
  client.on("close", () => (isClosed = true));
  return {
    hostKey,
    exec: (command) =>
      new Promise((resolve) => {
        client.exec(command, (error, channel) => {
          if (error === undefined) resolve({ ok: true, channel });
          else if (isClosed) resolve(sshFailure("cut", "authentication", "the connection broke before the command"));
          else resolve(sshFailure("forbidden", "authentication", `refuses to run commands: ${error.message}`));
        });
      }),
    forward: ({ host, port }, countdown) =>
      new Promise((resolve) => {
        let isLate = false;
        const stop = countdown.start("dial", (seconds) => {
          isLate = true;
          resolve(sshFailure("timeout", "dial", `no connection from its bastion within ${seconds} s`));
        });
        client.forwardOut("127.0.0.1", 0, host, port, (error: Error | undefined, through) => {
          stop();
          if (error === undefined && isLate) through.destroy();
          else if (error === undefined) resolve({ ok: true, stream: through });
          else if (isClosed) resolve(sshFailure("cut", "dial", "the connection to its bastion broke"));
          else if ("reason" in error && error.reason === administrativelyProhibited)
            resolve(sshFailure("forbidden", "dial", `its bastion refuses to forward: ${error.message}`));
          else resolve(sshFailure("unreachable", "dial", `cannot be reached from its bastion: ${error.message}`));
        });
      }),
    whenClosed: (callback) => client.on("close", callback),
    close: () => {
      client.end();
      // Sends what is under way; a peer that never closes its half would keep the socket otherwise.
      if (stream instanceof net.Socket) stream.destroySoon();
    },
    drop: () => stream.destroy(),
  };
};

/**
 * Shakes hands over an open stream and logs in. The host's key is checked before any secret is sent; what it must be
 * decides which algorithms are offered.
 */
const logIn = (endpoint: SshEndpoint, startLogin: StartLogin, stream: Duplex, countdown: Countdown): Promise<Opened> =>
  new Promise((resolve) => {
    const client = new Client();
    let stage: "keyExchange" | "authentication" = "keyExchange";
    let presented: HostKey | undefined;
    let agentError: string | undefined;
    const expired = (at: Stage) => (seconds: number) =>
      give(sshFailure("timeout", at, `no ${at === "keyExchange" ? "key exchange" : "login"} within ${seconds} s`));
    let stop = countdown.start(stage, expired(stage));
    const give = (failure: SshFailure): void => {
      stop();
      client.destroy();
      stream.destroy();
      resolve(failure);
    };
    const attempt = (): Attempt => ({ endpoint, stage, presented, tried: login.tried(), agentError });
    const login = startLogin(() => give(loginFailure(attempt())));
    // Both stay for ever: a connection that breaks later is told by `close`, and an error nobody hears ends the process.
    client.on("error", (error: Error & { level?: string }) => {
      // The next method is tried after this.
      if (error.level === "agent") agentError = error.message;
      else give(handshakeFailure(error, attempt()));
    });
    client.on("close", () => give(closedFailure(attempt())));
    let greetingBytes = 0;
    const count = (chunk: Buffer): void => {
      greetingBytes += chunk.length;
      if (greetingBytes > maximumGreetingBytes)
        give(sshFailure("protocol", stage, `sent ${maximumGreetingBytes / 1024} KiB and no key exchange`));
    };
    client.once("handshake", () => {
      stop();
      stream.off("data", count);
      stage = "authentication";
      stop = countdown.start(stage, expired(stage));
    });
    client.once("ready", () => {
      stop();
      if (presented === undefined) give(closedFailure(attempt()));
      else resolve({ ok: true, host: openHostOver(client, stream, presented) });
    });
    try {
      client.connect({
        sock: stream,
        username: endpoint.user,
        readyTimeout: 0,
        keepaliveInterval: countdown.keepaliveSeconds * 1000,
        keepaliveCountMax,
        algorithms: { serverHostKey: algorithmsFor(endpoint.trust) },
        authHandler: login.handler,
        hostVerifier: (key: Buffer) => {
          presented = presentedHostKey(key);
          return isTrusted(presented, endpoint.trust);
        },
      });
      // After ssh2 has paused the stream, so that it misses nothing.
      stream.on("data", count);
    } catch (error) {
      give(sshFailure("credentials", "dial", error instanceof Error ? error.message : String(error)));
    }
  });

/** What is wrong with a pinned key that no server can prove; told without dialling. */
const pinFailure = ({ trust }: SshEndpoint): SshFailure | undefined => {
  if (algorithmsFor(trust).length > 0) return undefined;
  const types = trust.known === "any" ? "" : trust.known.map(({ type }) => type).join(", ");
  return sshFailure(
    "hostKey",
    "dial",
    types === "" ? "its host key is not known" : `its known host key is of a type that cannot be checked (${types})`,
    "Pin an ed25519, ecdsa or RSA key of the host.",
  );
};

/** Connects to a host, through an open bastion where one is given. */
export const openHost = async (endpoint: SshEndpoint, countdown: Countdown, bastion?: OpenHost): Promise<Opened> => {
  const wrongPin = pinFailure(endpoint);
  if (wrongPin !== undefined) return wrongPin;
  const login = prepareLogin(endpoint);
  if (!login.ok) return login;
  const dialled = await (bastion === undefined ? dial(endpoint, countdown) : bastion.forward(endpoint, countdown));
  return dialled.ok ? logIn(endpoint, login.start, dialled.stream, countdown) : dialled;
};

/** SSH connections as the official plugin makes them: pinned host key, retries, a bastion in between. */
import net from "node:net";
import type { Readable } from "node:stream";
import { Client, type ServerHostKeyAlgorithm, utils } from "ssh2";
import { prepareAuthentication } from "./authentication";
import type { Connection } from "./command-inputs";
import { goDialError } from "./go-text";
import { withRetries } from "./retry";

type Hop = Omit<Connection, "proxy">;

/** A connection's host key, ready to be compared, and the one algorithm that a server may prove it with. */
interface PinnedKey {
  readonly data: Buffer;
  readonly algorithm: ServerHostKeyAlgorithm;
}

const pinHostKey = (line: string): PinnedKey => {
  const key = utils.parseKey(line);
  if (key instanceof Error) throw new Error("ssh: no key found");
  // The official plugin offers the key's own type only: of an RSA key the signature by SHA-1, never rsa-sha2-*.
  return { data: key.getPublicSSH(), algorithm: key.type };
};

const addressOf = (hop: Hop): string => `${hop.host}:${Math.trunc(hop.port)}`;

/** `perDialTimeout` bounds the TCP connect only: a peer that accepts and never speaks is waited for without end. */
const connectTcp = (hop: Hop): Promise<net.Socket> =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ host: hop.host, port: Math.trunc(hop.port) });
    const timer =
      hop.perDialTimeout > 0
        ? setTimeout(
            () => socket.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })),
            hop.perDialTimeout * 1000,
          )
        : undefined;
    const settle = () => clearTimeout(timer);
    socket.once("error", (error) => {
      settle();
      reject(goDialError("tcp", addressOf(hop), error));
    });
    socket.once("connect", () => {
      settle();
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });

/** An SSH handshake and login over a stream that is open already. */
type Login = (stream: Readable) => Promise<Client>;

const handshakeError = (error: Error & { level?: string }, attempted: readonly string[]): Error => {
  const reason = /authentication methods failed/.test(error.message)
    ? `ssh: unable to authenticate, attempted methods [${attempted.join(" ")}], no supported methods remain`
    : /Host denied/.test(error.message)
      ? "ssh: host key mismatch"
      : /no matching host key format/.test(error.message)
        ? "ssh: no common algorithm for host key"
        : /Connection lost/.test(error.message)
          ? "EOF"
          : error.message;
  return new Error(`ssh: handshake failed: ${reason}`);
};

/** Everything that can be wrong without dialling is found here, so that it is never retried. */
const prepareLogin = async (hop: Hop): Promise<Login> => {
  const pinned = hop.hostKey === undefined ? undefined : pinHostKey(hop.hostKey);
  const authentication = await prepareAuthentication(hop);
  return (stream) =>
    new Promise((resolve, reject) => {
      const client = new Client();
      const { attempted, next } = authentication();
      // These stay: a connection that breaks later shows in the command that uses it, not as a crash of the plugin.
      const fail = (error: Error) => {
        reject(handshakeError(error, attempted));
        client.destroy();
      };
      client.on("error", fail);
      client.on("close", () => fail(new Error("EOF")));
      client.once("ready", () => resolve(client));
      client.connect({
        sock: stream,
        username: hop.user,
        readyTimeout: 0,
        authHandler: next,
        hostVerifier: (key: Buffer) => pinned === undefined || key.equals(pinned.data),
        ...(pinned === undefined ? {} : { algorithms: { serverHostKey: [pinned.algorithm] } }),
      });
    });
};

const openTunnel = (bastion: Client, target: Hop): Promise<Readable> =>
  new Promise((resolve, reject) => {
    bastion.forwardOut("127.0.0.1", 0, target.host, Math.trunc(target.port), (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(new Error(`ssh: rejected: connect failed (${error.message})`));
    });
  });

/** The official plugin tries the login again over the stream that the first failure has used up: it fails alike. */
const onlyFirst = (login: Login, stream: Readable): (() => Promise<Client>) => {
  let outcome: Promise<Client> | undefined;
  return () => (outcome ??= login(stream));
};

const prefixed = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw new Error(`proxy: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** Connects and logs in; `status` gets attempts that failed and are made again. */
export const dial = async (connection: Connection, status: (line: string) => void): Promise<Client> => {
  const login = await prepareLogin(connection);
  const { dialErrorLimit, proxy } = connection;
  if (proxy === undefined) {
    return withRetries("Dial", dialErrorLimit, status, async () => login(await connectTcp(connection)));
  }
  return prefixed(async () => {
    const loginToProxy = await prepareLogin(proxy);
    const bastion = await withRetries("Dial proxy", proxy.dialErrorLimit, status, async () =>
      loginToProxy(await connectTcp(proxy)),
    );
    const stream = await withRetries("Dial from proxy", dialErrorLimit, status, () => openTunnel(bastion, connection));
    return withRetries("Dial", dialErrorLimit, status, onlyFirst(login, stream));
  });
};

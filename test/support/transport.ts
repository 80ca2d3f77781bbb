/** A transport for tests, whose pauses take no time, and servers that are closed after each test. */
import type { SshTarget } from "../../src/delivery/ssh/endpoint";
import { parseHostKey, type HostKey } from "../../src/delivery/ssh/host-key";
import { createTransport, type TransportOptions } from "../../src/delivery/ssh/transport";
import { generateKeyPair, startSshServer, type SshServer } from "./ssh-server";
import { startTcpServer, type TcpServer } from "./tcp-server";

/** The key of an authorized_keys line. */
export const keyOf = (line: string): HostKey => {
  const key = parseHostKey(line);
  if (key === undefined) throw new Error(`no key: ${line}`);
  return key;
};

/** Closed after each test. */
export const opened: { close: () => unknown }[] = [];
/** An SSH server until the end of the test. */
export const serve = async (options: Parameters<typeof startSshServer>[0] = {}): Promise<SshServer> => {
  const server = await startSshServer(options);
  opened.push(server);
  return server;
};
/** A TCP server until the end of the test. */
export const serveTcp = async (...[serving]: Parameters<typeof startTcpServer>): Promise<TcpServer> => {
  const server = await startTcpServer(serving);
  opened.push(server);
  return server;
};

afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

/** A target whose every key is believed. */
export const at = (
  { host, port }: { readonly host: string; readonly port: number },
  more: Partial<SshTarget> = {},
): SshTarget => ({
  host,
  port,
  user: "root",
  credentials: { privateKey: generateKeyPair().private },
  trust: { known: "any" },
  ...more,
});

/** A test server with its pinned key and a login that it lets in. */
export const target = (server: SshServer, more: Partial<SshTarget> = {}): SshTarget =>
  at(server, { credentials: { privateKey: server.clientKey }, trust: { known: [keyOf(server.hostKey)] }, ...more });

/** A clock on which pauses take no time and still count. */
export const impatient = () => {
  const pauses: number[] = [];
  const sleep = (milliseconds: number) => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  return { pauses, nowMs: () => 0, sleep, random: () => 1 };
};

/** A transport until the end of the test. */
export const transportOf = (options: TransportOptions = {}) => {
  const transport = createTransport({ clock: impatient(), ...options });
  opened.push(transport);
  return transport;
};

/** What the tests run. */
export const remote = { command: "sh -s", stdin: "echo hello\n" };
/** One command on one host. */
export const run = (to: SshTarget, options: TransportOptions = {}) => transportOf(options).run(to, remote);

/** The transport over real SSH on loopback, against servers that behave and servers that do not. */
import { utils } from "ssh2";
import type { SshTarget } from "../../../../src/delivery/ssh/endpoint";
import { parseHostKey, type HostKey } from "../../../../src/delivery/ssh/host-key";
import { createLanes } from "../../../../src/delivery/ssh/lanes";
import { defaultLimits } from "../../../../src/delivery/ssh/limits";
import { createTransport, type TransportOptions } from "../../../../src/delivery/ssh/transport";
import { startSshAgent } from "../../../support/ssh-agent";
import { generateKeyPair, startSshServer, type SshServer } from "../../../support/ssh-server";
import { startFreezingProxy, startTcpServer, type TcpServer } from "../../../support/tcp-server";

const keyOf = (line: string): HostKey => {
  const key = parseHostKey(line);
  if (key === undefined) throw new Error(`no key: ${line}`);
  return key;
};

const opened: { close: () => unknown }[] = [];
const serve = async (options: Parameters<typeof startSshServer>[0] = {}): Promise<SshServer> => {
  const server = await startSshServer(options);
  opened.push(server);
  return server;
};
const serveTcp = async (...[serving]: Parameters<typeof startTcpServer>): Promise<TcpServer> => {
  const server = await startTcpServer(serving);
  opened.push(server);
  return server;
};

afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

const at = (
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

const target = (server: SshServer, more: Partial<SshTarget> = {}): SshTarget =>
  at(server, { credentials: { privateKey: server.clientKey }, trust: { known: [keyOf(server.hostKey)] }, ...more });

/** A clock on which pauses take no time and still count. */
const impatient = () => {
  const pauses: number[] = [];
  const sleep = (milliseconds: number) => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  return { pauses, nowMs: () => 0, sleep, random: () => 1 };
};

const transportOf = (options: TransportOptions = {}) => {
  const transport = createTransport({ clock: impatient(), ...options });
  opened.push(transport);
  return transport;
};

const remote = { command: "sh -s", stdin: "echo hello\n" };
const run = (to: SshTarget, options: TransportOptions = {}) => transportOf(options).run(to, remote);

describe("a host that behaves", () => {
  test("gets the command line and its standard input in one connection, and answers with all that there is", async () => {
    const server = await serve({ handler: () => ({ stdout: "out\n", stderr: "err\n", exitCode: 3 }) });
    expect(await run(target(server))).toEqual({
      ok: true,
      stdout: "out\n",
      stderr: "err\n",
      exitCode: 3,
      signal: undefined,
      hostKey: keyOf(server.hostKey),
    });
    expect(server.executions).toMatchObject([{ user: "root", command: remote.command, stdin: remote.stdin }]);
    expect(server.connections).toBe(1);
  });

  test("may end a command by a signal", async () => {
    const server = await serve({ handler: () => ({ signal: "TERM" }) });
    expect(await run(target(server))).toMatchObject({ ok: true, exitCode: undefined, signal: "TERM" });
  });

  test.each(["rsa", "ecdsa"] as const)("is believed by a pinned key of type %s", async (type) => {
    const bits = type === "rsa" ? 3072 : 256;
    const server = await serve({ hostPrivateKey: utils.generateKeyPairSync(type, { bits }).private });
    expect(await run(target(server))).toMatchObject({ ok: true, hostKey: keyOf(server.hostKey) });
  });

  test("with keys of several types is asked for one that is known", async () => {
    const rsa = utils.generateKeyPairSync("rsa", { bits: 3072 });
    const server = await serve({ moreHostKeys: [rsa.private] });
    const outcome = await run(target(server, { trust: { known: [keyOf(rsa.public)] } }));
    expect(outcome).toMatchObject({ ok: true, hostKey: keyOf(rsa.public) });
  });

  test.each(["password", "keyboard-interactive"] as const)("lets in by %s", async (method) => {
    const server = await serve({ password: "correct horse", passwordMethods: [method] });
    expect(await run(target(server, { credentials: { password: "correct horse" } }))).toMatchObject({ ok: true });
  });

  test("lets in by an agent, and by a password where the agent is gone", async () => {
    const server = await serve({ password: "correct horse" });
    const agent = await startSshAgent(server.clientKey);
    opened.push(agent);
    const { socketPath: agentSocketPath } = agent;
    expect(await run(target(server, { credentials: { agentSocketPath } }))).toMatchObject({ ok: true });
    const credentials = { agentSocketPath: "/nowhere/agent", password: "correct horse" };
    expect(await run(target(server, { credentials }))).toMatchObject({ ok: true });
  });

  test("is left with no connection open", async () => {
    const server = await serve();
    await run(target(server));
    while (server.openConnections > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.openConnections).toBe(0);
  });
});

describe("a host that is not the one", () => {
  test("is refused before it is told who wants in, and never asked again", async () => {
    const server = await serve();
    const outcome = await run(target(server, { trust: { known: [keyOf(generateKeyPair().public)] } }));
    expect(outcome).toMatchObject({ ok: false, reason: "hostKey", stage: "keyExchange", retryable: false });
    expect(outcome).toMatchObject({
      message: expect.stringMatching(/another host key than the known one: SHA256:/) as string,
    });
    expect(server.executions).toEqual([]);
    expect(server.connections).toBe(1);
  });

  test("is refused where its key type is no longer the known one", async () => {
    const server = await serve();
    const rsa = utils.generateKeyPairSync("rsa", { bits: 3072 }).public;
    const outcome = await run(target(server, { trust: { known: [keyOf(rsa)] } }));
    expect(outcome).toMatchObject({ reason: "hostKey", message: "has no host key of the known type (ssh-rsa)" });
    expect(server.connections).toBe(1);
  });

  test("is refused with a revoked key, even where any other would do", async () => {
    const server = await serve();
    const outcome = await run(target(server, { trust: { known: "any", revoked: [keyOf(server.hostKey)] } }));
    expect(outcome).toMatchObject({ reason: "hostKey", retryable: false });
    expect(outcome).toMatchObject({ message: expect.stringContaining("@revoked") as string });
    expect(server.executions).toEqual([]);
  });

  test.each([
    ["no key", []],
    ["a key of a type that cannot be checked", [{ type: "sk-ssh-ed25519@openssh.com", base64: "AAAA" }]],
  ])("is not even dialled where %s is known", async (_what, known) => {
    const server = await serve();
    expect(await run(target(server, { trust: { known } }))).toMatchObject({ reason: "hostKey", stage: "dial" });
    expect(server.connections).toBe(0);
  });
});

describe("a login that is refused", () => {
  test.each<[string, Partial<Parameters<typeof startSshServer>[0]>]>([
    ["every key is refused", { refuseAuthentication: true }],
    ["another user is wanted", { user: "admin" }],
  ])("is tried once: %s", async (_what, behaviour) => {
    const server = await serve(behaviour);
    const outcome = await run(target(server));
    expect(outcome).toMatchObject({ reason: "login", retryable: false });
    expect(outcome).toMatchObject({
      message: expect.stringContaining("refuses the login as root (tried: publickey)") as string,
    });
    expect(server.connections).toBe(1);
  });

  test("says where there was nothing to show", async () => {
    const server = await serve();
    const outcome = await run(target(server, { credentials: {} }));
    expect(outcome).toMatchObject({
      message: expect.stringContaining("there is no key, agent or password to show") as string,
    });
  });

  test("says where the agent failed", async () => {
    const server = await serve();
    const outcome = await run(target(server, { credentials: { agentSocketPath: "/nowhere/agent" } }));
    expect(outcome).toMatchObject({
      reason: "login",
      message: expect.stringContaining("the SSH agent failed") as string,
    });
  });

  test("is not tried at all with a key that cannot be read", async () => {
    const server = await serve();
    const credentials = { privateKey: generateKeyPair("open sesame").private };
    const outcome = await run(target(server, { credentials }));
    expect(outcome).toMatchObject({ reason: "credentials", retryable: false });
    expect(server.connections).toBe(0);
  });
});

describe("a host that stops", () => {
  const patient = { dial: 60, keyExchange: 60, authentication: 60, run: 60, keepalive: 60 };
  const once = { retry: { reasons: new Set([]), deadlineSeconds: 0 } };

  test("after the TCP connection is given up", async () => {
    const server = await serveTcp(() => undefined);
    const outcome = await run(at(server), { ...once, limits: { ...patient, keyExchange: 0.3 } });
    expect(outcome).toMatchObject({ reason: "timeout", stage: "keyExchange", retryable: true });
  });

  test("in the key exchange is given up, though a byte comes now and then", async () => {
    const server = await serveTcp((socket) => {
      const drip = setInterval(() => socket.write("greetings\r\n"), 20);
      socket.on("close", () => clearInterval(drip));
    });
    const outcome = await run(at(server), { ...once, limits: { ...patient, keyExchange: 0.3 } });
    expect(outcome).toMatchObject({ reason: "timeout", stage: "keyExchange" });
  });

  test("in the login is given up", async () => {
    const server = await serve({ hangAuthentication: true });
    const outcome = await run(target(server), { ...once, limits: { ...patient, authentication: 0.3 } });
    expect(outcome).toMatchObject({ reason: "timeout", stage: "authentication", retryable: true });
  });

  test("in the run is given up and not tried again, because nobody knows what it did", async () => {
    const server = await serve({ hangCommands: true });
    const outcome = await run(target(server), { limits: { ...patient, run: 0.3 } });
    expect(outcome).toMatchObject({ reason: "timeout", stage: "run", retryable: false });
    expect(server.executions).toHaveLength(1);
  });

  test("is given up after the time for all stages together", async () => {
    const server = await serve({ hangCommands: true });
    const outcome = await run(target(server), { limits: { ...patient, total: 0.5 } });
    expect(outcome).toMatchObject({ reason: "timeout", message: "the command did not end within 0.5 s" });
  });

  test("without closing its connection is found by keepalive", async () => {
    const server = await serve({ hangCommands: true });
    const proxy = await startFreezingProxy(server.port);
    opened.push(proxy);
    const running = run(target(server, { port: proxy.port }), { limits: { ...patient, keepalive: 0.05 } });
    while (server.executions.length === 0) await new Promise((resolve) => setImmediate(resolve));
    proxy.freeze();
    expect(await running).toMatchObject({ reason: "cut", stage: "run", retryable: false });
  });

  test("by cutting the connection in the run is not tried again", async () => {
    const server = await serve({ cutCommands: true });
    expect(await run(target(server))).toMatchObject({ reason: "cut", stage: "run", retryable: false });
    expect(server.connections).toBe(1);
  });
});

describe("a host that says too much", () => {
  test("keeps its answer at the end, and at most 64 KiB of all", async () => {
    const noise = "motd\n".repeat(40_000);
    const server = await serve({ handler: () => ({ stdout: `${noise}answer`, stderr: `${noise}reason` }) });
    const outcome = await run(target(server));
    if (!outcome.ok) throw new Error(outcome.message);
    expect(outcome.stdout).toMatch(/answer$/);
    expect(outcome.stderr).toMatch(/reason$/);
    expect(outcome.stdout.length + outcome.stderr.length).toBe(64 * 1024);
  });

  test("without end is hung up on", async () => {
    const server = await serve({ flood: true });
    expect(await run(target(server))).toMatchObject({ reason: "output", stage: "run", retryable: false });
  });

  test("before it says who it is, without end, is hung up on", async () => {
    const server = await serveTcp((socket) => {
      const line = "x".repeat(1000) + "\r\n";
      const write = (): void => {
        while (socket.writable && socket.write(line));
      };
      socket.on("drain", write);
      write();
    });
    expect(await run(at(server), { limits: defaultLimits })).toMatchObject({ ok: false, retryable: false });
  });

  const escape = "\u001B]0;owned\u0007\u001B[2J\r";

  test("in escapes changes no terminal by what it prints", async () => {
    const server = await serve({ handler: () => ({ stdout: escape, stderr: escape }), config: { banner: escape } });
    const outcome = await run(target(server));
    expect(JSON.stringify(outcome)).not.toMatch(/\\u00|\\r/);
  });

  test("in escapes changes no terminal before it is believed", async () => {
    const disconnect = await serveTcp((socket) => socket.end(`SSH-2.0-${escape}\r\n${escape}`));
    const greeting = await serveTcp((socket) => socket.end(`${escape}\r\n${escape}\n`));
    for (const server of [disconnect, greeting]) {
      const outcome = await run(at(server), { retry: { reasons: new Set([]), deadlineSeconds: 0 } });
      expect(outcome.ok).toBe(false);
      expect(JSON.stringify(outcome)).not.toMatch(/\\u00|\\r|\\n/);
    }
  });
});

test("a server that knows only key exchange by SHA-1 is told to be updated", async () => {
  const server = await serve({ config: { algorithms: { kex: ["diffie-hellman-group14-sha1"] } } });
  expect(await run(target(server))).toMatchObject({
    reason: "protocol",
    retryable: false,
    message: "its SSH server knows no key exchange without SHA-1",
    remedy: expect.stringContaining("Update its SSH server") as string,
  });
});

test("a peer that speaks another protocol is told as such", async () => {
  const server = await serveTcp((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\nSSH-1.5-x\r\n"));
  expect(await run(at(server))).toMatchObject({ reason: "protocol", retryable: false });
});

describe("attempts", () => {
  test("go on over a burst that is refused, with pauses that grow", async () => {
    const server = await serve({ dropConnections: 4 });
    const clock = impatient();
    expect(await run(target(server), { clock })).toMatchObject({ ok: true });
    expect(server.connections).toBe(5);
    expect(clock.pauses).toEqual([200, 400, 800, 1600]);
  });

  test("end at the deadline with the last reason", async () => {
    const gone = await startSshServer();
    await gone.close();
    const clock = impatient();
    const outcome = await run(target(gone), { clock });
    expect(outcome).toMatchObject({ reason: "unreachable", retryable: true });
    expect(outcome).toMatchObject({ message: expect.stringContaining("ECONNREFUSED") as string });
    const total = clock.pauses.reduce((sum, pause) => sum + pause, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThanOrEqual(60_000);
  });

  test("are not repeated for a name that nobody knows", async () => {
    const clock = impatient();
    const outcome = await run(at({ host: "no-such-host.invalid", port: 22 }), { clock });
    expect(outcome).toMatchObject({ ok: false });
    // A machine without any resolver cannot tell, and says so by EAI_AGAIN.
    if (!outcome.ok && outcome.reason === "name") expect(clock.pauses).toEqual([]);
  });
});

describe("lanes", () => {
  test("bound the hosts that are worked on at once", async () => {
    let [now, most] = [0, 0];
    const server = await serve({
      handler: async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setImmediate(resolve));
        now -= 1;
        return {};
      },
    });
    const transport = transportOf({ lanes: createLanes(3) });
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => transport.run(target(server), remote)));
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(server.executions).toHaveLength(12);
    expect(most).toBeLessThanOrEqual(3);
  });

  test("begin nothing more after a cancel, and let what is under way end", async () => {
    const cancel = new AbortController();
    const server = await serve({
      handler: () => {
        cancel.abort();
        return {};
      },
    });
    const transport = transportOf({ lanes: createLanes(1) });
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => transport.run(target(server), remote, cancel.signal)),
    );
    expect(outcomes.map((outcome) => (outcome.ok ? "done" : outcome.reason))).toEqual([
      "done",
      ...Array.from({ length: 19 }, () => "cancelled"),
    ]);
    expect(server.connections).toBe(1);
  });

  test("end a pause between attempts at a cancel, with the reason of the last attempt", async () => {
    const server = await serve({ dropConnections: 1 });
    const cancel = new AbortController();
    const sleep = () => {
      cancel.abort();
      return Promise.resolve();
    };
    const transport = transportOf({ clock: { ...impatient(), sleep } });
    expect(await transport.run(target(server), remote, cancel.signal)).toMatchObject({ reason: "busy" });
    expect(server.connections).toBe(1);
  });
});

describe("a bastion", () => {
  const bastionOf = (server: SshServer, more: Partial<SshTarget> = {}) => target(server, { user: "jump", ...more });

  test("is reached once for all hosts behind it", async () => {
    const [bastion, server] = [await serve(), await serve()];
    const transport = transportOf();
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => transport.run(target(server, { bastion: bastionOf(bastion) }), remote)),
    );
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect({ connections: bastion.connections, forwards: bastion.forwards }).toEqual({ connections: 1, forwards: 10 });
    expect(server.connections).toBe(10);
  });

  test("is another one as another user", async () => {
    const [bastion, server] = [await serve(), await serve()];
    const transport = transportOf();
    for (const user of ["one", "two"])
      await transport.run(target(server, { bastion: bastionOf(bastion, { user }) }), remote);
    expect(bastion.connections).toBe(2);
  });

  test("that refuses the login is asked once, however many hosts stand behind it", async () => {
    const [bastion, server] = [await serve({ refuseAuthentication: true }), await serve()];
    const transport = transportOf({ lanes: createLanes(2) });
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => transport.run(target(server, { bastion: bastionOf(bastion) }), remote)),
    );
    expect(outcomes[9]).toMatchObject({
      reason: "login",
      message: expect.stringMatching(/^the bastion 127\.0\.0\.1: /) as string,
    });
    expect(bastion.connections).toBe(1);
    expect(server.connections).toBe(0);
  });

  test("with another key carries nothing", async () => {
    const [bastion, server] = [await serve(), await serve()];
    const trust = { known: [keyOf(generateKeyPair().public)] };
    const outcome = await run(target(server, { bastion: bastionOf(bastion, { trust }) }));
    expect(outcome).toMatchObject({ reason: "hostKey", message: expect.stringMatching(/^the bastion/) as string });
    expect(server.connections).toBe(0);
  });

  test("that refuses a burst is tried again", async () => {
    const [bastion, server] = [await serve({ dropConnections: 3 }), await serve()];
    expect(await run(target(server, { bastion: bastionOf(bastion) }))).toMatchObject({ ok: true });
    expect(bastion.connections).toBe(4);
  });

  test("behind which nobody listens is not blamed", async () => {
    const [bastion, gone] = [await serve(), await startSshServer()];
    await gone.close();
    const outcome = await run(target(gone, { bastion: bastionOf(bastion) }));
    expect(outcome).toMatchObject({
      reason: "unreachable",
      message: expect.stringMatching(/^cannot be reached from its bastion/) as string,
    });
  });

  test("that dies during a run cuts the run, and is made anew for the next", async () => {
    const hostPrivateKey = generateKeyPair().private;
    const first = await startSshServer({ hostPrivateKey });
    const server = await serve({
      handler: async () => {
        if (server.executions.length === 1) await first.close();
        return {};
      },
    });
    const transport = transportOf();
    const way = target(server, { bastion: bastionOf(first) });
    expect(await transport.run(way, remote)).toMatchObject({ reason: "cut", stage: "run", retryable: false });
    const { port, clientKey } = first;
    const second = await serve({ hostPrivateKey, port, clientKey });
    expect(await transport.run(way, remote)).toMatchObject({ ok: true });
    expect(second.connections).toBe(1);
  });
});

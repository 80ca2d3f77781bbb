/** The transport against servers that stop, flood or speak something else. */
import { defaultLimits } from "../../../../src/delivery/ssh/limits";
import { startFreezingProxy } from "../../../support/tcp-server";
import { at, opened, run, serve, serveTcp, target } from "../../../support/transport";

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

/** The transport over real SSH on loopback. */
import { utils } from "ssh2";
import { startSshAgent } from "../../../support/ssh-agent";
import { keyOf, opened, remote, run, serve, target } from "../../../support/transport";

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

/** The transport through bastions. */
import { type SshTarget } from "../../../../src/delivery/ssh/endpoint";
import { createLanes } from "../../../../src/delivery/ssh/lanes";
import { generateKeyPair, startSshServer, type SshServer } from "../../../support/ssh-server";
import { keyOf, remote, run, serve, target, transportOf } from "../../../support/transport";

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

/** How many hosts the transport works on, and how often it tries. */
import { createLanes } from "../../../../src/delivery/ssh/lanes";
import { startSshServer } from "../../../support/ssh-server";
import { at, impatient, remote, run, serve, target, transportOf } from "../../../support/transport";

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

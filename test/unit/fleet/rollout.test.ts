import { rollOut, type FailureLimits, type RolloutWork } from "../../../src/fleet/rollout";
import { plannedRecord, plannedRecords } from "../../support/fleet-records";
import { misbehaviour, simulatedFleet } from "../../support/simulated-fleet";

const asker = { owner: "shop/prod", wave: "1", sudoOf: () => false };
const none = {};

const start = (
  fleet: ReturnType<typeof simulatedFleet>,
  work: Partial<RolloutWork>,
  limits: FailureLimits = {},
  signal: AbortSignal = new AbortController().signal,
) =>
  rollOut({
    asker,
    work: { apply: none, restore: none, ...work },
    hostCount: Object.keys(work.apply ?? none).length,
    run: fleet.run,
    signal,
    ...limits,
  });

test("every host is set in one run, under a token that names the wave, and nothing is pending", async () => {
  const fleet = simulatedFleet();
  const result = await start(fleet, { apply: plannedRecords(50) });
  expect(result).toMatchObject({ passed: true, pending: [], failures: {} });
  expect(Object.keys(result.applied)).toHaveLength(50);
  expect(fleet.commands).toHaveLength(50);
  expect(fleet.hostOf("h7").owner).toBe("shop/prod/h7/1");
});

test("one failure of fifty fails the wave, and only that host is pending", async () => {
  const fleet = simulatedFleet();
  fleet.misbehave(["h7"], misbehaviour.refusing);
  const result = await start(fleet, { apply: plannedRecords(50) });
  expect(result).toMatchObject({ passed: false, pending: ["h7"] });
  expect(result.failures).toEqual({ h7: "look: the kernel is another era: correct facts.kernel" });
});

test("a failure within the allowance passes and leaves the host pending", async () => {
  const fleet = simulatedFleet();
  fleet.misbehave(["h7"], misbehaviour.unreachable);
  expect(await start(fleet, { apply: plannedRecords(50) }, { maximumFailures: 1 })).toMatchObject({
    passed: true,
    pending: ["h7"],
    failures: { h7: "connection refused. Check port and route." },
  });
});

test("an allowance in percent counts the hosts of the wave, rounded down", async () => {
  for (const [percent, passed] of [
    [2, true],
    [1.9, false],
  ] as const) {
    const fleet = simulatedFleet();
    fleet.misbehave(["h7"], misbehaviour.refusing);
    const result = await start(fleet, { apply: plannedRecords(50) }, { maximumFailuresPercent: percent });
    expect(result.passed).toBe(passed);
  }
});

test("an exit with 0 and no answer is a failure that names forced commands", async () => {
  const fleet = simulatedFleet();
  fleet.misbehave(["h0"], misbehaviour.silent);
  const { passed, failures } = await start(fleet, { apply: plannedRecords(1) });
  expect(passed).toBe(false);
  expect(failures.h0).toMatch(/exited with 0 and gave no answer.*forced command/);
});

test("a command ended by a signal is a failure that names the signal", async () => {
  const fleet = simulatedFleet();
  fleet.misbehave(["h0"], misbehaviour.killed);
  expect((await start(fleet, { apply: plannedRecords(1) })).failures.h0).toBe("the command was ended by SIGKILL");
});

test("after too many failures no further host is begun, and the rest is pending", async () => {
  const fleet = simulatedFleet(4);
  fleet.misbehave(["h0", "h1"], misbehaviour.refusing);
  const result = await start(fleet, { apply: plannedRecords(50) }, { maximumFailures: 1 });
  expect(result.passed).toBe(false);
  expect(result.pending).toContain("h49");
  expect(result.pending.length + Object.keys(result.applied).length).toBe(50);
  expect(fleet.commands.length).toBeLessThan(50);
});

test("a cancelled wave begins no further host, lets those under way end, and names the rest", async () => {
  const fleet = simulatedFleet(8);
  const cancel = new AbortController();
  const running = start(fleet, { apply: plannedRecords(50) }, {}, cancel.signal);
  await new Promise(setImmediate);
  const begun = fleet.commands.length;
  cancel.abort();
  const result = await running;
  expect(begun).toBe(8);
  expect(result).toMatchObject({ passed: false, cancelled: true, failures: {} });
  expect(Object.keys(result.applied)).toHaveLength(fleet.commands.length);
  expect(result.pending).toHaveLength(50 - fleet.commands.length);
});

test("a host that leaves gets its old values back", async () => {
  const fleet = simulatedFleet();
  await start(fleet, { apply: plannedRecords(2) });
  const { restored, leftover } = await start(fleet, { restore: { h1: plannedRecord() } });
  expect(restored.h1?.status).toBe("restored");
  expect(leftover).toEqual([]);
  expect(fleet.hostOf("h1").owner).toBeUndefined();
});

test("a host that cannot be put back is left over, so that it is not forgotten", async () => {
  const fleet = simulatedFleet();
  fleet.misbehave(["h1"], misbehaviour.unreachable);
  expect(await start(fleet, { restore: { h1: plannedRecord() } })).toMatchObject({ passed: false, leftover: ["h1"] });
});

describe("A machine that got another name", () => {
  const moved = { restore: { h0: plannedRecord() }, apply: { renamed: plannedRecord() } };
  const withFirst = async () => {
    const fleet = simulatedFleet();
    await start(fleet, { apply: { h0: plannedRecord() } });
    fleet.commands.length = 0;
    return fleet;
  };

  test("is taken over under the new one from that owner alone, and does not fall back in between", async () => {
    const fleet = await withFirst();
    const result = await start(fleet, moved);
    expect(result).toMatchObject({ passed: true, renamed: ["h0"], restored: {}, leftover: [] });
    expect(fleet.commands.map(({ name }) => name)).toEqual(["renamed"]);
    expect(fleet.commands[0]?.command).toContain(" adopt=shop/prod/h0 ");
  });

  test("keeps what it has under the old one where the new one fails", async () => {
    const fleet = await withFirst();
    fleet.misbehave(["renamed"], misbehaviour.refusing);
    const result = await start(fleet, moved);
    expect(result).toMatchObject({ passed: false, renamed: [], pending: ["renamed"], leftover: ["h0"] });
    expect(fleet.hostOf("h0").owner).toBe("shop/prod/h0/1");
  });
});

test("a wave takes over what another wave of the same fleet holds, whose restore then changes nothing", async () => {
  const fleet = simulatedFleet();
  await start(fleet, { apply: plannedRecords(1) });
  const second = { ...asker, wave: "2" };
  const request = { hostCount: 1, run: fleet.run, signal: new AbortController().signal };
  await rollOut({ ...request, asker: second, work: { apply: plannedRecords(1), restore: none } });
  const late = await start(fleet, { restore: plannedRecords(1) });
  expect(late.restored.h0?.status).toBe("untouched");
  expect(fleet.hostOf("h0").owner).toBe("shop/prod/h0/2");
});

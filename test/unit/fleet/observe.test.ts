import { describeChanges } from "../../../src/fleet/change-lines";
import { changedHosts } from "../../../src/fleet/host-changes";
import { observe } from "../../../src/fleet/observe";
import { rollOut } from "../../../src/fleet/rollout";
import { plannedRecords } from "../../support/fleet-records";
import { misbehaviour, simulatedFleet } from "../../support/simulated-fleet";

const asker = { owner: "shop/prod", wave: "1", sudoOf: () => false };
const { signal } = new AbortController();

const tunedFleet = async (count: number, lanes?: number) => {
  const fleet = simulatedFleet(lanes);
  const hosts = plannedRecords(count);
  await rollOut({ asker, work: { apply: hosts, restore: {} }, hostCount: count, run: fleet.run, signal });
  fleet.commands.length = 0;
  return { fleet, hosts };
};

test("hosts that match are read once each and nothing differs", async () => {
  const { fleet, hosts } = await tunedFleet(20);
  const seen = await observe({ asker, hosts, run: fleet.run, signal });
  expect(seen).toMatchObject({ drift: [], unread: {} });
  expect(changedHosts(seen.hosts, hosts)).toEqual([]);
  expect(fleet.commands).toHaveLength(20);
  for (const { command } of fleet.commands) expect(command).toMatch(/^sh -s -- verify /);
});

test("a value that somebody changed is named by host and key, and is what the next update repairs", async () => {
  const { fleet, hosts } = await tunedFleet(20);
  fleet.hostOf("h4").values.max = "999";
  const seen = await observe({ asker, hosts, run: fleet.run, signal });
  expect(seen.drift).toEqual([{ host: "h4", key: "max", planned: "262144", found: "999" }]);
  expect(describeChanges(changedHosts(seen.hosts, hosts))).toEqual([
    "h4: max 999 -> 262144\n  in /etc/sysctl.d/zz-pulumi-conntrack.conf",
  ]);
});

test("a dead host keeps what the state has of it, and is named", async () => {
  const { fleet, hosts } = await tunedFleet(20);
  fleet.misbehave(["h4"], misbehaviour.unreachable);
  const seen = await observe({ asker, hosts, run: fleet.run, signal });
  expect(seen.unread).toEqual({ h4: "connection refused. Check port and route." });
  expect(seen.hosts.h4).toEqual(hosts.h4);
});

test("where no host can be reached the rest is not tried", async () => {
  const { fleet, hosts } = await tunedFleet(200, 16);
  fleet.misbehave(Object.keys(hosts), misbehaviour.unreachable);
  const seen = await observe({ asker, hosts, run: fleet.run, signal });
  expect(Object.keys(seen.unread)).toHaveLength(200);
  expect(fleet.commands.length).toBeLessThan(100);
});

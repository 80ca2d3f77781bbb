/** After an update that failed the engine keeps the old inputs; together with the outputs they say what hosts hold. */
import { heldAfter, holdingOf } from "../../../../src/fleet/wave/held";
import type { Login, WaveInputs } from "../../../../src/fleet/wave/wave-inputs";
import { readState, writeState } from "../../../../src/component/provider/wave-outputs";
import type { HostRecord } from "../../../../src/fleet/host-record";
import { shareProfiles } from "../../../../src/fleet/profiles";
import { plannedRecord, plannedRecords, udpTimeout } from "../../../support/fleet-records";

const login: Login = { user: "tuner" };

const inputs = (hosts: Readonly<Record<string, HostRecord>>): WaveInputs => ({
  owner: "shop/prod",
  wave: "1",
  lanes: 64,
  maximumFailures: 0,
  observe: true,
  connections: { ssh: login },
  ...shareProfiles(hosts),
});

/** What the state says after it was written and read again. */
const throughState = (
  old: WaveInputs,
  records: Readonly<Record<string, HostRecord>>,
  loginOf: () => Login = () => login,
) => {
  const held = heldAfter(old, records, loginOf);
  const state = readState(writeState({ pending: [], count: 0, inactive: [], leftover: {}, handedOver: {}, held }));
  return holdingOf(old, state.held);
};

test("hosts that were set, added and let go are all known", () => {
  const old = inputs(plannedRecords(5));
  const { h4: _gone, ...rest } = plannedRecords(5);
  const now = { ...rest, h1: { ...rest.h1, ...udp31 }, added: plannedRecord({}, { host: "192.0.2.99" }) };
  expect(throughState(old, now).records).toEqual(now);
});

const udp31 = { nf_conntrack_udp_timeout: plannedRecord(udpTimeout(31)).nf_conntrack_udp_timeout };

test("what a thousand hosts share stands once, and their addresses are not repeated", () => {
  const old = inputs(plannedRecords(1000));
  const now = Object.fromEntries(
    Object.entries(plannedRecords(1000)).map(([name, record]) => [name, { ...record, ...udp31 }]),
  );
  const held = heldAfter(old, now, () => login);
  expect(JSON.stringify(held).length).toBeLessThan(20 * 1000);
  expect(holdingOf(old, held).records).toEqual(now);
});

test("a login of the new inputs under a name of the old ones does not take its place", () => {
  const old = inputs(plannedRecords(2));
  const other: Login = { user: "other", password: "swordfish" };
  const now = { ...plannedRecords(2), added: plannedRecord({}, { host: "192.0.2.99" }) };
  const holding = holdingOf(
    old,
    heldAfter(old, now, () => other),
  );
  const connection = String(holding.records.added?.connection);
  expect(connection).not.toBe("ssh");
  expect(holding.connections).toMatchObject({ ssh: login, [connection]: other });
});

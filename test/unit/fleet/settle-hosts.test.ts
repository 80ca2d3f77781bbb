import { unreadRecord, type HostRecord } from "../../../src/fleet/host-record";
import { settleHosts } from "../../../src/fleet/settle-hosts";
import { plannedRecord, udpTimeout } from "../../support/fleet-records";

const planned: HostRecord = { ...plannedRecord(), factsFromHost: true, sizedFromHost: true };
const way = { host: "192.0.2.1", connection: "ssh" };
const reason = "connection refused";

test("a host that could not be asked is planned by the facts that the state has of it", () => {
  const { records, unread, problems } = settleHosts(
    { web1: planned },
    { web1: unreadRecord(way, reason, { ...udpTimeout(31) }) },
  );
  expect(records.web1).toMatchObject({ kernel: planned.kernel, max: planned.max, nf_conntrack_udp_timeout: 31 });
  expect(records.web1).toMatchObject({ factsFromHost: true, sizedFromHost: true });
  expect({ unread, problems }).toEqual({ unread: { web1: reason }, problems: [] });
});

test("a host that was never read stays so, whatever it is called", () => {
  const { records, unread } = settleHosts({}, { constructor: unreadRecord(way, reason, { ...udpTimeout(31) }) });
  expect(records).toEqual({ constructor: { ...way, unread: reason } });
  expect(unread).toEqual({ constructor: reason });
});

test("what the program asks of an unread host and cannot be is a problem by its name", () => {
  const request = { settings: { max: 50_000_000 } };
  const { problems } = settleHosts({ web1: planned }, { web1: unreadRecord(way, reason, request) });
  expect(problems.map(({ path }) => path)).toEqual(["hosts.web1.settings.max"]);
});

test("a host that has been read at last is planned as any other", () => {
  const { records, unread } = settleHosts({ web1: unreadRecord(way, reason) }, { web1: planned });
  expect(records.web1).toEqual(planned);
  expect(unread).toEqual({});
});

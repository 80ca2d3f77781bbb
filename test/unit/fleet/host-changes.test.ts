import { changedHosts, describeChanges } from "../../../src/fleet/host-changes";
import { facts, plannedRecord as record, udpTimeout as udp } from "../../support/fleet-records";

test("a changed timeout is one line with the value before and after", () => {
  const changed = changedHosts({ h100: record(udp(30)) }, { h100: record(udp(31)) });
  expect(describeChanges(changed)).toEqual(["h100: nf_conntrack_udp_timeout 30 -> 31"]);
});

test("hosts with the same change share a line, and many are counted", () => {
  const hosts = (seconds: number) =>
    Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`h${index}`, record(udp(seconds))]));
  expect(describeChanges(changedHosts(hosts(30), hosts(31)))).toEqual([
    "7 hosts (h0, h1, h2, h3, h4, ...): nf_conntrack_udp_timeout 30 -> 31",
  ]);
});

test("another login, and a newer kernel of the same era, are no change", () => {
  const before = { web1: record() };
  const kernel = "6.1.0-51-cloud-amd64";
  expect(changedHosts(before, { web1: record({ facts: { ...facts, kernel } }, { connection: "ssh-2" }) })).toEqual([]);
});

test("another address, port or host key is a change, because it may be another machine", () => {
  const before = { web1: record() };
  expect(describeChanges(changedHosts(before, { web1: record({}, { host: "192.0.2.9", port: 2222 }) }))).toEqual([
    "web1: address 192.0.2.1:22 -> 192.0.2.9:2222",
  ]);
  expect(describeChanges(changedHosts(before, { web1: record({}, { hostKey: "ssh-ed25519 BBBB" }) }))).toEqual([
    "web1: hostKey ssh-ed25519 AAAA -> ssh-ed25519 BBBB",
  ]);
});

test("a kernel of another era is a change of what is written", () => {
  const old = "4.4.0-210-generic";
  const lines = describeChanges(
    changedHosts({ web1: record() }, { web1: record({ facts: { ...facts, kernel: old } }) }),
  );
  expect(lines).toContain("web1: files on disk get another form");
});

test("a host that comes or goes is named", () => {
  expect(describeChanges(changedHosts({ web1: record() }, { web2: record() }))).toEqual([
    "web2: joins the fleet",
    "web1: leaves the fleet: its old values are put back",
  ]);
});

test("what was found on a host differs from the plan until it is put right", () => {
  const found = { ...record(), max: 999, changedFiles: ["/etc/sysctl.d/zz-pulumi-conntrack.conf"] };
  expect(describeChanges(changedHosts({ web1: found }, { web1: record() }))).toEqual([
    "web1: max 999 -> 262144",
    "web1: file /etc/sysctl.d/zz-pulumi-conntrack.conf changed on the host -> as planned",
  ]);
});

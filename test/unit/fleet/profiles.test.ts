import fc from "fast-check";
import type { HostRecord } from "../../../src/fleet/host-record";
import { expandProfiles, shareProfiles } from "../../../src/fleet/profiles";

const hostKey = "AAAAC3NzaC1lZDI1NTE5AAAAIFvF7Zr0Nq8k6Dn5r5cJm3yZ0m2w1c9m4Xh0f6s0a1b2";
const common = {
  connection: "ssh",
  memoryMiB: 16384,
  arch: "x86_64",
  kernel: "6.1.0-50-cloud-amd64",
  max: 262144,
  buckets: 262144,
  nf_conntrack_udp_timeout: 30,
  nf_conntrack_udp_timeout_stream: 120,
};

const fleetOf = (count: number, of: (index: number) => object = () => ({})): Record<string, HostRecord> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `web${index}`,
      { host: `10.1.${index >> 8}.${index & 255}`, hostKey, ...common, ...of(index) },
    ]),
  );

test("what all hosts share stands once, under a name that says role and RAM", () => {
  const shared = shareProfiles(fleetOf(3));
  expect(shared.profile).toBe("host-16GiB");
  expect(shared.profiles).toEqual({ "host-16GiB": common });
  expect(shared.hosts.web2).toEqual({ host: "10.1.0.2", hostKey });
});

test("a host with one other timeout holds that timeout only", () => {
  const { profiles, hosts } = shareProfiles(
    fleetOf(5, (index) => (index === 3 ? { nf_conntrack_udp_timeout: 31 } : {})),
  );
  expect(Object.keys(profiles)).toEqual(["host-16GiB"]);
  expect(hosts.web3).toEqual({ host: "10.1.0.3", hostKey, nf_conntrack_udp_timeout: 31 });
});

test("hosts with other keys have a profile of their own", () => {
  const { profiles, hosts } = shareProfiles(fleetOf(5, (index) => (index === 3 ? { role: "nat" } : {})));
  expect(Object.keys(profiles)).toEqual(["host-16GiB", "nat-16GiB"]);
  expect(hosts.web3).toEqual({ host: "10.1.0.3", hostKey, profile: "nat-16GiB" });
});

test("whatever hosts hold, sharing loses nothing", () => {
  const value = fc.integer({ min: 0, max: 3 });
  const record = fc.record(
    { host: fc.constant("h"), a: value, b: value, c: value, d: value, e: value, f: value, memoryMiB: value },
    { requiredKeys: ["host", "a"] },
  );
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), record, { maxKeys: 30 }), (records) => {
      expect(expandProfiles(shareProfiles(records))).toEqual(records);
    }),
  );
});

test("a host with an ed25519 key costs at most 300 bytes of a state file as the engine indents it", () => {
  const indentBytes = 36;
  const bytesOf = (count: number) =>
    JSON.stringify(shareProfiles(fleetOf(count)), undefined, 4)
      .split("\n")
      .reduce((sum, line) => sum + line.length + 1 + indentBytes - 8, 0);
  expect((bytesOf(1000) - bytesOf(500)) / 500).toBeLessThan(300);
});

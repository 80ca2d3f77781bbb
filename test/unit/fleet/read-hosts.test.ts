import { readHosts } from "../../../src/fleet/read-hosts";
import { simulatedFleet } from "../../support/simulated-fleet";

const { signal } = new AbortController();
const hosts = { web1: { connection: "ssh" }, web2: { connection: "ssh" } };

test.each([
  ["a kernel that is none", { kernel: "constructor" }],
  ["a kernel with escapes", { kernel: "6.1\u001b[2J" }],
])("a host that says %s is that host's own fault, and the others are read", async (_what, lie) => {
  const fleet = simulatedFleet();
  Object.assign(fleet.hostOf("web2"), lie);
  const { hosts: read, unread } = await readHosts({ hosts, sudoOf: () => false, run: fleet.run, signal });
  expect(Object.keys(read)).toEqual(["web1"]);
  expect(unread.web2).toMatch(/^says of itself what cannot be: kernel/);
});

test("a host whose answer has another form is not read, and the others are", async () => {
  const fleet = simulatedFleet();
  fleet.hostOf("web2").memTotalKiB = -5;
  const { hosts: read, unread } = await readHosts({ hosts, sudoOf: () => false, run: fleet.run, signal });
  expect(Object.keys(read)).toEqual(["web1"]);
  expect(Object.keys(unread)).toEqual(["web2"]);
});

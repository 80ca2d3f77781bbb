import { kernelRules } from "../../../src/kernel/kernel-rules";
import { heldSeconds, latenessSeconds, timeoutSeconds } from "../../../src/sizing/steady-state";
import type { SteadyClass } from "../../../src/sizing/steady-class";

const rulesOf = (kernel: string) => kernelRules({ kernel, arch: "x86_64" });
const modern = rulesOf("6.1.0-50-cloud-amd64");
const held = (flows: Omit<SteadyClass, "newPerSecond">, kernel = modern, planned = {}): number =>
  heldSeconds(kernel, { ...flows, newPerSecond: 1 }, timeoutSeconds(kernel, planned));

/** Seconds are the kernel's defaults: test/truth/timeouts.jsonl. */
describe("an entry is counted", () => {
  test.each<[string, Omit<SteadyClass, "newPerSecond">, number]>([
    ["30 s for a DNS query and its answer", { protocol: "udp", pattern: "query" }, 30],
    ["30 s for a datagram without answer", { protocol: "udp", pattern: "unreplied" }, 30],
    [
      "its life and 120 s for a stream",
      { protocol: "udp", pattern: "stream", lifeSeconds: 60, intervalSeconds: 5 },
      180,
    ],
    [
      "its life and 30 s for a stream that ends within the two seconds before it is assured",
      { protocol: "udp", pattern: "stream", lifeSeconds: 2, intervalSeconds: 1 },
      32,
    ],
    ["30 s for an echo", { protocol: "icmp", pattern: "query" }, 30],
    ["600 s for another protocol", { protocol: "generic", pattern: "query" }, 600],
    ["120 s for a SYN without answer", { protocol: "tcp", pattern: "syn" }, 120],
    ["not at all where a RST answers the SYN", { protocol: "tcp", pattern: "refused" }, 0],
    [
      "its life and TIME_WAIT for a session that ends by FIN",
      { protocol: "tcp", pattern: "session", lifeSeconds: 10 },
      130,
    ],
    [
      "its life and 10 s for one that ends by RST",
      { protocol: "tcp", pattern: "session", lifeSeconds: 10, end: "rst" },
      20,
    ],
    [
      "five days after its life where the RST is lost",
      { protocol: "tcp", pattern: "session", lifeSeconds: 10, end: "silent" },
      432010,
    ],
    [
      "300 s after its life where the last data is unacknowledged",
      { protocol: "tcp", pattern: "session", lifeSeconds: 10, end: "silent", unacknowledged: true },
      310,
    ],
    ["CLOSE_WAIT after its life where one side never closes", { protocol: "tcp", pattern: "halfclosed" }, 60],
  ])("%s", (_what, flows, seconds) => {
    expect(held(flows)).toBe(seconds);
  });

  test("as long as the plan's timeouts say", () => {
    const planned = { nf_conntrack_tcp_timeout_established: 7440 };
    expect(held({ protocol: "tcp", pattern: "session", lifeSeconds: 10, end: "silent" }, modern, planned)).toBe(7450);
  });

  test("under the names of an old kernel too", () => {
    const old = rulesOf("2.6.18-398.el5");
    expect(held({ protocol: "udp", pattern: "query" }, old, { ip_conntrack_udp_timeout: 20 })).toBe(20);
  });
});

describe("an expired entry stays counted", () => {
  test("no moment where each entry has a timer of its own", () => {
    expect(latenessSeconds(rulesOf("3.10.0-1160.el7.x86_64"), 1000, 65536)).toBe(0);
  });

  test("the collector's whole pause where no lookup comes by", () => {
    expect(latenessSeconds(modern, 0, 65536)).toBe(60);
    expect(latenessSeconds(rulesOf("5.10.0-46-cloud-amd64"), 0, 65536)).toBe(120);
  });

  test("half a second where each bucket is walked twice a second", () => {
    expect(latenessSeconds(modern, 65536, 65536)).toBeCloseTo(0.5, 3);
  });
});

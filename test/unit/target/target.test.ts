/** The order of live values and the guards of a target state, for requests whose numbers are known. */
import type { ApplyRequest } from "../../../src/delivery/script/command-line";
import { targetState } from "../../../src/target/target";
import { grown, grownEnterprise7, grownLegacy } from "../../support/planned-requests";

const keysOf = (request: ApplyRequest) => {
  const { growing, shrinking } = targetState(request).live;
  return { growing: growing.map(({ key }) => key), shrinking: shrinking.map(({ key }) => key) };
};

const atLoad: ApplyRequest = {
  ...grownLegacy,
  rules: {
    ...grownLegacy.rules,
    tableSize: { ...grownLegacy.rules.tableSize, resizable: false, acceptsHashsize: true },
  },
};

test("values grow from the table to the timeouts, and shrink from the timeouts to the table", () => {
  expect(keysOf(grown)).toEqual({
    growing: ["buckets", "max", "nf_conntrack_tcp_timeout_established", "nf_conntrack_udp_timeout"],
    shrinking: ["nf_conntrack_tcp_timeout_established", "nf_conntrack_udp_timeout", "max", "buckets"],
  });
});

test("a table that is given when the module is loaded is no live value", () => {
  expect(keysOf(atLoad)).toEqual({
    growing: ["max", "ip_conntrack_tcp_timeout_established"],
    shrinking: ["ip_conntrack_tcp_timeout_established", "max"],
  });
});

// Documentation/networking/nf_conntrack-sysctl.rst; net/ipv4/netfilter/ip_conntrack_standalone.c of 2.6.18.
test.each([
  [
    grown,
    [
      "/sys/module/nf_conntrack/parameters/hashsize",
      "/proc/sys/net/netfilter/nf_conntrack_max",
      "/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established",
      "/proc/sys/net/netfilter/nf_conntrack_udp_timeout",
    ],
  ],
  [
    grownLegacy,
    [
      "/sys/module/ip_conntrack/parameters/hashsize",
      "/proc/sys/net/ipv4/ip_conntrack_max",
      "/proc/sys/net/ipv4/netfilter/ip_conntrack_tcp_timeout_established",
    ],
  ],
] as const)("live values stand where the kernel has them (%#)", (request, paths) => {
  expect(targetState(request).live.growing.map(({ path }) => path)).toEqual(paths);
});

// 8 GiB are 8388608 KiB, of which nine tenths must be there;
// 102760448 bytes are 100352 KiB, which may be one thirty-second of it.
test("the guards of a plan", () => {
  expect(targetState(grown).guards).toEqual({
    minimumRamKiB: 7549748,
    minimumLowKiB: 3211264,
    tableKiB: 2048,
    minimumFreeKiB: 8192,
    era: { module: "nf_conntrack", bucketsWritable: true, bucketsTaken: "live", chainLimit: true },
    maximumEntries: 209715,
    keepsMax: true,
  });
});

test("the guards know the era of older kernels", () => {
  expect(targetState(grownEnterprise7).guards.era).toEqual({
    module: "nf_conntrack",
    bucketsWritable: false,
    bucketsTaken: "live",
    chainLimit: false,
  });
  expect(targetState(atLoad).guards.era).toMatchObject({ module: "ip_conntrack", bucketsTaken: "load" });
});

test("who allows max to shrink takes the guards of max and of the entries away, and no other", () => {
  const { guards } = targetState({ ...grown, allowShrink: true });
  expect(guards).toEqual({ ...targetState(grown).guards, maximumEntries: undefined, keepsMax: false });
});

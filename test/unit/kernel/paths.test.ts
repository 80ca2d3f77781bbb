import { kernelRules } from "../../../src/kernel/kernel-rules";

const pathsOf = (kernel: string) => kernelRules({ kernel, arch: "x86_64" }).paths;

describe("files by era", () => {
  test("2.4.20 has one file and nothing else", () => {
    expect(pathsOf("2.4.20")).toEqual({
      max: ["/proc/sys/net/ipv4/ip_conntrack_max"],
      count: undefined,
      buckets: undefined,
      bucketsWritable: false,
      hashsizeParameter: undefined,
      expectMax: undefined,
      statistics: undefined,
      boundary: "ipv4",
    });
  });

  test("Red Hat 5 has both names of ip_conntrack_max and a parameter that can be written", () => {
    expect(pathsOf("2.6.18-398.el5")).toEqual({
      max: ["/proc/sys/net/ipv4/ip_conntrack_max", "/proc/sys/net/ipv4/netfilter/ip_conntrack_max"],
      count: "/proc/sys/net/ipv4/netfilter/ip_conntrack_count",
      buckets: "/proc/sys/net/ipv4/netfilter/ip_conntrack_buckets",
      bucketsWritable: false,
      hashsizeParameter: "/sys/module/ip_conntrack/parameters/hashsize",
      expectMax: undefined,
      statistics: "/proc/net/stat/ip_conntrack",
      boundary: "ipv4",
    });
  });

  test("Red Hat 7 has the old names as aliases; its buckets cannot be written", () => {
    expect(pathsOf("3.10.0-1160.el7.x86_64")).toMatchObject({
      max: [
        "/proc/sys/net/netfilter/nf_conntrack_max",
        "/proc/sys/net/nf_conntrack_max",
        "/proc/sys/net/ipv4/netfilter/ip_conntrack_max",
        "/proc/sys/net/ipv4/ip_conntrack_max",
      ],
      bucketsWritable: false,
      hashsizeParameter: "/sys/module/nf_conntrack/parameters/hashsize",
    });
  });

  test.each(["4.9.190", "4.18.0-553.el8", "6.18.44"])(
    "%s has only the new names, and buckets that can be written",
    (kernel) => {
      expect(pathsOf(kernel)).toEqual({
        max: ["/proc/sys/net/netfilter/nf_conntrack_max", "/proc/sys/net/nf_conntrack_max"],
        count: "/proc/sys/net/netfilter/nf_conntrack_count",
        buckets: "/proc/sys/net/netfilter/nf_conntrack_buckets",
        bucketsWritable: true,
        hashsizeParameter: "/sys/module/nf_conntrack/parameters/hashsize",
        expectMax: "/proc/sys/net/netfilter/nf_conntrack_expect_max",
        statistics: "/proc/net/stat/nf_conntrack",
        boundary: "netfilter",
      });
    },
  );
});

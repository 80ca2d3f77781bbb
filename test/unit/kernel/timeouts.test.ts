import { kernelRules } from "../../../src/kernel/kernel-rules";
import { timeoutTable } from "../../../src/kernel/timeouts";
import { measuredTimeouts } from "./truth";

const rulesOf = (kernel: string, arch = "x86_64", hz?: number) => kernelRules({ kernel, arch, hz });
const tableOf = (kernel: string, arch?: string) => timeoutTable(rulesOf(kernel, arch));

describe("every timeout and flag of a running kernel is known, none missing and none too many", () => {
  test.each(measuredTimeouts.map(({ request, answer }) => [request.kernel, request, answer] as const))(
    "%s",
    (_, request, { timeouts, flags }) => {
      const rules = kernelRules(request);
      expect(timeoutTable(rules)).toEqual(timeouts);
      expect(Object.fromEntries(Object.entries(rules.flags).map(([key, flag]) => [key, flag.default]))).toEqual(flags);
    },
  );
});

describe("names by era", () => {
  test("the timeouts of 2.4.20 are constants of the kernel: known, but without a file", () => {
    expect(tableOf("2.4.20", "i386")).toEqual({});
    expect(rulesOf("2.4.20", "i386").timeouts["ip_conntrack_tcp_timeout_established"]).toMatchObject({
      defaultSeconds: 432000,
      path: undefined,
    });
  });

  test("2.4.32 prints thirteen timeouts in seconds under the old names", () => {
    expect(tableOf("2.4.32", "i386")).toEqual({
      ip_conntrack_generic_timeout: 600,
      ip_conntrack_icmp_timeout: 30,
      ip_conntrack_tcp_timeout_close: 10,
      ip_conntrack_tcp_timeout_close_wait: 60,
      ip_conntrack_tcp_timeout_established: 432000,
      ip_conntrack_tcp_timeout_fin_wait: 120,
      ip_conntrack_tcp_timeout_last_ack: 30,
      ip_conntrack_tcp_timeout_max_retrans: 300,
      ip_conntrack_tcp_timeout_syn_recv: 60,
      ip_conntrack_tcp_timeout_syn_sent: 120,
      ip_conntrack_tcp_timeout_time_wait: 120,
      ip_conntrack_udp_timeout: 30,
      ip_conntrack_udp_timeout_stream: 180,
    });
  });

  test("Red Hat 5 keeps them under net/ipv4/netfilter", () => {
    expect(rulesOf("2.6.18-398.el5").timeouts["ip_conntrack_tcp_timeout_established"]?.path).toBe(
      "/proc/sys/net/ipv4/netfilter/ip_conntrack_tcp_timeout_established",
    );
  });

  test.each([
    ["2.6.24", "nf_conntrack_tcp_timeout_unacknowledged", undefined],
    ["2.6.29", "nf_conntrack_tcp_timeout_unacknowledged", 300],
    ["2.6.35", "nf_conntrack_dccp_timeout_open", 43200],
    ["2.6.35", "nf_conntrack_events_retry_timeout", 15],
    ["4.9.190", "nf_conntrack_events_retry_timeout", undefined],
    ["3.10.0-1160.el7.x86_64", "nf_conntrack_udplite_timeout", 30],
    ["3.10.0-1160.el7.x86_64", "nf_conntrack_sctp_timeout_heartbeat_acked", 210],
    ["3.10.108", "nf_conntrack_sctp_timeout_heartbeat_acked", undefined],
    ["5.10.223", "nf_conntrack_udplite_timeout", undefined],
    ["5.10.198", "nf_conntrack_sctp_timeout_established", 210],
    ["5.15.31", "nf_conntrack_sctp_timeout_established", 432000],
    ["5.15.31", "nf_conntrack_sctp_timeout_heartbeat_acked", 210],
    ["5.15.31", "nf_conntrack_sctp_timeout_shutdown_sent", 0],
    ["4.18.0-553.el8", "nf_conntrack_sctp_timeout_established", 432000],
    ["6.1.0-50-amd64", "nf_conntrack_sctp_timeout_heartbeat_acked", undefined],
    ["6.12.107", "nf_conntrack_dccp_timeout_open", 43200],
    ["6.18.15", "nf_conntrack_dccp_timeout_open", undefined],
    ["7.3.4", "nf_flowtable_tcp_timeout", 30],
    ["5.10.223", "nf_flowtable_tcp_timeout", undefined],
  ])("%s has %s = %s", (kernel, key, seconds) => {
    expect(tableOf(kernel)[key]).toBe(seconds);
  });
});

describe("bounds", () => {
  // Measured on HZ=250: 8589934 is accepted, 8589935 is EINVAL; the others follow from floor((2^31 - 1) / HZ).
  test.each([
    [undefined, 2147483],
    [1000, 2147483],
    [300, 7158278],
    [250, 8589934],
    [100, 21474836],
  ])("with HZ %s the greatest value is %d s", (hz, maximumSeconds) => {
    expect(rulesOf("6.18.44", "x86_64", hz).timeouts["nf_conntrack_udp_timeout"]).toMatchObject({
      minimumSeconds: 1,
      maximumSeconds,
    });
  });

  test.each([
    ["nf_conntrack_events", 0, 2],
    ["nf_conntrack_log_invalid", 0, 255],
    ["nf_conntrack_tcp_max_retrans", 0, 255],
    ["nf_conntrack_acct", 0, 1],
  ])("%s of 6.18 accepts %d to %d", (key, minimum, maximum) => {
    expect(rulesOf("6.18.44").flags[key]).toMatchObject({ minimum, maximum });
  });
});

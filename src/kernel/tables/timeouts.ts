/**
 * Every sysctl that holds a timeout, under its nf_conntrack name: net/netfilter/nf_conntrack_{standalone,proto_*}.c.
 *
 * A value is the default in whole seconds, as the kernel prints it; `"absent"` where the file was removed again. Before
 * its first row a timeout does not exist. Assumed is a kernel with all protocol trackers built, as distributions do.
 */
import type { Row } from "../lookup";

type TimeoutDefault = number | "absent";

const DAY = 86400;

/** A timeout that never changed: one row. */
const always = (
  since: readonly [number, number, number],
  seconds: number,
  source: string,
): readonly Row<TimeoutDefault>[] => [{ since, value: seconds, source }];

const tcp = (seconds: number): readonly Row<TimeoutDefault>[] =>
  always([2, 4, 0], seconds, "nf_conntrack_proto_tcp.c, tcp_timeouts; 2.4.0 to 7.3");

const dccp = (seconds: number): readonly Row<TimeoutDefault>[] => [
  { since: [2, 6, 26], value: seconds, source: "nf_conntrack_proto_dccp.c; commit 2bc780499aa3, believed 2.6.26" },
  { since: [6, 17, 0], value: "absent", source: "commit fd72f265bb00 (July 2025), believed 6.17; absent in 6.18" },
];

const sctp = (seconds: number): readonly Row<TimeoutDefault>[] =>
  always([2, 6, 9], seconds, "nf_conntrack_proto_sctp.c, sctp_timeouts; 2.6.18 to 7.3, believed from 2.6.9");

const sctpBackport =
  "a44b7651489f in the stable releases of 1 and 6 February 2023 (log of 5.4.231; not in 4.14 and 4.19)";

const heartbeatInRedHat7 = "nf_conntrack_proto_sctp.c of Red Hat 7: d7ee35190427 is backported";

/** SCTP's states were unified in 6.2 and in the stable series of that day. */
const sctpUnified = (
  before: TimeoutDefault,
  after: TimeoutDefault,
  since: readonly [number, number, number] = [2, 6, 9],
): readonly Row<TimeoutDefault>[] => [
  { since, value: before, source: "nf_conntrack_proto_sctp.c, 2.6.18 to 5.15.31" },
  { stable: [5, 4, 231], value: after, source: sctpBackport },
  { stable: [5, 10, 166], value: after, source: sctpBackport },
  { stable: [5, 15, 91], value: after, source: sctpBackport },
  { stable: [6, 1, 9], value: after, source: sctpBackport },
  { since: [6, 2, 0], value: after, source: "commit a44b7651489f, 6.2" },
];

const udplite = (seconds: number): readonly Row<TimeoutDefault>[] => [
  { since: [2, 6, 24], value: seconds, source: "nf_conntrack_proto_udplite.c, seen in 2.6.24" },
  { since: [4, 11, 0], value: "absent", source: "commit e4781421e883: UDP-Lite follows UDP; believed 4.11" },
];

export const TIMEOUTS: Readonly<Record<string, readonly Row<TimeoutDefault>[]>> = {
  nf_conntrack_generic_timeout: always([2, 4, 0], 600, "nf_conntrack_proto_generic.c; 2.4.0 to 7.3"),
  nf_conntrack_icmp_timeout: always([2, 4, 0], 30, "nf_conntrack_proto_icmp.c; 2.4.0 to 7.3"),
  nf_conntrack_icmpv6_timeout: always([2, 6, 22], 30, "nf_conntrack_proto_icmpv6.c; 2.6.24 to 7.3"),
  nf_conntrack_frag6_timeout: always([2, 6, 22], 60, "nf_conntrack_reasm.c; 2.6.24 to 7.3"),

  nf_conntrack_tcp_timeout_syn_sent: tcp(120),
  nf_conntrack_tcp_timeout_syn_recv: tcp(60),
  nf_conntrack_tcp_timeout_established: tcp(5 * DAY),
  nf_conntrack_tcp_timeout_fin_wait: tcp(120),
  nf_conntrack_tcp_timeout_close_wait: tcp(60),
  nf_conntrack_tcp_timeout_last_ack: tcp(30),
  nf_conntrack_tcp_timeout_time_wait: tcp(120),
  nf_conntrack_tcp_timeout_close: tcp(10),
  nf_conntrack_tcp_timeout_max_retrans: [
    { since: [2, 4, 23], value: 300, source: "seen in 2.4.32; boundary 2.4.21 to 2.4.32" },
    { since: [2, 6, 0], value: "absent", source: "comes with window tracking" },
    { since: [2, 6, 9], value: 300, source: "2.6.9 to 7.3" },
  ],
  nf_conntrack_tcp_timeout_unacknowledged: always(
    [2, 6, 27],
    300,
    "commit ae375044d310; seen in 2.6.29, believed 2.6.27",
  ),

  nf_conntrack_udp_timeout: always([2, 4, 0], 30, "nf_conntrack_proto_udp.c; 2.4.0 to 7.3"),
  nf_conntrack_udp_timeout_stream: [
    { since: [2, 4, 0], value: 180, source: "nf_conntrack_proto_udp.c; 2.4.0 to 4.9" },
    { since: [5, 0, 0], value: 120, source: "commit d535c8a69c19; seen in 5.10, believed 5.0" },
    { enterprise: "el8", value: 120, source: "4.18.0-240.el8" },
  ],
  nf_conntrack_udplite_timeout: udplite(30),
  nf_conntrack_udplite_timeout_stream: udplite(180),

  nf_conntrack_gre_timeout: always(
    [5, 1, 0],
    30,
    "nf_conntrack_proto_gre.c; absent in 4.19, seen in 5.4, believed 5.1",
  ),
  nf_conntrack_gre_timeout_stream: always(
    [5, 1, 0],
    180,
    "nf_conntrack_proto_gre.c; absent in 4.19, seen in 5.4, believed 5.1",
  ),

  nf_conntrack_sctp_timeout_closed: sctp(10),
  nf_conntrack_sctp_timeout_cookie_wait: sctp(3),
  nf_conntrack_sctp_timeout_cookie_echoed: sctp(3),
  nf_conntrack_sctp_timeout_established: sctpUnified(5 * DAY, 210),
  // 300 ms until then, which the file prints as 0 seconds.
  nf_conntrack_sctp_timeout_shutdown_sent: sctpUnified(0, 3),
  nf_conntrack_sctp_timeout_shutdown_recd: sctpUnified(0, 3),
  nf_conntrack_sctp_timeout_shutdown_ack_sent: sctp(3),
  nf_conntrack_sctp_timeout_heartbeat_sent: [
    { since: [4, 3, 0], value: 30, source: "commit d7ee35190427, believed 4.3" },
    { enterprise: "el7", value: 30, source: heartbeatInRedHat7 },
  ],
  nf_conntrack_sctp_timeout_heartbeat_acked: [
    ...sctpUnified(210, "absent", [4, 3, 0]),
    { enterprise: "el7", value: 210, source: heartbeatInRedHat7 },
  ],

  nf_conntrack_dccp_timeout_request: dccp(240),
  nf_conntrack_dccp_timeout_respond: dccp(480),
  nf_conntrack_dccp_timeout_partopen: dccp(480),
  nf_conntrack_dccp_timeout_open: dccp(43200),
  nf_conntrack_dccp_timeout_closereq: dccp(64),
  nf_conntrack_dccp_timeout_closing: dccp(64),
  nf_conntrack_dccp_timeout_timewait: dccp(240),

  nf_conntrack_events_retry_timeout: [
    { since: [2, 6, 31], value: 15, source: "commit dd7669a92c61, believed 2.6.31" },
    { since: [3, 17, 0], value: "absent", source: "commit 9500507c6138 (June 2014), believed 3.17" },
  ],
  nf_flowtable_tcp_timeout: always([5, 14, 0], 30, "commit 975c57504da1, believed 5.14; seen in 6.1 to 7.3"),
  nf_flowtable_udp_timeout: always([5, 14, 0], 30, "commit 975c57504da1, believed 5.14; seen in 6.1 to 7.3"),
};

/** Whether the timeouts of the core trackers can be read and set; before, they are constants of the kernel. */
export const TIMEOUTS_HAVE_FILES: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: false, source: "2.4.20 has ip_conntrack_max only" },
  { since: [2, 4, 23], value: true, source: "ip_conntrack_standalone.c, seen in 2.4.32; wallfire.org: 2.4.23" },
];

/** What the protocol trackers do with a packet: nf_conntrack_proto_{tcp,udp,icmp}.c. */
import type { Row } from "../lookup";
import type { TcpRules } from "../rules";

export const UDP_ASSURED_AFTER_SECONDS: readonly Row<number>[] = [
  { since: [2, 4, 0], value: 0, source: "up to 4.9: stream at once" },
  { since: [5, 0, 0], value: 2, source: "commit d535c8a69c19 with its 2-second rule; seen in 5.10, believed 5.0" },
  { enterprise: "el8", value: 2, source: "4.18.0-240.el8" },
];

export const TRACKS_WINDOW: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: false, source: "ip_conntrack_proto_tcp.c, 2.4.0 and 2.4.20" },
  { since: [2, 4, 21], value: true, source: "seen in 2.4.32; boundary 2.4.21 to 2.4.32" },
  { since: [2, 6, 0], value: false, source: "window tracking is new in 2.6.9" },
  { since: [2, 6, 9], value: true, source: "2.6.9" },
];

export const SYN_RETRANSMISSION_KEEPS_DEADLINE: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: false, source: "absent in 4.9" },
  { stable: [4, 19, 272], value: true, source: "e15d4cdf27cb, log of 4.19.272" },
  { stable: [5, 4, 231], value: true, source: "e15d4cdf27cb, log of 5.4.231" },
  {
    stable: [5, 10, 166],
    value: true,
    source: "e15d4cdf27cb, log of linux-5.10.y of 30 January 2023, seen in 5.10.198",
  },
  { since: [5, 14, 0], value: true, source: "commit e15d4cdf27cb (July 2021), believed 5.14" },
];

export const RESET_SETS_CLOSE_TIMEOUT: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: false, source: "absent in 3.18 and 4.9" },
  { since: [5, 1, 0], value: true, source: "commit be0502a3f2e9; seen in 5.10, believed 5.1" },
];

export const UNACKNOWLEDGED_TIMEOUT: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: false, source: "absent in 2.6.24" },
  { since: [2, 6, 27], value: true, source: "commit ae375044d310; seen in 2.6.29, believed 2.6.27" },
];

export const STATE_TABLE: readonly Row<TcpRules["stateTable"]>[] = [
  { since: [2, 4, 0], value: "2.4", source: "2.4.0 and 2.4.20" },
  { since: [2, 4, 21], value: "2.6", source: "seen in 2.4.32; boundary 2.4.21 to 2.4.32" },
  { since: [2, 6, 0], value: "2.4", source: "before window tracking" },
  { since: [2, 6, 9], value: "2.6", source: "2.6.9 to 2.6.18: no SYN_SENT2" },
  { since: [2, 6, 31], value: "modern", source: "commit 874ab9233eee; seen in 2.6.35, believed 2.6.31" },
];

export const ICMP_DELETED_WHEN_ANSWERED: readonly Row<boolean>[] = [
  { since: [2, 4, 0], value: true, source: "2.6.18: deleted after as many replies as requests" },
  { since: [2, 6, 31], value: false, source: "commit f87fb666bb00; believed 2.6.31" },
];

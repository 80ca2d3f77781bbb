/** Every sysctl that is neither a timeout nor a size, under its nf_conntrack name, with default and bounds. */
import { INT_MAX } from "../integers";
import { KiB } from "../../text/units";
import type { Row } from "../lookup";

interface FlagValues {
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
}

type FlagDefault = FlagValues | "absent";

const bool = (value: 0 | 1): FlagValues => ({ default: value, minimum: 0, maximum: 1 });
const int = (value: number): FlagValues => ({ default: value, minimum: -INT_MAX - 1, maximum: INT_MAX });
const bytes = (value: number): FlagValues => ({ default: value, minimum: 0, maximum: INT_MAX });
const octet = (value: number): FlagValues => ({ default: value, minimum: 0, maximum: 255 });

/** The kernel of 2.4 names one flag differently: ip_conntrack_tcp_log_invalid. It is left out here. */
export const FLAGS: Readonly<Record<string, readonly Row<FlagDefault>[]>> = {
  nf_conntrack_tcp_loose: [
    { since: [2, 4, 23], value: int(3), source: "seen in 2.4.32: number of packets" },
    { since: [2, 6, 0], value: "absent", source: "comes with window tracking" },
    { since: [2, 6, 9], value: int(3), source: "2.6.9 to 2.6.18: number of packets" },
    { since: [2, 6, 21], value: bool(1), source: "seen in 2.6.21; boundary 2.6.19 to 2.6.21" },
    { enterprise: "el5", value: bool(1), source: "RHEL 5.7, 2.6.18" },
  ],
  nf_conntrack_tcp_be_liberal: [
    { since: [2, 4, 23], value: bool(0), source: "seen in 2.4.32" },
    { since: [2, 6, 0], value: "absent", source: "comes with window tracking" },
    { since: [2, 6, 9], value: bool(0), source: "2.6.9 to 7.3" },
  ],
  nf_conntrack_tcp_max_retrans: [
    { since: [2, 4, 23], value: int(3), source: "seen in 2.4.32" },
    { since: [2, 6, 0], value: "absent", source: "comes with window tracking" },
    { since: [2, 6, 9], value: int(3), source: "any int up to 5.10" },
    { since: [5, 13, 0], value: octet(3), source: "0..255 measured on 6.1 to 7.3; boundary 5.11 to 6.1" },
  ],
  nf_conntrack_tcp_ignore_invalid_rst: [
    { since: [5, 14, 0], value: bool(0), source: "absent in 5.10, seen in 5.15.31; believed 5.14" },
  ],
  nf_conntrack_dccp_loose: [
    { since: [2, 6, 26], value: bool(1), source: "nf_conntrack_proto_dccp.c; believed 2.6.26" },
    { since: [6, 17, 0], value: "absent", source: "commit fd72f265bb00, believed 6.17; absent in 6.18" },
  ],
  nf_conntrack_log_invalid: [{ since: [2, 6, 9], value: octet(0), source: "2.6.18 to 7.3" }],
  nf_conntrack_checksum: [{ since: [2, 6, 18], value: bool(1), source: "2.6.18 to 7.3" }],
  nf_conntrack_acct: [{ since: [2, 6, 27], value: bool(0), source: "2.6.27 to 7.3; a compile option before" }],
  nf_conntrack_timestamp: [{ since: [2, 6, 38], value: bool(0), source: "commit a992ca2a0498, believed 2.6.38" }],
  nf_conntrack_events: [
    { since: [2, 6, 31], value: bool(1), source: "commit a0891aa6a635, believed 2.6.31; 1 measured on 5.10" },
    {
      since: [5, 19, 0],
      value: { default: 2, minimum: 0, maximum: 2 },
      source: "commit 90d1daa45849, believed 5.19; 2 measured on 6.1 to 7.3",
    },
  ],
  nf_conntrack_helper: [
    { since: [3, 5, 0], value: bool(1), source: "commit a9006892643a, believed 3.5" },
    { since: [4, 7, 0], value: bool(0), source: "commit 3bb398d925ec, believed 4.7; 0 measured on 5.10" },
    { since: [6, 0, 0], value: "absent", source: "commit b118509076b3; absent in 6.1, believed 6.0" },
  ],
  nf_conntrack_frag6_high_thresh: [
    { since: [2, 6, 22], value: bytes(256 * KiB), source: "nf_conntrack_reasm.c; IPV6_FRAG_HIGH_THRESH" },
    {
      since: [3, 9, 0],
      value: bytes(4096 * KiB),
      source: "commit c2a936600f78, believed 3.9; measured on 5.10 to 7.3",
    },
  ],
  nf_conntrack_frag6_low_thresh: [
    { since: [2, 6, 22], value: bytes(192 * KiB), source: "nf_conntrack_reasm.c; IPV6_FRAG_LOW_THRESH" },
    {
      since: [3, 9, 0],
      value: bytes(3072 * KiB),
      source: "commit c2a936600f78, believed 3.9; measured on 5.10 to 7.3",
    },
  ],
  nf_log_all_netns: [
    { since: [4, 9, 0], value: bool(0), source: "commit 2851940ffee3, believed 4.9; measured on 5.10 to 7.3" },
  ],
  nf_hooks_lwtunnel: [
    { since: [5, 15, 0], value: bool(0), source: "commit 7a3f5b0de364, believed 5.15; measured on 6.1 to 7.3" },
  ],
};

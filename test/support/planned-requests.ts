/** Plans as the component hands them to the host script, for hosts of three generations. */
import type { ApplyRequest, HostRules } from "../../src/delivery/script/command-line";

/** What a kernel of 5.15 or later does, as far as the script asks. */
const modernRules: HostRules = {
  module: "nf_conntrack",
  chainLimit: { base: 50, range: 31 },
  architecture: { bits: 64 } as HostRules["architecture"],
  tableSize: { resizable: true, acceptsHashsize: true },
  paths: { bucketsWritable: true },
};

/** What RHEL 7 does: buckets by the module's parameter only, and no limit to a chain. */
const enterprise7Rules: HostRules = { ...modernRules, chainLimit: undefined, paths: { bucketsWritable: false } };

/** What 2.6.18 with the old module does. */
const legacyRules: HostRules = {
  ...enterprise7Rules,
  module: "ip_conntrack",
  architecture: { bits: 32 } as HostRules["architecture"],
};

/** 262144 entries on a 6.1 of 8 GiB, two timeouts shortened. */
export const grown: ApplyRequest = {
  sudo: false,
  token: "project/stack/web1",
  rules: modernRules,
  settings: {
    max: 262144,
    buckets: 262144,
    timeouts: { nf_conntrack_tcp_timeout_established: 86400, nf_conntrack_udp_timeout: 20 },
  },
  memory: { tableBytes: 2097152, fullBytes: 102760448 },
  memTotalKiB: 8388608,
  memoryShare: 1 / 32,
};

/** The same on a RHEL 7, four entries to a bucket. */
export const grownEnterprise7: ApplyRequest = {
  ...grown,
  rules: enterprise7Rules,
  settings: { ...grown.settings, buckets: 65536 },
  memory: { tableBytes: 524288, fullBytes: 102760448 },
};

/** 131072 entries on a 2.6.18 of 2 GiB, one timeout shortened. */
export const grownLegacy: ApplyRequest = {
  ...grown,
  token: "project/stack/old1",
  rules: legacyRules,
  settings: { max: 131072, buckets: 16384, timeouts: { ip_conntrack_tcp_timeout_established: 86400 } },
  memory: { tableBytes: 131072, fullBytes: 20_000_000 },
  memTotalKiB: 2097152,
};

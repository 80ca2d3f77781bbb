/** Plans as the component hands them to the host script, for hosts of three generations. */
import type { ApplyRequest } from "../../src/delivery/script/command-line";
import { kernelRules } from "../../src/kernel/kernel-rules";

/** 262144 entries on a 6.1 of 8 GiB, two timeouts shortened. */
export const grown: ApplyRequest = {
  sudo: false,
  token: "project/stack/web1",
  rules: kernelRules({ kernel: "6.1.0-50-amd64", arch: "x86_64" }),
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
  rules: kernelRules({ kernel: "3.10.0-1160.el7.x86_64", arch: "x86_64" }),
  settings: { ...grown.settings, buckets: 65536 },
  memory: { tableBytes: 524288, fullBytes: 102760448 },
};

/** 131072 entries on a 2.6.18 of 2 GiB, one timeout shortened. */
export const grownLegacy: ApplyRequest = {
  ...grown,
  token: "project/stack/old1",
  rules: kernelRules({ kernel: "2.6.18-398.el5PAE", arch: "i686" }),
  settings: { max: 131072, buckets: 16384, timeouts: { ip_conntrack_tcp_timeout_established: 86400 } },
  memory: { tableBytes: 131072, fullBytes: 20_000_000 },
  memTotalKiB: 2097152,
};

/** Names of the eras, for people and for the `defaults` command. */
import type { Row } from "../lookup";

export const ERA: readonly Row<string>[] = [
  { since: [2, 4, 0], value: "ip_conntrack 2.4", source: "2.4.0" },
  { since: [2, 6, 0], value: "ip_conntrack 2.6", source: "2.6.9" },
  { since: [2, 6, 22], value: "nf_conntrack 2.6-4.8", source: "2.6.24" },
  { since: [4, 9, 0], value: "nf_conntrack 4.9-5.14", source: "4.9: worker instead of timers" },
  { since: [5, 15, 0], value: "nf_conntrack 5.15+", source: "5.15: d532bcd0b269 and the chain limit" },
];

export const MODULE: readonly Row<"ip_conntrack" | "nf_conntrack">[] = [
  { since: [2, 4, 0], value: "ip_conntrack", source: "2.4.0 to 2.6.21" },
  { since: [2, 6, 22], value: "nf_conntrack", source: "ip_conntrack removed: absent in 2.6.24, believed 2.6.22" },
];

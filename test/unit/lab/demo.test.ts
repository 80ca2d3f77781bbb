import { compareValues } from "../../../lab/demo/compare-values";
import { pulumiNews } from "../../../lab/demo/pulumi-news";

test("values that differ are a table for each host, and hosts without one are a line", () => {
  const left = new Map([
    [
      "gateway",
      new Map(
        Object.entries({ nf_conntrack_max: "8192", nf_conntrack_icmp_timeout: "30", nf_conntrack_udp_timeout: "30" }),
      ),
    ],
    ["web", new Map(Object.entries({ nf_conntrack_max: "8192", nf_conntrack_udp_timeout: "30" }))],
  ]);
  const right = new Map(left).set("gateway", new Map([...(left.get("gateway") ?? []), ["nf_conntrack_max", "16384"]]));
  expect(compareValues(left, right, ["before", "after"]).split("\n")).toEqual([
    expect.stringMatching(/^gateway +before +after$/) as string,
    expect.stringMatching(/^ {2}nf_conntrack_max +8192 +16384$/) as string,
    "  2 other values are the same",
    "web: all 2 values are the same",
  ]);
});

// Printed by pulumi 3.220 without a terminal, with --suppress-progress.
const printed = `Updating (demo):

 ~  conntrack:index:Rollout fleet-1 refreshing (2s) warning: web: max is 10000, not 65536
 ~  conntrack:index:Rollout fleet-1 updated (4s) [diff: ~profiles]; 1 of 1 hosts
Diagnostics:
  conntrack:index:Rollout (fleet-1):
    warning: web: max is 10000, not 65536

Resources:
    ~ 1 updated

Duration: 4s

`;

test("of each run of pulumi the diagnostics and counts are passed on, its table is not", () => {
  const passed: string[] = [];
  const take = pulumiNews((line) => void passed.push(line));
  for (const line of `${printed}${printed}`.split("\n")) take(line);
  const once = [
    "Diagnostics:",
    "  conntrack:index:Rollout (fleet-1):",
    "    warning: web: max is 10000, not 65536",
    "",
    "Resources:",
    "    ~ 1 updated",
  ];
  expect(passed).toEqual([...once, ...once]);
});

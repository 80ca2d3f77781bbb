/** What is printed of readings and plans, beyond what the tests with real hosts look at. */
import { knownAfter, renderChanges } from "../../../../src/cli/fleet/check-changes";
import type { FleetCheck } from "../../../../src/cli/fleet/check-report";
import { renderCheck } from "../../../../src/cli/fleet/check-text";
import { markdownFleetPlan } from "../../../../src/cli/fleet/plan-markdown";
import type { FleetPlanReport } from "../../../../src/cli/fleet/plan-report";
import { renderFleetPlan } from "../../../../src/cli/fleet/plan-text";
import type { HostComparison } from "../../../../src/fleet/host-comparison";

const host = (over: Partial<HostComparison> = {}): HostComparison => ({
  ...{ status: "asPlanned", isLive: true, items: [], loadedBy: [], competingWriters: [], warnings: [] },
  ...over,
});
const max = (live: number) => ({ key: "max", live, planned: 262144, files: [], differs: live !== 262144 });
const drifted = (live: number) => host({ status: "differs", items: [max(live)] });

const check = (over: Partial<FleetCheck>): FleetCheck => ({
  ...{ time: "2026-11-24T20:30:05.123Z", hosts: new Map(), unread: new Map(), decommissioned: [] },
  ...over,
});

describe("Between two readings", () => {
  const changes = (before: FleetCheck, after: FleetCheck) => renderChanges(knownAfter(undefined, before), after);
  const web1 = (comparison: HostComparison) => check({ hosts: new Map([["web1", comparison]]) });

  test("nothing is said where nothing changed", () => {
    expect(changes(web1(drifted(5)), web1(drifted(5)))).toBe("");
  });

  test("hosts with the same change share a line", () => {
    const both = (value: number) =>
      check({
        hosts: new Map([
          ["web1", drifted(value)],
          ["web2", drifted(value)],
        ]),
      });
    expect(changes(both(5), both(6))).toBe("2026-11-24T20:30:05Z web1, web2: max is 6, planned 262144\n");
  });

  test("a warning that goes away is said in its own words", () => {
    expect(changes(web1(host({ warnings: ["TuneD runs."] })), web1(host()))).toBe(
      "2026-11-24T20:30:05Z web1: no longer: TuneD runs.\n",
    );
  });

  test("a host that cannot be read keeps what is known of it until it is read again", () => {
    const known = knownAfter(undefined, web1(drifted(5)));
    const lost = check({ unread: new Map([["web1", "gone"]]) });
    expect(renderChanges(known, lost)).toBe("2026-11-24T20:30:05Z web1: not read: gone\n");
    expect(renderChanges(knownAfter(known, lost), web1(drifted(5)))).toBe("2026-11-24T20:30:05Z web1: is read again\n");
  });
});

test("many hosts that agree are one block of at most 80 columns, and are counted", () => {
  const names = Array.from({ length: 1000 }, (_, index) => `edge-router-of-the-second-floor-${index}`);
  const text = renderCheck(check({ hosts: new Map(names.map((name) => [name, drifted(5)])) }));
  expect(text.replace(/\s+/g, " ")).toMatch(/^1000 hosts \(.*, \.\.\.\): not as planned /);
  expect(text).toContain("1000 hosts: 1000 not as planned.\n");
  expect(text.split("\n").length).toBeLessThan(12);
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

describe("A plan", () => {
  const timeouts = Array.from({ length: 20 }, (_, index) => `nf_conntrack_t${index}_timeout`);
  const report = (keys: readonly string[]): FleetPlanReport => ({
    before: "hosts",
    groups: [
      {
        names: ["web1"],
        plan: {
          settings: { max: 1024, buckets: 1024, timeouts: {} },
          reasons: { [keys[0] ?? ""]: "A | B <i>" },
          warnings: ["<script>"],
        },
        changed: [
          {
            names: ["web1"],
            value: {
              isRead: true,
              changes: keys.map((key) => ({ key, before: 1, after: 2, files: ["/etc/sysctl.d/x.conf"] })),
              unchanged: 0,
              warnings: [],
            },
          },
        ],
      },
    ],
    unread: new Map([["web9", "said | `x` @all"]]),
    decommissioned: [],
  });

  test("in Markdown is folded where it is long", () => {
    expect(markdownFleetPlan(report(timeouts))).toMatch(
      /^<details>\n<summary>web1<\/summary>\n\n\| setting [^]*\n\n<\/details>$/m,
    );
    expect(markdownFleetPlan(report(timeouts.slice(0, 3)))).not.toContain("<details>");
  });

  test("in Markdown holds no mark-up of reasons, warnings and hosts", () => {
    const text = markdownFleetPlan(report(timeouts.slice(0, 1)));
    expect(text).toContain("- nf_conntrack_t0_timeout: A \\| B \\<i\\>\n- Warning: \\<script\\>\n");
    expect(text).toContain("- web9: not read: said \\| \\`x\\` @\u2060all\n");
  });

  test("whose hosts are all unchanged is a count", () => {
    const { groups, ...rest } = report([]);
    const quiet = groups.map((group) => ({ ...group, plan: { ...group.plan, warnings: [] } }));
    expect(renderFleetPlan({ ...rest, groups: quiet, unread: new Map() })).toBe(
      "Before is what the hosts have now.\n1 host: 0 change, 1 unchanged.\n",
    );
  });
});

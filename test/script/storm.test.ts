/**
 * Six runs at once on one host, apply, change and restore mixed, half of them killed: a few in the usual run, as many as
 * CONNTRACK_STORM says otherwise. CONNTRACK_STORM_SEED repeats one.
 */
import { parseFailure } from "../../src/delivery/answer/parse";
import { restoreCommand } from "../../src/delivery/script/command-line";
import { kernels } from "./fault-courses";
import { answerOf, codesOf } from "./script-run";
import { auditTrail, SimulatedHost } from "./simulated-host";
import { storm } from "./storm";

const total = Number(process.env["CONNTRACK_STORM"] ?? 36);
const seed = Number(process.env["CONNTRACK_STORM_SEED"] ?? 1);
const hosts = kernels.filter(({ spec }) => spec.loadable === undefined).slice(0, 3);

test.each(hosts)(
  "a storm of runs on $name leaves what one clean restore puts in order, and no two held the lock at once",
  async (kernel) => {
    process.stdout.write(`storm of seed ${seed} on ${kernel.name}\n`);
    const host = new SimulatedHost(kernel.spec);
    const before = host.withoutAudit();
    const { outcomes, violations } = await storm(host, kernel, seed, Math.ceil(total / hosts.length));
    expect(violations).toBe("");
    // A run ends well, or waited too long for the others, or was killed, or met its like at work.
    const steps = outcomes.flatMap(({ status, stderr }) => (status === 0 ? [] : [parseFailure(stderr)?.step]));
    expect([...new Set(steps)].filter((step) => ![undefined, "lock", "watchdog"].includes(step))).toEqual([]);
    expect(outcomes.filter(({ status }) => status === 4)).toEqual([]);
    const restore = restoreCommand({ sudo: false, token: kernel.planned.token });
    const codes = codesOf(answerOf(host, restore));
    expect(codes.filter((code) => !["recovered", "token-missing"].includes(code))).toEqual([]);
    expect(host.withoutAudit()).toEqual(before);
    expect(host.files("var/lib/pulumi-conntrack")).toEqual([auditTrail]);
  },
  3_600_000,
);

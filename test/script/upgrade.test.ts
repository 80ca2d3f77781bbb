/** A host that 0.1.0 has tuned, or was tuning when it died: the script takes it over as its own. */
import { symlinkSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { applyCommand, restoreCommand } from "../../src/delivery/script/command-line";
import { parseFailure, parseReadBack } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { endOnly, kernels, stateOf, undisturbed, type Kernel } from "./fault-courses";
import { runWithEnding } from "./kill-anywhere";
import { releasedApply, releasedRestore, releasedScript } from "./released/command-line";
import { answerOf, codesOf } from "./script-run";
import { auditTrail, SimulatedHost, shells } from "./simulated-host";

const restoreOf = ({ planned: { token } }: Kernel): string => restoreCommand({ sudo: false, token });

/** What a host says of itself, whoever tunes it. */
const ofTheHost = /^(unloaded-by-firewall|not-loaded)/;
const codesOfTuning = (answer: ReturnType<typeof parseReadBack>): string[] =>
  codesOf(answer).filter((code) => !ofTheHost.test(code));

describe.each(kernels)("on $name", (kernel) => {
  const { spec, planned, changed } = kernel;
  /** As the kernel comes: with its module, unless a command loads it. */
  const tuned = (): SimulatedHost => {
    const host = new SimulatedHost(spec);
    expect(host.run(releasedScript, releasedApply(planned))).toMatchObject({ status: 0, stderr: "" });
    return host;
  };
  const originalsOf = (host: SimulatedHost): string => stateOf(host, { kernel, command: "apply" });

  describe.each(shells)("in %s", (shell) => {
    test("an apply takes over with the first originals, a second changes nothing, a restore gives them back", () => {
      const untouched = new SimulatedHost(spec);
      const host = tuned();
      expect(codesOfTuning(answerOf(host, applyCommand(planned), { shell }))).toEqual([]);
      expect(answerOf(host, applyCommand(planned), { shell })).toMatchObject({ changed: false });
      const answer = answerOf(host, restoreOf(kernel), { shell });
      expect(answer).toMatchObject({ status: "restored" });
      expect(codesOfTuning(answer)).toEqual([]);
      if (spec.loadable !== undefined) untouched.write(spec.loadable);
      expect(host.withoutAudit()).toEqual(untouched.withoutAudit());
      expect(host.files("var/lib/pulumi-conntrack")).toEqual([auditTrail]);
    });

    test("a change in between keeps them, and a restore without any apply gives them back as well", () => {
      const untouched = new SimulatedHost(spec);
      if (spec.loadable !== undefined) untouched.write(spec.loadable);
      const host = tuned();
      answerOf(host, applyCommand(changed), { shell });
      answerOf(host, restoreOf(kernel), { shell });
      expect(host.withoutAudit()).toEqual(untouched.withoutAudit());
      const other = tuned();
      answerOf(other, restoreOf(kernel), { shell });
      expect(other.withoutAudit()).toEqual(untouched.withoutAudit());
    });

    test("a run of 0.1.0 that died at any of its moves is put back", async () => {
      const whole = await runWithEnding(
        new SimulatedHost(spec),
        releasedScript,
        releasedApply(planned),
        undisturbed("dash"),
      );
      const moves = whole.steps.flatMap((step, index) =>
        /^mv .*(values|journal|conf|rules)$/.test(step) ? [index + 1] : [],
      );
      expect(moves.length).toBeGreaterThan(2);
      // The three shells take turns.
      for (const at of moves.filter((_, index) => index % shells.length === shells.indexOf(shell))) {
        const host = new SimulatedHost(spec);
        const before = originalsOf(host);
        await runWithEnding(host, releasedScript, releasedApply(planned), { shell, ending: "group", at });
        const answer = answerOf(host, endOnly, { shell });
        expect([at, originalsOf(host)]).toEqual([at, before]);
        if (host.read(auditTrail) !== undefined) expect(codesOf(answer)).toContain("recovered");
        expect(host.files("var/lib/pulumi-conntrack")).toEqual(host.read(auditTrail) === undefined ? [] : [auditTrail]);
      }
    });

    test("0.1.0 refuses to touch what it has not written", () => {
      const host = new SimulatedHost(spec);
      answerOf(host, applyCommand(planned), { shell });
      const before = host.snapshot("");
      const refused = host.run(releasedScript, releasedApply(planned), { shell });
      expect({ status: refused.status, step: parseFailure(refused.stderr)?.step }).toEqual({
        status: 1,
        step: "journal",
      });
      expect(host.snapshot("")).toEqual(before);
      expect(host.run(releasedScript, releasedRestore(planned.token), { shell })).toMatchObject({ status: 0 });
      expect(host.snapshot("")).toEqual(before);
    });
  });
});

describe.each(shells)("in %s", (shell) => {
  const [kernel] = kernels;
  if (kernel === undefined) throw new Error("no kernel");
  const { spec, planned } = kernel;

  test("the two scripts wait for each other's lock", () => {
    const startTime =
      readFileSync("/proc/self/stat", "utf8")
        .replace(/^.*\) /, "")
        .split(" ")[19] ?? "";
    const host = new SimulatedHost(spec);
    host.write({ "var/lib/pulumi-conntrack/": "" });
    symlinkSync(
      `${process.pid} ${startTime} 11111111-2222-3333-4444-555555555555`,
      join(host.root, "var/lib/pulumi-conntrack/lock"),
    );
    for (const [script, command] of [
      [releasedScript, releasedApply(planned)],
      [hostScript, applyCommand(planned)],
    ] as const) {
      const { status, stderr } = host.run(script, command, { shell });
      expect({ status, step: parseFailure(stderr)?.step }).toEqual({ status: 1, step: "lock" });
    }
  });

  test("the two scripts at once leave one whole plan, whoever came first", async () => {
    const host = new SimulatedHost(spec);
    const how = { ...undisturbed(shell), prelude: "sleep() { command sleep 0.25; }\n" };
    const [old, now] = await Promise.all([
      runWithEnding(host, releasedScript, releasedApply(planned), how),
      runWithEnding(host, hostScript, applyCommand(planned), how),
    ]);
    // The older one may not follow the newer one.
    expect([0, 1]).toContain(old.status);
    expect(now.status).toBe(0);
    expect(answerOf(host, applyCommand(planned), { shell })).toMatchObject({ changed: false });
    expect(host.live("max")).toBe(planned.settings.max);
  });
});

/** Our mark without a journal is a damaged journal: what it held is lost, and what is found may be our own. */
import { applyCommand, restoreCommand } from "../../src/delivery/script/command-line";
import { hostScript } from "../../src/delivery/script/script";
import { grown } from "../support/planned-requests";
import { endOnly, kernels, undisturbed } from "./fault-courses";
import { runWithEnding } from "./kill-anywhere";
import { releasedApply, releasedScript } from "./released/command-line";
import { answerOf, codesOf } from "./script-run";
import { SimulatedHost, shells } from "./simulated-host";
import { modernModule } from "./simulated-kernels";

describe.each(kernels)("on $name", ({ spec, planned }) => {
  const restore = restoreCommand({ sudo: false, token: planned.token });
  const apply = applyCommand(planned);

  describe.each(shells)("in %s", (shell) => {
    test.each([
      ["this script", hostScript, apply],
      ["0.1.0", releasedScript, releasedApply(planned)],
    ])("a journal that is missing beside the files of %s is told by apply and restore", (_, script, command) => {
      const host = new SimulatedHost(spec);
      expect(host.run(script, command).status).toBe(0);
      host.delete("var/lib/pulumi-conntrack");
      const before = host.snapshot("");
      const untouched = answerOf(host, restore, { shell });
      expect(untouched).toMatchObject({ status: "untouched", changed: false });
      expect(codesOf(untouched)).toEqual(["journal-damaged"]);
      expect(host.snapshot("")).toEqual(before);
      expect(codesOf(answerOf(host, apply, { shell }))).toContain("journal-damaged");
      // Our own values are not taken for originals.
      const restored = codesOf(answerOf(host, restore, { shell }));
      expect(restored).toContain("restored-unknown:max");
      expect(host.live("max")).toBe(planned.settings.max);
      expect(Object.values(host.snapshot("etc")).join("")).not.toContain("pulumi-conntrack");
    });
  });
});

describe.each(shells)("in %s", (shell) => {
  test("a record that names a value which the kernel lacks since is put back as far as it exists, and that is said", async () => {
    const [spec, planned] = [modernModule, grown];
    const host = new SimulatedHost(spec);
    const apply = applyCommand(planned);
    const { steps } = await runWithEnding(new SimulatedHost(spec), hostScript, apply, undisturbed(shell));
    const before = host.live("max");
    await runWithEnding(host, hostScript, apply, { shell, ending: "group", at: steps.indexOf("write 20") + 2 });
    expect(host.live("max")).not.toBe(before);
    host.delete("proc/sys/net/netfilter/nf_conntrack_udp_timeout");
    const codes = codesOf(answerOf(host, endOnly, { shell }));
    expect(codes).toEqual(["recovered", "not-put-back:nf_conntrack_udp_timeout"]);
    expect([host.live("max"), host.live("nf_conntrack_tcp_timeout_established")]).toEqual([before, 432000]);
    expect(host.read("proc/sys/net/netfilter/nf_conntrack_udp_timeout")).toBeUndefined();
    expect(host.read("var/lib/pulumi-conntrack/transaction/values")).toBeUndefined();
  });
});

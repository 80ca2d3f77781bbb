/** Restore gives back what is still ours, and leaves everything else to whoever set it. */
import { applyCommand, restoreCommand } from "../../src/delivery/script/command-line";
import { parseReadBack } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { grown } from "../support/planned-requests";
import { auditTrail, SimulatedHost, shells, type HostSpec } from "./simulated-host";
import { modernModule, modernNotLoaded } from "./simulated-kernels";

const make = (spec: HostSpec): SimulatedHost => new SimulatedHost(spec);

const restore = restoreCommand({ sudo: false, token: grown.token });

describe.each(shells)("in %s", (shell) => {
  const run = (host: SimulatedHost, command: string) => host.run(hostScript, command, { shell });
  const mustApply = (host: SimulatedHost): void =>
    expect(run(host, applyCommand(grown))).toMatchObject({ status: 0, stderr: "" });

  describe("restore", () => {
    const warningsOf = (host: SimulatedHost, command: string) =>
      parseReadBack(run(host, command).stdout).warnings.map(({ code, detail }) => [code, detail]);

    test("a second time finds nothing of ours, and changes nothing", () => {
      const host = make(modernModule);
      mustApply(host);
      run(host, restore);
      const before = host.snapshot("");
      expect(warningsOf(host, restore)).toEqual([["token-missing", undefined]]);
      expect(host.snapshot("")).toEqual(before);
    });

    test("by a stale token leaves the host to whoever tuned it since", () => {
      const host = make(modernModule);
      mustApply(host);
      run(host, restore);
      expect(run(host, applyCommand({ ...grown, token: "project/stack/later" })).status).toBe(0);
      const before = host.snapshot("");
      expect(warningsOf(host, restore)).toEqual([["token-foreign", "project/stack/later"]]);
      expect(host.snapshot("")).toEqual(before);
    });

    test("leaves every value that someone changed since, max and buckets too, and names each", () => {
      const host = make(modernModule);
      mustApply(host);
      host.write({ "proc/sys/net/netfilter/nf_conntrack_max": 300000, [host.livePath("buckets")]: 300032 });
      expect(warningsOf(host, restore)).toEqual([
        ["changed-since", "buckets"],
        ["changed-since", "max"],
      ]);
      expect([host.live("max"), host.live("buckets")]).toEqual([300000, 300032]);
      expect(host.live("nf_conntrack_udp_timeout")).toBe(30);
    });

    test("leaves a key that left the plan and was changed since, with a warning", () => {
      const host = make(modernModule);
      mustApply(host);
      host.write({ "proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established": 7777 });
      const settings = { ...grown.settings, timeouts: { nf_conntrack_udp_timeout: 20 } };
      expect(warningsOf(host, applyCommand({ ...grown, settings }))).toEqual([
        ["changed-since", "nf_conntrack_tcp_timeout_established"],
      ]);
      expect(host.live("nf_conntrack_tcp_timeout_established")).toBe(7777);
    });

    test("takes the files away where the module is not loaded any more", () => {
      const host = make(modernNotLoaded);
      expect(run(host, applyCommand({ ...grown, loadModule: true })).status).toBe(0);
      host.unloadModule();
      expect(parseReadBack(run(host, restore).stdout)).toMatchObject({ status: "restored", warnings: [] });
      expect(host.files("etc", "var/lib/pulumi-conntrack")).toEqual([auditTrail]);
    });
  });
});

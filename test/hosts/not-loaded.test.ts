/** The host script where connection tracking is not loaded: it waits for the module, or loads it where the plan says so. */
import { startMachine, type Machine } from "../../lab/vm/machine";
import { readKernel } from "../../lab/vm/kernel-values";
import { applyCommand, type ApplyRequest } from "../../src/delivery/script/command-line";
import { scriptWith } from "./ended-run";
import * as host from "./tuned-machine";

/** No rule asks for connection tracking, so the module is not loaded at boot. */
const noFirewall = "flush ruleset\n";

describe("a host that has not loaded connection tracking", () => {
  let machine: Machine;
  let request: ApplyRequest;
  const loaded = async () => (await host.run(machine, "cat /proc/modules")).includes("nf_conntrack ");
  beforeAll(async () => {
    machine = await startMachine({ kernel: "amd64-6.1", memoryMiB: 512, firewallRules: noFirewall });
    request = await host.planFor(machine, { role: "nat" });
  }, 600_000);
  afterAll(() => machine.remove());

  describe("where the plan says to load it, but the files cannot be written", () => {
    const deeds = [
      { what: "nobody uses it yet", deed: ":", after: "is unloaded again" },
      {
        what: "a rule uses it by then",
        deed: `nft "add table t; add chain t c; add rule t c ct state new"`,
        after: "stays, with its own values",
      },
    ] as const;
    test.each(deeds)("the module $after when $what", async ({ deed }) => {
      const inUse = deed !== ":";
      const { begin, end } = host.readOnlyMount("/etc");
      await host.run(machine, begin);
      const script = scriptWith(deed, "max is set", request);
      const result = await machine.exec(applyCommand({ ...request, loadModule: true }), script);
      await host.run(machine, end);
      expect(host.failureOf(result)).toMatchObject({ step: "persist" });
      expect(await loaded()).toBe(inUse);
      expect(await host.ourFiles(machine)).toBe(host.auditTrail);
      if (inUse) {
        expect(Object.fromEntries(await readKernel(machine))).toEqual(await host.kernelDefaults(machine));
        await host.unload(machine);
      }
    });
  });

  test("is not made to load it: apply writes for the next load and says inactive", async () => {
    expect(await host.apply(machine, request)).toMatchObject({
      status: "inactive",
      changed: true,
      presence: "notLoaded",
    });
    expect(await loaded()).toBe(false);
  });

  test("still has not loaded it after a reboot", async () => {
    await machine.reboot();
    expect(await loaded()).toBe(false);
  });

  test("has the planned values as soon as something loads it", async () => {
    await host.run(machine, "modprobe nf_conntrack && udevadm settle");
    expect(Object.fromEntries(await readKernel(machine))).toMatchObject(host.asKernelValues(request));
  });

  test("loads it where the plan says so, now and at every boot", async () => {
    await host.run(machine, "modprobe -r nf_conntrack");
    expect(await host.apply(machine, { ...request, loadModule: true })).toMatchObject({
      status: "active",
      changed: true,
    });
    expect(Object.fromEntries(await readKernel(machine))).toMatchObject(host.asKernelValues(request));
    await machine.reboot();
    expect(Object.fromEntries(await readKernel(machine))).toMatchObject(host.asKernelValues(request));
  });
});

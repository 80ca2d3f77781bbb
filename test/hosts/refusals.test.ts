/** What the host script does on a real host that is not as planned: it refuses before it writes, or waits for the module. */
import { startMachine, type Machine } from "../../lab/vm/machine";
import { readKernel } from "../../lab/vm/kernel-values";
import { applyCommand, type ApplyRequest } from "../../src/host/command-line";
import { parseFailure } from "../../src/host/read-back";
import { hostScript } from "../../src/host/script";
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

describe("a host that contradicts the plan", () => {
  let machine: Machine;
  let request: ApplyRequest;
  let before: ReadonlyMap<string, string>;
  beforeAll(async () => {
    machine = await startMachine({ kernel: "amd64-6.1", memoryMiB: 512 });
    request = await host.planFor(machine, {});
    before = await readKernel(machine);
  }, 600_000);
  afterEach(async () => {
    expect(await readKernel(machine)).toEqual(before);
    expect(await host.ourFiles(machine)).toBe("");
  });
  afterAll(() => machine.remove());

  test("is left alone where it has less RAM than declared", async () => {
    const declared = request.memTotalKiB * 2;
    const least = String(Math.ceil(declared * 0.9));
    expect(await host.refusalOf(machine, { ...request, memTotalKiB: declared })).toMatchObject({
      step: "look",
      cause: expect.stringContaining(least) as string,
    });
  });

  test("is left alone where the table would take more than a quarter of the free memory", async () => {
    const memory = { ...request.memory, tableBytes: 256 * 1024 * 1024 };
    expect(await host.refusalOf(machine, { ...request, memory })).toMatchObject({ step: "look" });
  });

  test("is left alone where max would shrink and nobody allowed it", async () => {
    const settings = { ...request.settings, max: 1024 };
    expect(await host.refusalOf(machine, { ...request, settings })).toMatchObject({
      step: "look",
      remedy: expect.stringContaining("allowShrink") as string,
    });
  });

  test("is left alone from a network namespace that is not the initial one", async () => {
    const { code, stderr } = await machine.exec(`unshare -n ${applyCommand(request)}`, hostScript);
    expect(code).not.toBe(0);
    expect(parseFailure(stderr)).toMatchObject({ step: "look", cause: "not the initial network namespace" });
  });

  test("is put back whole when the kernel refuses one of the values", async () => {
    const timeouts = { ...request.settings.timeouts, nf_conntrack_udp_timeout: 2147483647 };
    const failure = await host.refusalOf(machine, { ...request, settings: { ...request.settings, timeouts } });
    expect(failure).toMatchObject({ step: "set" });
  });
});

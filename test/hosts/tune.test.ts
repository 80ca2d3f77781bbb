/** The host script on real kernels: apply, reboot, restore. One kernel before 5.15 and one after. */
import { startMachine, type Machine } from "../../lab/vm/machine";
import { readKernel } from "../../lab/vm/kernel-values";
import type { ApplyRequest } from "../../src/host/command-line";
import * as host from "./tuned-machine";

const bootSeconds = 600;

describe.each(["amd64-5.10", "amd64-6.1"] as const)("on kernel %s", (kernel) => {
  let machine: Machine;
  let request: ApplyRequest;
  let before: Readonly<Record<string, string>>;
  const values = async () => Object.fromEntries(await readKernel(machine));
  const tuned = () => ({ ...before, ...host.asKernelValues(request) });

  beforeAll(async () => {
    machine = await startMachine({ kernel, memoryMiB: 512 });
    request = await host.planFor(machine, { role: "nat" });
    before = await values();
  }, bootSeconds * 1000);
  afterAll(() => machine.remove());

  test("apply sets what was planned, and the kernel reads it back", async () => {
    const answer = await host.apply(machine, request);
    expect(answer).toMatchObject({
      status: "active",
      changed: true,
      presence: "module",
      settings: { max: request.settings.max },
    });
    expect(await values()).toEqual(tuned());
    expect(await values()).not.toEqual(before);
  });

  test("a second apply changes nothing", async () => {
    expect(await host.apply(machine, request)).toMatchObject({ status: "active", changed: false });
  });

  test("verify finds no difference, live or persisted", async () => {
    expect(await host.verify(machine, request)).toMatchObject({ status: "active", drift: [] });
  });

  test("the settings survive a reboot, though the firewall loads the module after sysctl.d was read", async () => {
    await machine.reboot();
    expect(await values()).toEqual(tuned());
    expect(await host.verify(machine, request)).toMatchObject({ drift: [] });
  });

  test("the settings come back when the module is unloaded and loaded again", async () => {
    await host.unload(machine);
    expect(await host.verify(machine, request)).toMatchObject({ status: "inactive" });
    await host.loadByFirewall(machine);
    expect(await values()).toEqual(tuned());
  });

  test("the settings survive a power cut right after apply", async () => {
    const timeouts = { ...request.settings.timeouts, nf_conntrack_udp_timeout: 45 };
    request = { ...request, settings: { ...request.settings, timeouts } };
    await host.apply(machine, request);
    await machine.powerCut();
    await machine.powerOn();
    expect(await values()).toEqual(tuned());
  });

  test("restore puts every value back and leaves no file of ours", async () => {
    expect(await host.restore(machine)).toMatchObject({ status: "restored", changed: true });
    expect(await values()).toEqual(before);
    expect(await host.ourFiles(machine)).toBe("");
  });

  test("after restore a reboot brings the kernel's own values", async () => {
    await machine.reboot();
    expect(await values()).toEqual(before);
  });
});

/** A host that 0.1.0 of this package tuned, taken over by this one on a real kernel. */
import { startMachine, type Machine } from "../../lab/vm/machine";
import { readKernel } from "../../lab/vm/kernel-values";
import type { ApplyRequest } from "../../src/delivery/script/command-line";
import { applyCommand010, restoreCommand010, script010 } from "../support/release-0.1.0";
import * as host from "./tuned-machine";

describe("a host that was tuned by 0.1.0", () => {
  let machine: Machine;
  let before: Readonly<Record<string, string>>;
  let old: ApplyRequest;
  let wanted: ApplyRequest;
  const values = async () => Object.fromEntries(await readKernel(machine));
  const journal = () => host.run(machine, "cat /var/lib/pulumi-conntrack/journal");

  beforeAll(async () => {
    machine = await startMachine({ kernel: "amd64-6.12", memoryMiB: 512 });
    before = await values();
    old = await host.planFor(machine, { role: "nat" });
    const settings = { max: 20_000, timeouts: { nf_conntrack_udp_timeout: 45 } };
    wanted = await host.planFor(machine, { role: "host", settings });
  }, 600_000);
  afterAll(() => machine.remove());

  test("has the values of its plan and a journal of that time", async () => {
    expect(await machine.exec(applyCommand010(old), script010)).toMatchObject({ code: 0 });
    expect(await values()).toEqual({ ...before, ...host.asKernelValues(old) });
    expect(await journal()).toMatch(`${old.token} nf_conntrack `);
  });

  test("takes a new plan from the new script: what left the plan goes back to the kernel's own values", async () => {
    expect(old.settings.timeouts).toHaveProperty("nf_conntrack_icmp_timeout");
    expect(wanted.settings.timeouts).not.toHaveProperty("nf_conntrack_icmp_timeout");
    expect(await host.apply(machine, wanted)).toMatchObject({ status: "active", changed: true, warnings: [] });
    expect(await values()).toEqual({ ...before, ...host.asKernelValues(wanted) });
    expect(await host.apply(machine, wanted)).toMatchObject({ changed: false, warnings: [] });
  });

  test("keeps them over a reboot", async () => {
    await machine.reboot();
    expect(await values()).toEqual({ ...before, ...host.asKernelValues(wanted) });
    expect(await host.verify(machine, wanted)).toMatchObject({ drift: [] });
  });

  test("is left alone by the old script's restore, which finds somebody else's journal", async () => {
    const taken = await host.ownContents(machine);
    const { code, stdout } = await machine.exec(restoreCommand010(old), script010);
    expect(code).toBe(0);
    expect(stdout).toContain('"token-foreign:2:');
    expect(await values()).toEqual({ ...before, ...host.asKernelValues(wanted) });
    expect(await host.ownContents(machine)).toBe(taken);
  });

  test("gets the kernel's own values back by restore, and nothing stays but the audit trail", async () => {
    expect(await host.restore(machine)).toMatchObject({ status: "restored", changed: true, warnings: [] });
    expect(await values()).toEqual(before);
    expect(await host.ourFiles(machine)).toBe(host.auditTrail);
    await machine.reboot();
    expect(await values()).toEqual(before);
  });
});

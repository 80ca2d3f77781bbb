/** The whole life of a tuned host on real kernels: apply, change, kill, repair, power cut, boot, restore. */
import type { KernelId } from "../../lab/vm/kernels";
import { startMachine, type Machine } from "../../lab/vm/machine";
import { readKernel } from "../../lab/vm/kernel-values";
import type { ApplyRequest } from "../../src/delivery/script/command-line";
import { applyWithPowerCut, killedApply, type Place } from "./ended-run";
import * as host from "./tuned-machine";

/** What the watchdog says when it has undone the run of a shell that was killed. */
const watchdogUndid = /^watchdog: the run was killed.*all was put back.*: run it again\n$/;

interface Road {
  readonly kernel: KernelId;
  /** Where a run is killed. */
  readonly killed: Place;
  /** Where another loses the power, and what the boot brings then. */
  readonly cut: Place;
  readonly bootBrings: "before" | "planned";
  /** Boots once more after restore. */
  readonly bootsAtEnd?: true;
}

/** Three architectures, one kernel before 5.15 and three after; together they meet the parts of a run. */
const roads: readonly Road[] = [
  { kernel: "amd64-5.10", killed: "max is set", cut: "modprobe.d is written", bootBrings: "planned", bootsAtEnd: true },
  { kernel: "i386-6.1", killed: "sysctl.d is written", cut: "the transaction ends", bootBrings: "planned" },
  { kernel: "arm64-6.1", killed: "modprobe.d is written", cut: "max is set", bootBrings: "before" },
  { kernel: "amd64-6.12", killed: "the transaction ends", cut: "sysctl.d is written", bootBrings: "before" },
];

const minutes = 60_000;

describe.each(roads)("on kernel $kernel", ({ kernel, killed, cut, bootBrings, bootsAtEnd }) => {
  let machine: Machine;
  let before: Readonly<Record<string, string>>;
  let first: ApplyRequest;
  let second: ApplyRequest;
  let third: ApplyRequest;
  const values = async () => Object.fromEntries(await readKernel(machine));
  const tuned = (request: ApplyRequest) => ({ ...before, ...host.asKernelValues(request) });
  /** The short names of the script's answer, of the keys in it. */
  const asPrevious = (request: ApplyRequest) => ({
    max: request.settings.max,
    buckets: request.settings.buckets,
    ...request.settings.timeouts,
  });
  const ownFolder = () => host.run(machine, "find /var/lib/pulumi-conntrack -not -type d | sort");
  const journalAndAudit = "/var/lib/pulumi-conntrack/audit\n/var/lib/pulumi-conntrack/journal\n";

  beforeAll(async () => {
    machine = await startMachine({ kernel, memoryMiB: 512 });
    first = await host.planFor(machine, { role: "nat" });
    second = await host.planFor(machine, {
      role: "host",
      settings: { max: 20_000, timeouts: { nf_conntrack_udp_timeout: 45 } },
    });
    third = await host.planFor(machine, { role: "host", settings: { max: 24_000 } });
    before = await values();
  }, 10 * minutes);
  afterAll(() => machine.remove());

  test("has at first what the kernel rules tell from its MemTotal, release and architecture", async () => {
    expect(before).toEqual(await host.kernelDefaults(machine));
  });

  test("apply sets what was planned, and the kernel reads it back", async () => {
    expect(await host.apply(machine, first)).toMatchObject({
      status: "active",
      changed: true,
      presence: "module",
      settings: asPrevious(first),
    });
    expect(await values()).toEqual(tuned(first));
    expect(await values()).not.toEqual(before);
  });

  test("a second apply changes nothing", async () => {
    expect(await host.apply(machine, first)).toMatchObject({ status: "active", changed: false });
  });

  test("a change sets the new values, and a key that left the plan returns to its original", async () => {
    expect(first.settings.timeouts).toHaveProperty("nf_conntrack_icmp_timeout");
    expect(second.settings.timeouts).not.toHaveProperty("nf_conntrack_icmp_timeout");
    expect(await host.apply(machine, second)).toMatchObject({ status: "active", changed: true });
    expect(await values()).toEqual(tuned(second));
  });

  test(`a run whose shell is killed before ${killed} is undone by its watchdog`, async () => {
    const files = await host.ownContents(machine);
    expect(await killedApply(machine, third, killed, "shell")).toEqual({
      stdout: "",
      stderr: expect.stringMatching(watchdogUndid) as string,
    });
    expect(await values()).toEqual(tuned(second));
    expect(await host.ownContents(machine)).toBe(files);
  });

  test(`a run killed with its watchdog before ${killed} is undone by the next one, which then finishes`, async () => {
    expect(await killedApply(machine, third, killed, "shell and watchdog")).toEqual({ stdout: "", stderr: "" });
    expect(await ownFolder()).toContain("transaction/values");
    expect(await host.apply(machine, third)).toMatchObject({
      status: "active",
      changed: true,
      previous: asPrevious(second),
      warnings: [{ code: "recovered" }],
    });
    expect(await values()).toEqual(tuned(third));
    expect(await ownFolder()).toBe(journalAndAudit);
  });

  test(
    `a power cut before ${cut} leaves a host that boots as ${bootBrings}, and the next run finishes`,
    async () => {
      await applyWithPowerCut(machine, second, cut);
      expect(await values()).toEqual(tuned(bootBrings === "before" ? third : second));
      expect(await host.apply(machine, second)).toMatchObject({ status: "active", warnings: [{ code: "recovered" }] });
      expect(await values()).toEqual(tuned(second));
      expect(await ownFolder()).toBe(journalAndAudit);
    },
    10 * minutes,
  );

  test(
    "a power cut right after apply loses nothing, though the firewall loads the module after sysctl.d was read",
    async () => {
      await machine.powerCut();
      await machine.powerOn();
      expect(await values()).toEqual(tuned(second));
      expect(await host.verify(machine, second)).toMatchObject({ status: "active", drift: [] });
    },
    10 * minutes,
  );

  test("the settings come back when the module is unloaded and loaded again", async () => {
    await host.unload(machine);
    expect(await host.verify(machine, second)).toMatchObject({ status: "inactive" });
    await host.loadByFirewall(machine);
    expect(await values()).toEqual(tuned(second));
  });

  test("restore puts every value back and leaves nothing of ours but the audit trail", async () => {
    expect(await host.restore(machine)).toMatchObject({ status: "restored", changed: true });
    expect(await values()).toEqual(before);
    expect(await host.ourFiles(machine)).toBe(host.auditTrail);
  });

  const brings = bootsAtEnd ? "reboot" : "load of the module";
  test(
    `after restore the next ${brings} brings the kernel's own values`,
    async () => {
      if (bootsAtEnd) await machine.reboot();
      else await host.unload(machine).then(() => host.loadByFirewall(machine));
      expect(await values()).toEqual(before);
    },
    10 * minutes,
  );
});

/** What the host script does on a real host that is not as planned, or in trouble: all stays or is put back, and it says why. */
import { startMachine, type Machine } from "../../lab/vm/machine";
import { readKernel } from "../../lab/vm/kernel-values";
import { applyCommand, type ApplyRequest } from "../../src/delivery/script/command-line";
import type { HostFailure } from "../../src/delivery/answer/parse";
import { hostScript } from "../../src/delivery/script/script";
import { hangingApply } from "./ended-run";
import * as host from "./tuned-machine";

let machine: Machine;
let before: Readonly<Record<string, string>>;
const values = async () => Object.fromEntries(await readKernel(machine));
const state = async () => ({ values: await values(), files: await host.ownContents(machine) });
const run = (command: string) => host.run(machine, command);

beforeAll(async () => {
  machine = await startMachine({ kernel: "amd64-6.1", memoryMiB: 512 });
  before = await values();
}, 600_000);
afterAll(() => machine.remove());

/** Plans that differ from each other and from what the host has: all runs below have something to write. */
let plans: { readonly wanted: ApplyRequest; readonly other: ApplyRequest };
beforeAll(async () => {
  const settings = { max: 20_000, timeouts: { nf_conntrack_udp_timeout: 45 } };
  plans = { wanted: await host.planFor(machine, {}), other: await host.planFor(machine, { settings }) };
});

describe("a host that contradicts the plan", () => {
  afterEach(async () => {
    expect(await values()).toEqual(before);
    expect(await host.ourFiles(machine)).toBe("");
  });

  test("is left alone where it has less RAM than declared", async () => {
    const declared = plans.wanted.memTotalKiB * 2;
    const least = String(Math.ceil(declared * 0.9));
    expect(await host.refusalOf(machine, { ...plans.wanted, memTotalKiB: declared })).toMatchObject({
      step: "look",
      cause: expect.stringContaining(least) as string,
    });
  });

  test("is left alone where the table would take more than a quarter of the free memory", async () => {
    const memory = { ...plans.wanted.memory, tableBytes: 256 * 1024 * 1024 };
    expect(await host.refusalOf(machine, { ...plans.wanted, memory })).toMatchObject({ step: "look" });
  });

  test("is left alone where max would shrink and nobody allowed it", async () => {
    const settings = { ...plans.wanted.settings, max: 1024 };
    expect(await host.refusalOf(machine, { ...plans.wanted, settings })).toMatchObject({
      step: "look",
      remedy: expect.stringContaining("allowShrink") as string,
    });
  });

  test("is left alone from a network namespace that is not the initial one", async () => {
    const result = await machine.exec(`unshare -n ${applyCommand(plans.wanted)}`, hostScript);
    expect(host.failureOf(result)).toMatchObject({ step: "look", cause: "not the initial network namespace" });
  });
});

test("a host whose kernel refuses one of the values is put back whole", async () => {
  const timeouts = { ...plans.wanted.settings.timeouts, nf_conntrack_udp_timeout: 2147483647 };
  const settings = { ...plans.wanted.settings, timeouts };
  expect(await host.refusalOf(machine, { ...plans.wanted, settings })).toMatchObject({
    step: "set",
    cause: "nf_conntrack_udp_timeout stays 30 instead of 2147483647",
  });
  expect(await values()).toEqual(before);
  expect(await host.ourFiles(machine)).toBe(host.auditTrail);
  await run("rm -r /var/lib/pulumi-conntrack");
});

/** Writes until nothing more fits, in blocks that get smaller. */
const fill = (folder: string): string =>
  `for size in 64k 4k 1k; do dd if=/dev/zero of=${folder}/filler-$size bs=$size; done 2>/dev/null; true`;
const fullDisk = { begin: fill("/var"), end: "rm /var/filler-*" };

test("a first apply on a full disk changes nothing and says that there is no room; with room the next one succeeds", async () => {
  await run(fullDisk.begin);
  expect(await host.refusalOf(machine, plans.wanted)).toEqual({
    step: "lock",
    cause: "/var/lib/pulumi-conntrack cannot be locked",
    remedy: "wait, be root, make room or remove it",
  });
  await run(fullDisk.end);
  expect(await state()).toEqual({ values: before, files: "" });
  expect(await host.apply(machine, plans.wanted)).toMatchObject({ status: "active", changed: true, warnings: [] });
});

interface Fault {
  readonly name: string;
  readonly begin: string;
  readonly end: string;
  readonly failure: HostFailure;
  /** Where removing our files is no way to meet the fault. */
  readonly leavesRestoreAlone?: true;
}

const cannotBeChanged = (name: string): HostFailure => ({
  step: "persist",
  cause: `/etc/${name} cannot be changed`,
  remedy: "make it writable",
});

const faults: readonly Fault[] = [
  {
    name: "a full disk",
    ...fullDisk,
    failure: { step: "journal", cause: "/var/lib/pulumi-conntrack cannot be written", remedy: "make room" },
  },
  {
    name: "no room for the last of the files",
    // A file system of two blocks in that place: one has the file as it is, the other something else.
    begin: `mkdir -p /run/full && mount -t tmpfs -o size=8k full /run/full && cp /etc/modprobe.d/* /run/full && mount --bind /run/full /etc/modprobe.d; ${fill("/run/full")}`,
    end: "umount /etc/modprobe.d && umount /run/full",
    failure: cannotBeChanged("modprobe.d/zz-pulumi-conntrack.conf"),
    leavesRestoreAlone: true,
  },
  {
    name: "a read-only /etc",
    ...host.readOnlyMount("/etc"),
    failure: cannotBeChanged("sysctl.d/zz-pulumi-conntrack.conf"),
  },
  {
    name: "a read-only /proc/sys, as containers have it",
    ...host.readOnlyMount("/proc/sys"),
    failure: {
      step: "set",
      cause: expect.stringMatching(/^\w+ stays \d+ instead of \d+$/) as string,
      remedy: "see dmesg, is it writable?",
    },
  },
];

describe("on a tuned host", () => {
  /** Goes from one plan to the other and back, so that each change has all to do. */
  const swap = (): void => {
    plans = { wanted: plans.other, other: plans.wanted };
  };

  test.each(faults)(
    "$name fails a change with step, cause and remedy; all is put back, and without it the change succeeds",
    async ({ begin, end, failure, leavesRestoreAlone }) => {
      const tuned = await state();
      await run(begin);
      const change = await host.refusalOf(machine, plans.other);
      const restore = leavesRestoreAlone ? undefined : await host.refusalOfRestore(machine);
      await run(end);
      expect(change).toEqual(failure);
      if (!leavesRestoreAlone) expect(restore?.step).toBe(failure.step);
      expect(await state()).toEqual(tuned);
      expect(await host.apply(machine, plans.other)).toMatchObject({ status: "active", changed: true, warnings: [] });
      expect(await values()).toEqual({ ...before, ...host.asKernelValues(plans.other) });
      swap();
    },
  );

  test("a read-only /sys is no fault: this kernel takes its buckets by sysctl as well", async () => {
    const { begin, end } = host.readOnlyMount("/sys");
    await run(begin);
    const answer = await host.apply(machine, plans.other);
    await run(end);
    expect(answer).toMatchObject({ status: "active", settings: { buckets: plans.other.settings.buckets } });
    swap();
  });

  test("a clock that jumps decades back and forth between runs changes nothing about them", async () => {
    for (const year of [2001, 2037]) {
      await run(`date -s "${year}-01-01 00:00"`);
      expect(await host.apply(machine, plans.other)).toMatchObject({ status: "active", changed: true, warnings: [] });
      expect(await host.verify(machine, plans.other)).toMatchObject({ drift: [] });
      swap();
    }
  });

  test("a clock that jumps during a run neither frees its lock nor moves its time limit; the run that waits then succeeds", async () => {
    const limitSeconds = 8;
    const { end } = await hangingApply(machine, { ...plans.other, limitSeconds }, "sysctl.d is written");
    await run('date -s "2001-01-01 00:00"');
    const next = host.apply(machine, { ...plans.other, allowShrink: true });
    await run('date -s "2037-01-01 00:00"');
    const result = await end;
    expect(result).not.toBeInstanceOf(Error);
    expect(host.failureOf(result as Exclude<typeof result, Error>)).toMatchObject({
      step: "time",
      remedy: expect.stringContaining("limitSeconds") as string,
    });
    // Not "recovered": what the first had begun, it had put back itself.
    expect(await next).toMatchObject({ status: "active", changed: true, warnings: [] });
    swap();
  });

  test("two runs at once end one after the other, and the last one's plan is whole", async () => {
    const answers = await Promise.all([host.apply(machine, plans.wanted), host.apply(machine, plans.other)]);
    expect(answers).toMatchObject([
      { status: "active", warnings: [] },
      { status: "active", warnings: [] },
    ]);
    const drifts = [await host.verify(machine, plans.wanted), await host.verify(machine, plans.other)];
    expect(drifts.map(({ drift }) => drift.length === 0).sort()).toEqual([false, true]);
  });

  test("after all that restore puts the kernel's own values back and leaves nothing of ours but the audit trail", async () => {
    expect(await host.restore(machine)).toMatchObject({ status: "restored", changed: true, warnings: [] });
    expect(await state()).toEqual({ values: before, files: "" });
    expect(await host.ourFiles(machine)).toBe(host.auditTrail);
  });
});

/** What real kernels do by themselves, against what src/kernel says they do. */
import { startMachine, type Machine } from "../../lab/vm/machine";
import type { KernelId } from "../../lab/vm/kernels";
import { readKernel } from "../../lab/vm/kernel-values";
import { reportOf } from "../support/probe";
import { kernelDefaults } from "./tuned-machine";

/**
 * Each kernel with the RAM of its guest: below 1 GiB the table follows RAM, above it takes a step. tune.test.ts asks
 * the same of the other kernels and architectures, on the machines that it has.
 */
const cases: readonly { readonly kernel: KernelId; readonly memoryMiB: number }[] = [
  { kernel: "amd64-5.10", memoryMiB: 1280 },
  { kernel: "amd64-6.1", memoryMiB: 512 },
  { kernel: "amd64-6.1", memoryMiB: 1280 },
  { kernel: "amd64-newest", memoryMiB: 96 },
];

describe.each(cases)("kernel $kernel with $memoryMiB MiB", (options) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await startMachine(options);
  }, 600_000);
  afterAll(() => machine.remove());

  test("has the table and the timeouts that the kernel rules tell from its MemTotal, release and architecture", async () => {
    expect(Object.fromEntries(await readKernel(machine))).toEqual(await kernelDefaults(machine));
  });

  test("presents the facts by which it is planned", async () => {
    const report = await reportOf(machine);
    expect(report.kernel).toBe(machine.release);
    const memTotal = await machine.exec("grep -o 'MemTotal: *[0-9]*' /proc/meminfo | tr -dc 0-9");
    expect(report.memTotalKiB).toBe(Number(memTotal.stdout));
  });
});

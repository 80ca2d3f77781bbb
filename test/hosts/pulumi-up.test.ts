/** The whole road: the program of the root Pulumi.yaml through the real engine against a real kernel. */
import { startMachine, type Machine } from "../../lab/vm/machine";
import { readKernel } from "../../lab/vm/kernel-values";
import { everythingWritten, type CliStack, type PulumiRun } from "../support/engine";
import { createMachineStack } from "./machine-stack";
import { auditTrail, ourFiles } from "./tuned-machine";

/** More than the kernel takes by itself with 512 MiB (4,096). */
const max = 20_000;

describe("on kernel 6.1", () => {
  let machine: Machine;
  let stack: CliStack;
  let before: Readonly<Record<string, string>>;
  const printed: string[] = [];
  const values = async () => Object.fromEntries(await readKernel(machine));
  const succeed = async (running: Promise<PulumiRun>): Promise<void> => {
    const { code, stdout, stderr } = await running;
    printed.push(stdout, stderr);
    if (code !== 0) throw new Error(stdout + stderr);
  };
  let tuned: Readonly<Record<string, string>>;

  beforeAll(async () => {
    machine = await startMachine({ kernel: "amd64-6.1", memoryMiB: 512 });
    stack = await createMachineStack(machine, { max });
    before = await values();
  }, 900_000);
  afterAll(async () => {
    stack.remove();
    await machine.remove();
  });

  test("preview changes nothing on the host", async () => {
    await succeed(stack.preview());
    expect(await values()).toEqual(before);
    expect(await ourFiles(machine)).toBe("");
  });

  test("up tunes the kernel", async () => {
    await succeed(stack.up());
    tuned = await values();
    expect(tuned).toMatchObject({ nf_conntrack_max: String(max), nf_conntrack_tcp_timeout_established: "86400" });
    expect(before).not.toEqual(tuned);
  });

  test("a second up has nothing to change", async () => {
    await succeed(stack.up("--expect-no-changes"));
    expect(await values()).toEqual(tuned);
  });

  test("after a reboot the settings are still live, and there is nothing to change", async () => {
    await machine.reboot();
    expect(await values()).toEqual(tuned);
    await succeed(stack.up("--expect-no-changes"));
  });

  test("destroy puts the old values back and leaves nothing of ours but the audit trail", async () => {
    await succeed(stack.destroy());
    expect(await values()).toEqual(before);
    expect(await ourFiles(machine)).toBe(auditTrail);
  });

  test("the private key is in no state, history or output", () => {
    const secret = machine.privateKey.split("\n").slice(1, 3);
    const everything = everythingWritten(stack.folder) + printed.join("\n");
    for (const line of secret) expect(everything).not.toContain(line);
  });
});

/** The whole road: the program of the root Pulumi.yaml through the real engine against real kernels. */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import { startMachine, type Machine } from "../../lab/vm/machine";
import { readKernel } from "../../lab/vm/kernel-values";
import { probeHost } from "../../src/probe/probe-host";
import { createCliStack, everythingWritten, type CliStack, type PulumiRun } from "../support/engine";
import { ourFiles } from "./tuned-machine";

const repositoryRoot = path.resolve(__dirname, "../..");

/** More than either kernel takes by itself with 512 MiB (16,384 and 4,096). */
const max = 20_000;

describe.each(["amd64-5.10", "amd64-6.1"] as const)("on kernel %s", (kernel) => {
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
    machine = await startMachine({ kernel, memoryMiB: 512 });
    stack = await createCliStack({ project: repositoryRoot });
    const { report } = await probeHost(machine);
    const { host, port, hostKey, privateKeyFile } = machine;
    const facts = {
      memoryMiB: Math.ceil(report.memTotalKiB / 1024),
      arch: report.arch,
      kernel: report.kernel,
      unameVersion: report.unameVersion,
    };
    const inventory = path.join(stack.folder, "hosts.yaml");
    const gateway = { connection: { host, port, hostKey, privateKeyFile }, facts, role: "nat", settings: { max } };
    fs.writeFileSync(inventory, YAML.stringify({ hosts: { gateway } }));
    stack.configure({ "pulumi-conntrack:inventory": inventory });
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

  test("destroy puts the old values back and leaves no file of ours", async () => {
    await succeed(stack.destroy());
    expect(await values()).toEqual(before);
    expect(await ourFiles(machine)).toBe("");
  });

  test("the private key is in no state, history or output", () => {
    const secret = machine.privateKey.split("\n").slice(1, 3);
    const everything = everythingWritten(stack.folder) + printed.join("\n");
    for (const line of secret) expect(everything).not.toContain(line);
  });
});

/** A Pulumi stack of the root program whose one host is a test machine. */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import type { Machine } from "../../lab/vm/machine";
import type { Connection } from "../../src/delivery/ssh/connection";
import { reportOf } from "../support/probe";
import { createCliStack, type CliStack } from "../support/engine";

const repositoryRoot = path.resolve(__dirname, "../..");

/**
 * Makes a stack that would tune the machine, from an inventory as a person writes it.
 * @param login as whom the host is reached; root unless given
 * @param max what its table shall hold
 */
export const createMachineStack = async (
  machine: Machine,
  { max, login }: { readonly max: number; readonly login?: Pick<Connection, "user" | "sudo"> },
): Promise<CliStack> => {
  const report = await reportOf(machine);
  const { host, port, hostKey, privateKeyFile } = machine;
  const facts = {
    memoryMiB: Math.ceil(report.memTotalKiB / 1024),
    arch: report.arch,
    kernel: report.kernel,
    unameVersion: report.unameVersion,
  };
  const stack = await createCliStack({ project: repositoryRoot });
  const inventory = path.join(stack.folder, "hosts.yaml");
  const connection = { host, port, hostKey, privateKeyFile, ...login };
  fs.writeFileSync(
    inventory,
    YAML.stringify({ hosts: { gateway: { connection, facts, role: "nat", settings: { max } } } }),
  );
  stack.configure({ "pulumi-conntrack:inventory": inventory });
  return stack;
};

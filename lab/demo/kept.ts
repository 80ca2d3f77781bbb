import fs from "node:fs";
import path from "node:path";
import type { CliStack } from "../engine/cli-stack";
import type { Machine } from "../vm/machine";

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** How to go on with a machine and a stack that were left, and how to remove them. */
export const explainKept = (machine: Machine, stack: CliStack, project: string): string => {
  const environmentFile = path.join(stack.folder, "environment.sh");
  const changed = Object.entries(stack.environment).filter(([name, value]) => process.env[name] !== value);
  fs.writeFileSync(environmentFile, changed.map(([name, value]) => `export ${name}=${quoted(value)}\n`).join(""));
  const knownHosts = `-o UserKnownHostsFile=${path.join(stack.folder, "known_hosts")}`;
  const configured = `--stack demo --config-file ${stack.configFile}`;
  return [
    "Connect to the host:",
    `  ssh -i ${machine.privateKeyFile} ${knownHosts} -p ${machine.port} ${machine.user}@${machine.host}`,
    `Change the fleet in ${path.join(stack.folder, "hosts.yaml")}, then:`,
    `  cd ${project} && . ${environmentFile}`,
    `  pulumi up ${configured}`,
    `  pulumi destroy ${configured}`,
    "Remove everything:",
    `  kill ${machine.pid()}; rm -rf ${machine.folder} ${stack.folder}`,
  ].join("\n");
};

import fs from "node:fs";
import path from "node:path";
import type { CliStack } from "../engine/cli-stack";
import type { RunningHost } from "./hosts";

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A command in lines that a shell takes as one. */
const command = (...parts: readonly string[]): string => parts.map((part) => `  ${part}`).join(" \\\n  ");

/** How to go on with machines and a stack that were left, and how to remove them. */
export const explainKept = (hosts: readonly RunningHost[], stack: CliStack, project: string): string => {
  const environmentFile = path.join(stack.folder, "environment.sh");
  const changed = Object.entries(stack.environment).filter(([name, value]) => process.env[name] !== value);
  fs.writeFileSync(environmentFile, changed.map(([name, value]) => `export ${name}=${quoted(value)}\n`).join(""));
  const knownHosts = `-o UserKnownHostsFile=${path.join(stack.folder, "known_hosts")}`;
  const configured = `--config-file ${stack.configFile}`;
  const machines = hosts.map(({ machine }) => machine);
  return [
    "Log in:",
    ...hosts.map(({ name, machine }) =>
      [
        `  # ${name}`,
        command(`ssh -i ${machine.privateKeyFile}`, knownHosts, `-p ${machine.port} ${machine.user}@${machine.host}`),
      ].join("\n"),
    ),
    "Change a value there, or the fleet in the inventory, then preview and repair:",
    `  ${path.join(stack.folder, "hosts.yaml")}`,
    `  cd ${project}`,
    `  . ${environmentFile}`,
    ...["preview", "up", "destroy"].map((operation) => command(`pulumi ${operation} --stack demo`, configured)),
    "Remove everything:",
    `  kill ${machines.map((machine) => machine.pid()).join(" ")}`,
    command(`rm -rf ${stack.folder}`, ...machines.map(({ folder }) => folder)),
  ].join("\n");
};

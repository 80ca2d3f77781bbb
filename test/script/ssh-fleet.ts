/** Simulated hosts behind real SSH: each on an address of its own, running the real host script. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { applyCommand } from "../../src/delivery/script/command-line";
import { tryPlan } from "../../src/plan/plan";
import { targetRequest } from "../../src/target/from-plan";
import { valueOrThrow } from "../../src/validation/validation";
import { hostIn } from "../support/fleet-host";
import { startSshServer, type SshHandler, type SshReply, type SshServer } from "../support/ssh-server";
import { answerOf, hostWith } from "./script-run";
import { SimulatedHost, type Files } from "./simulated-host";
import { modernModule } from "./simulated-kernels";

/** What the simulated 6.1 is, and what the tests plan for it. */
export const request = {
  facts: { memoryMiB: 7838, arch: "x86_64", kernel: "6.1.0-50-amd64" },
  settings: { max: 262144, buckets: 262144, timeouts: { nf_conntrack_udp_timeout: 20 } },
};

export const sysctlFile = "/etc/sysctl.d/zz-pulumi-conntrack.conf";

/** Tunes a host as an update does, in the name of a stack. */
export const tune = (host: SimulatedHost, asked: object = request, stack = "shop/prod", name = "any"): void => {
  const planned = valueOrThrow(tryPlan(asked), "The test's request is wrong.");
  answerOf(host, applyCommand({ ...targetRequest(planned), sudo: false, token: `${stack}/${name}` }));
};

let template: SimulatedHost | undefined;
/** A host as an update left it, with other files beside its own, or in their place. */
export const tunedHost = (changes: Files = {}): SimulatedHost => {
  if (template === undefined) {
    template = hostWith(modernModule);
    tune(template);
  }
  const host = new SimulatedHost(modernModule, template);
  host.write(changes);
  return host;
};

/** Runs a script on a host as sshd does. */
export const runScript = (host: SimulatedHost, command: string, script: string): Promise<SshReply> => {
  const { program, words, env, input } = host.call(script, command);
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    child.stdin.on("error", () => undefined); // a script that is refused does not read its input
    child.stdin.end(input);
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ ...output, exitCode: exitCode ?? 1 }));
  });
};

export interface SshFleet {
  readonly server: SshServer;
  /** How the hosts behave. */
  readonly handler: SshHandler;
  /** Path of the inventory. */
  readonly inventory: string;
  readonly folder: string;
  /** Writes the inventory anew, with these changes by host, and what else shall stand in it. */
  readonly write: (changes?: Readonly<Record<string, object>>, defaults?: object, more?: object) => string;
  readonly close: () => Promise<void>;
}

const open: SshFleet[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((fleet) => fleet.close()));
});

/** Serves hosts by name until the end of the test; a function is what a host does in place of running the script. */
export const serveFleet = async (hosts: Readonly<Record<string, SimulatedHost | SshHandler>>): Promise<SshFleet> => {
  // A command that names no host of these, such as facts, is for whoever has the address.
  const nameAt = (address: string): string => Object.keys(hosts)[Number(address.split(".").at(-1)) - 1] ?? "";
  const handler: SshHandler = (execution) => {
    const host = hosts[hostIn(execution.command)] ?? hosts[nameAt(execution.address)];
    if (host === undefined) return { exitCode: 127 };
    return typeof host === "function" ? host(execution) : runScript(host, execution.command, execution.stdin);
  };
  const server = await startSshServer({ listenOn: "0.0.0.0", handler });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "ssh-fleet-"));
  const inventory = path.join(folder, "hosts.yaml");
  const { port, hostKey, clientKey } = server;
  fs.writeFileSync(path.join(folder, "id_ed25519"), clientKey);
  const write: SshFleet["write"] = (changes = {}, defaults = {}, more = {}) => {
    const connection = { port, hostKey, privateKeyFile: "id_ed25519" };
    const entries = Object.keys(hosts).map((name, index) => {
      const { connection: way = {}, ...rest } = (changes[name] ?? {}) as { connection?: object };
      return [name, { connection: { host: `127.0.0.${index + 1}`, ...way }, ...rest }] as const;
    });
    const document = { defaults: { connection, ...request, ...defaults }, hosts: Object.fromEntries(entries), ...more };
    fs.writeFileSync(inventory, stringify(document));
    return inventory;
  };
  write();
  const fleet: SshFleet = {
    server,
    handler,
    inventory,
    folder,
    write,
    close: async () => {
      await server.close();
      fs.rmSync(folder, { recursive: true });
    },
  };
  open.push(fleet);
  return fleet;
};

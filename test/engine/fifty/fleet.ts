/** Fifty real hosts as one fleet of the root program, with the engine of this machine, and what became of each of them. */
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";
import * as z from "zod";
import { createCliStack as createLabStack } from "../../../lab/engine/cli-stack";
import { parseReadBack } from "../../../src/delivery/answer/parse";
import { hostScript } from "../../../src/delivery/script/script";
import { verifyLine } from "../../../src/fleet/commands";
import { ownKeys } from "../../../src/fleet/host-record";
import { expandProfiles } from "../../../src/fleet/profiles";
import { valueOrThrow } from "../../../src/validation/validation";
import { type CliStack, engine } from "../../support/engine";
import { generateKeyPair } from "../../support/ssh-server";
import { RealHost, type Bytes, type Fault } from "./real-host";

export const names = Array.from({ length: 50 }, (_, index) => `h${index}`);
export const repositoryRoot = path.resolve(__dirname, "../../..");
const clientKey = generateKeyPair().private;

/** What the program asks of the fleet. */
export interface Shape {
  /** Seconds of nf_conntrack_udp_timeout; no host has any of these of itself. */
  readonly udpSeconds: number;
  /** The only hosts with other seconds. */
  readonly except?: { readonly hosts: readonly string[]; readonly udpSeconds: number };
  readonly rollout?: object;
  readonly observe?: boolean;
  /** Dials are repeated, as a program that says nothing about it has it. */
  readonly repeats?: true;
  /** Hosts of which the program knows another key than they have. */
  readonly otherHostKeys?: readonly string[];
}

export interface Finished {
  readonly code: number;
  readonly shown: string;
}

/** What became of hosts: none may be between. */
export interface Outcome {
  readonly asBefore: number;
  readonly asPlanned: number;
}

const waveSchema = z.object({
  owner: z.string(),
  wave: z.string(),
  profile: z.string(),
  profiles: z.record(z.string(), z.record(z.string(), z.unknown())),
  hosts: z.record(z.string(), z.record(z.string(), z.unknown())),
});

export class Fleet {
  private constructor(
    readonly stack: CliStack,
    readonly hosts: ReadonlyMap<string, RealHost>,
  ) {}

  static async start(): Promise<Fleet> {
    const started = await Promise.all(
      names.map((name, index) => RealHost.start(name, `127.0.2.${index + 1}`, clientKey)),
    );
    return new Fleet(await Fleet.stackOf("test"), new Map(started.map((host) => [host.name, host])));
  }

  /** Another stack of the same project; its inventory is written by `write`. */
  static async stackOf(stack: string): Promise<CliStack> {
    const made = await createLabStack({ engine: await engine(), stack, project: repositoryRoot });
    made.configure({ "pulumi-conntrack:inventory": path.join(made.folder, "hosts.yaml") });
    return made;
  }

  async remove(): Promise<void> {
    this.stack.remove();
    await Promise.all([...this.hosts.values()].map(({ server }) => server.close()));
  }

  host(name: string): RealHost {
    const found = this.hosts.get(name);
    if (found === undefined) throw new Error(`there is no host ${name}`);
    return found;
  }

  write(shape: Shape, stack: CliStack = this.stack): void {
    const { udpSeconds, except, rollout = {}, observe = true, repeats, otherHostKeys = [] } = shape;
    const stranger = generateKeyPair().public;
    const connectionOf = (name: string) => {
      const { address, server } = this.host(name);
      const hostKey = otherHostKeys.includes(name) ? stranger : server.hostKey;
      return { host: address, port: server.port, hostKey };
    };
    const settingsOf = (seconds: number) => ({ timeouts: { nf_conntrack_udp_timeout: seconds } });
    const inventory = {
      defaults: {
        connection: { privateKey: clientKey, ...(repeats === true ? {} : { dialErrorLimit: 0 }) },
        facts: { memoryMiB: 8192, kernel: "6.1.0-50-amd64", arch: "x86_64" },
        settings: settingsOf(udpSeconds),
      },
      hosts: Object.fromEntries(
        names.map((name) => {
          const own = except?.hosts.includes(name) === true ? { settings: settingsOf(except.udpSeconds) } : {};
          return [name, { connection: connectionOf(name), ...own }];
        }),
      ),
      rollout,
      observe,
    };
    fs.writeFileSync(path.join(stack.folder, "hosts.yaml"), YAML.stringify(inventory));
  }

  /** Puts a fault on each of some hosts, and none on the others. */
  suffer(faults: Readonly<Record<string, Fault>> = {}): void {
    for (const [name, host] of this.hosts) host.suffer(faults[name]);
  }

  forgetRuns(): void {
    for (const { runs } of this.hosts.values()) runs.length = 0;
  }

  /** Names of hosts whose shell got a run of this mode. */
  reached(mode: string): readonly string[] {
    return [...this.hosts.values()].filter(({ runs }) => runs.includes(mode)).map(({ name }) => name);
  }

  async run(operation: "up" | "preview" | "destroy", ...args: string[]): Promise<Finished> {
    this.forgetRuns();
    const { code, stdout, stderr } = await this.stack[operation](...args);
    await this.quiet();
    return { code, shown: stdout + stderr };
  }

  /** Waits until no script runs on any host. */
  async quiet(): Promise<void> {
    await Promise.all([...this.hosts.values()].map((host) => host.quiet()));
  }

  bytes(): ReadonlyMap<string, Bytes> {
    return new Map([...this.hosts].map(([name, host]) => [name, host.bytes()]));
  }

  /** @throws Error where a host is neither as before nor as planned */
  outcomeOf(hosts: readonly string[], before: ReadonlyMap<string, Bytes>, planned: Bytes): Outcome {
    const found = hosts.map((name) => {
      const now = this.host(name).bytes();
      if (now === planned) return "planned";
      if (now === before.get(name)) return "before";
      throw new Error(`${name} is between: ${now}\nplanned: ${planned}`);
    });
    const asPlanned = found.filter((each) => each === "planned").length;
    return { asBefore: hosts.length - asPlanned, asPlanned };
  }

  /** The state's wave: records of hosts, and what is left to do. */
  async wave() {
    const { deployment } = await this.stack.exportState();
    const found = deployment.resources?.find(({ type }) => type === "conntrack:index:Rollout");
    if (found === undefined) return undefined;
    const { owner, wave, ...shared } = waveSchema.parse(found.inputs);
    return { owner, wave, records: expandProfiles(shared), outputs: found.outputs ?? {} };
  }

  /**
   * What state and hosts disagree in: nothing, after an update that passed. The host script's own reading says so, of one
   * host among those with the same bytes and the same record.
   */
  async disagreements(): Promise<readonly string[]> {
    const wave = await this.wave();
    if (wave === undefined) return ["the state has no wave"];
    const { owner, records, outputs } = wave;
    const seen = new Set<string>();
    const differ: string[] = [];
    for (const key of ["held", "leftover"]) if (outputs[key] !== undefined) differ.push(`the state still has ${key}`);
    if (JSON.stringify(outputs.pending) !== "[]") differ.push(`pending: ${JSON.stringify(outputs.pending)}`);
    for (const [name, record] of Object.entries(records)) {
      const shared = Object.entries(record).filter(([key]) => !ownKeys.includes(key));
      const kind = this.host(name).bytes() + JSON.stringify(shared);
      if (seen.has(kind)) continue;
      seen.add(kind);
      const line = valueOrThrow(verifyLine(name, record, { owner, wave: wave.wave, sudoOf: () => false }), name);
      const { status, stdout, stderr } = this.host(name).ask(line, hostScript);
      if (status !== 0) differ.push(`${name}: ${stderr}`);
      else if (parseReadBack(stdout).drift.length > 0) differ.push(`${name}: ${JSON.stringify(parseReadBack(stdout))}`);
    }
    return differ;
  }
}

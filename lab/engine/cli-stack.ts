/**
 * A stack driven with the `pulumi` command line, with a PULUMI_HOME, a file backend and a stack configuration of its
 * own in a temporary folder. Nothing is written beside the project that is run.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import YAML from "yaml";
import { type Finished, run, type Say } from "../run";
import type { Engine } from "./ensure-engine";

/** A finished run of `pulumi`, with how long it took by the clock. */
export interface PulumiRun extends Finished {
  readonly seconds: number;
}

/** A resource as `pulumi stack export` shows it; secrets are ciphertext. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** What `pulumi stack export` prints. */
export interface State {
  readonly deployment: { readonly resources?: readonly StateResource[] };
}

/** A stack that is driven with the `pulumi` command line. */
export interface CliStack {
  /** Folder with the backend, PULUMI_HOME and stack configuration. */
  readonly folder: string;
  /** Path of the stack configuration file, for tests that edit it. */
  readonly configFile: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs `pulumi ARGS` in the project, without a terminal and without colours. */
  readonly pulumi: (...args: readonly string[]) => Promise<PulumiRun>;
  /** Replaces all configuration values; keys carry their namespace (`project:key`). */
  readonly configure: (config: Readonly<Record<string, unknown>>) => void;
  preview(...args: readonly string[]): Promise<PulumiRun>;
  up(...args: readonly string[]): Promise<PulumiRun>;
  destroy(...args: readonly string[]): Promise<PulumiRun>;
  exportState(): Promise<State>;
  /** Outputs of the stack, secrets shown. */
  outputs(): Promise<Readonly<Record<string, unknown>>>;
  /** Removes the folder; resources that still exist are forgotten, not destroyed. */
  remove(): void;
}

const parseJson = (finished: Finished): unknown => {
  if (finished.code !== 0) throw new Error(finished.stderr || finished.stdout);
  return JSON.parse(finished.stdout) as unknown;
};

/** Makes a stack of the project in folder `project` (where its Pulumi.yaml is), with the configuration given. */
export const createCliStack = async (options: {
  readonly engine: Engine;
  /** Name of the stack. */
  readonly stack: string;
  readonly project: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Added to the environment of every run. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Receives what `pulumi` prints as it comes. */
  readonly onLine?: Say;
}): Promise<CliStack> => {
  const { engine, stack, onLine } = options;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-engine-"));
  const environment = { ...engine.environment(folder), ...options.environment };
  const configFile = path.join(folder, `Pulumi.${stack}.yaml`);
  const pulumiIn = async (cwd: string, args: readonly string[]): Promise<PulumiRun> => {
    const start = process.hrtime.bigint();
    const finished = await run(path.join(engine.binDir, "pulumi"), [...args, "--non-interactive", "--color", "never"], {
      cwd,
      env: environment,
      onLine,
    });
    return { ...finished, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
  };

  // A project of the same name in the temporary folder takes what `stack init` writes beside Pulumi.yaml.
  const { name } = YAML.parse(fs.readFileSync(path.join(options.project, "Pulumi.yaml"), "utf8")) as { name: string };
  fs.writeFileSync(path.join(folder, "Pulumi.yaml"), YAML.stringify({ name, runtime: "nodejs" }));
  const init = await pulumiIn(folder, ["stack", "init", stack]);
  if (init.code !== 0) throw new Error(`pulumi stack init failed: ${init.stderr}`);
  const salt = YAML.parse(fs.readFileSync(configFile, "utf8")) as Record<string, unknown>;
  const configure: CliStack["configure"] = (config) =>
    fs.writeFileSync(configFile, YAML.stringify({ ...salt, config }));
  configure(options.config ?? {});

  const stackArgs = ["--stack", stack];
  const withConfig = [...stackArgs, "--config-file", configFile];
  const pulumi: CliStack["pulumi"] = (...args) => pulumiIn(options.project, args);
  return {
    folder,
    configFile,
    environment,
    pulumi,
    configure,
    preview: (...args) => pulumi("preview", ...withConfig, ...args),
    up: (...args) => pulumi("up", "--yes", "--skip-preview", ...withConfig, ...args),
    destroy: (...args) => pulumi("destroy", "--yes", "--skip-preview", ...withConfig, ...args),
    exportState: async () => parseJson(await pulumi("stack", "export", ...stackArgs)) as State,
    outputs: async () =>
      parseJson(await pulumi("stack", "output", "--json", "--show-secrets", ...stackArgs)) as Record<string, unknown>,
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
};

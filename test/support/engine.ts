/**
 * Engine tests: the real `pulumi` against a PULUMI_HOME, a file backend and a stack configuration of the test's own, in
 * a temporary folder. Nothing is written beside the project that is run.
 *
 * ```ts
 * const stack = await createCliStack({ project: repositoryRoot, config: { "pulumi-conntrack:inventory": "hosts.yaml" } });
 * const update = await stack.up();          // update.code, update.stdout, update.stderr, update.seconds
 * const state = await stack.exportState();  // state.deployment.resources
 * await stack.remove();                     // also destroys nothing: call stack.destroy() where hosts were changed
 *
 * const inline = await createInlineStack(() => { new remote.Command(...) });  // Automation API, no language host
 * const result = await inline.up();
 * await inline.remove();
 * ```
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { LocalWorkspace, PulumiCommand, type PulumiFn, type Stack } from "@pulumi/pulumi/automation";
import YAML from "yaml";
import { type Engine, ensureEngine } from "../../lab/engine/ensure-engine";
import { type Finished, run } from "../../lab/run";

let ensured: Promise<Engine> | undefined;

/** The engine of this machine, found or built once per test process; a missing one fails the test that asks. */
export const engine = (): Promise<Engine> => (ensured ??= ensureEngine(() => undefined));

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

const stackName = "test";

/** The text of all files below a stack's folder (state, history, backups, logs), for searching it for secrets. */
export const everythingWritten = (folder: string): string =>
  fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(folder, name))
    .filter((file) => fs.statSync(file).isFile())
    .map((file) => fs.readFileSync(file, "utf8"))
    .join("\n");

/** The error of an operation that has to fail; without one, this throws. */
export const failureOf = async (operation: Promise<unknown>): Promise<string> => {
  const outcome = await operation.then(
    () => undefined,
    (error: unknown) => String(error),
  );
  if (outcome === undefined) throw new Error("the operation was to fail and did not");
  return outcome;
};

const temporaryFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-conntrack-engine-"));

const parseJson = (finished: Finished): unknown => {
  if (finished.code !== 0) throw new Error(finished.stderr || finished.stdout);
  return JSON.parse(finished.stdout) as unknown;
};

/** Makes a stack of the project in folder `project` (where its Pulumi.yaml is), with the configuration given. */
export const createCliStack = async (options: {
  readonly project: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Added to the environment of every run. */
  readonly environment?: Readonly<Record<string, string>>;
}): Promise<CliStack> => {
  const folder = temporaryFolder();
  const environment = { ...(await engine()).environment(folder), ...options.environment };
  const configFile = path.join(folder, `Pulumi.${stackName}.yaml`);
  const pulumiIn = async (cwd: string, args: readonly string[]): Promise<PulumiRun> => {
    const start = process.hrtime.bigint();
    const program = (await engine()).binDir;
    const finished = await run(path.join(program, "pulumi"), [...args, "--non-interactive", "--color", "never"], {
      cwd,
      env: environment,
    });
    return { ...finished, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
  };

  // A project of the same name in the temporary folder takes what `stack init` writes beside Pulumi.yaml.
  const { name } = YAML.parse(fs.readFileSync(path.join(options.project, "Pulumi.yaml"), "utf8")) as { name: string };
  fs.writeFileSync(path.join(folder, "Pulumi.yaml"), YAML.stringify({ name, runtime: "nodejs" }));
  const init = await pulumiIn(folder, ["stack", "init", stackName]);
  if (init.code !== 0) throw new Error(`pulumi stack init failed: ${init.stderr}`);
  const salt = YAML.parse(fs.readFileSync(configFile, "utf8")) as Record<string, unknown>;
  const configure: CliStack["configure"] = (config) =>
    fs.writeFileSync(configFile, YAML.stringify({ ...salt, config }));
  configure(options.config ?? {});

  const stackArgs = ["--stack", stackName];
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

/** A stack of an inline program, driven through the Automation API: no language host, no TypeScript loader. */
export interface InlineStack {
  /** The Automation API's own handle. */
  readonly stack: Stack;
  /** Folder with the backend and PULUMI_HOME. */
  readonly folder: string;
  /** Replaces the program of the coming operations. */
  use(program: PulumiFn): void;
  /** The state with its secrets decrypted; what is on disk is told by `everythingWritten`. */
  exportState(): Promise<State>;
  /** Removes the folder; resources that still exist are forgotten, not destroyed. */
  remove(): void;
}

/** Makes a stack of a program written as a function; `projectName` becomes part of its resources' URNs. */
export const createInlineStack = async (program: PulumiFn, projectName = "inline"): Promise<InlineStack> => {
  const folder = temporaryFolder();
  const { binDir, environment } = await engine();
  let current = program;
  const stack = await LocalWorkspace.createOrSelectStack(
    { projectName, stackName, program: () => current() },
    {
      workDir: folder,
      envVars: environment(folder),
      pulumiCommand: await PulumiCommand.get({ root: path.dirname(binDir) }),
    },
  );
  return {
    stack,
    folder,
    use: (next) => {
      current = next;
    },
    exportState: async () => await stack.exportStack(),
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
};

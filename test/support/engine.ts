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
import * as settings from "@pulumi/pulumi/runtime/settings";
import { LocalWorkspace, PulumiCommand, type PulumiFn, type Stack } from "@pulumi/pulumi/automation";
import {
  type CliStack,
  createCliStack as createLabStack,
  type PulumiRun,
  type State,
} from "../../lab/engine/cli-stack";
import { type Engine, ensureEngine } from "../../lab/engine/ensure-engine";
import { ensureLanguages } from "../../lab/engine/ensure-languages";

export type { CliStack, PulumiRun };

const stackName = "test";

/**
 * How the SDK of this process connects to engines. It never closes the connections of an inline program, and gRPC shares
 * connections by address: one that has found its engine gone waits between its dials, up to two minutes, and an engine of
 * a later update that gets the same port would be answered for with "14 UNAVAILABLE" meanwhile.
 */
export const clientOptions = ((): object => {
  const options: unknown = Reflect.get(settings, "grpcClientOptions");
  if (typeof options !== "object" || options === null) throw new Error("the SDK has other options of its connections");
  return Object.assign(options, { "grpc.use_local_subchannel_pool": 1 });
})();

let ensured: Promise<Engine> | undefined;

/** The engine of this machine, found or built once per test process; a missing one fails the test that asks. */
export const engine = (): Promise<Engine> => (ensured ??= ensureEngine(() => undefined));

let ensuredLanguages: Promise<readonly string[]> | undefined;

/** Folders for PATH with the language hosts of Python and YAML, found or built once per test process. */
export const languages = (): Promise<readonly string[]> =>
  (ensuredLanguages ??= engine().then((found) => ensureLanguages(found, () => undefined)));

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

/** Makes a stack of a project, with the engine of this machine; lab/engine/cli-stack.ts has the details. */
export const createCliStack = async (
  options: Omit<Parameters<typeof createLabStack>[0], "engine" | "stack">,
): Promise<CliStack> => createLabStack({ engine: await engine(), stack: stackName, ...options });

/** A stack of an inline program, driven through the Automation API: no language host, no TypeScript loader. */
export interface InlineStack {
  /** The Automation API's own handle. */
  readonly stack: Stack;
  /** Folder with the backend and PULUMI_HOME. */
  readonly folder: string;
  /** Replaces the program of the coming operations. */
  use(program: PulumiFn): void;
  /** The state with its secrets decrypted; what is on disk is returned by `everythingWritten`. */
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

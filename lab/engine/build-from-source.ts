/**
 * Builds the engine and language hosts from the Go module proxy, for machines that reach package registries but not
 * Pulumi's own site. Three modules, because the command line, the hosts of Node and Python, and that of YAML need
 * different versions of Pulumi's Go SDK; all are `tool`s of a go.mod of our own, because `go install` refuses modules
 * with replace directives.
 */
import fs from "node:fs";
import path from "node:path";
import { run, type Say } from "../run";
import {
  compareVersions,
  engineVersion,
  goVersion,
  languageHostVersion,
  oldestGoWithToolchains,
  yamlHostVersion,
} from "./versions";

const remedy =
  `Install Go ${goVersion} or newer from https://go.dev/dl into /usr/local/go (Debian's golang-go may be too old), ` +
  `or put a pulumi of your own on PATH (https://www.pulumi.com/docs/install).`;

/** Finds a Go that can build the engine, on PATH or where the official archive is unpacked; throws naming the remedy. */
export const findGo = async (): Promise<string> => {
  const seen: string[] = [];
  for (const go of ["go", "/usr/local/go/bin/go"]) {
    const { code, stdout } = await run(go, ["env", "GOVERSION"]);
    const version = /^go(\d+\.\d+(?:\.\d+)?)/.exec(stdout)?.[1];
    if (code !== 0 || version === undefined) continue;
    if (compareVersions(version, oldestGoWithToolchains) >= 0) return go;
    seen.push(`${go} is ${version}`);
  }
  const found = seen.length === 0 ? "none was found on PATH or in /usr/local/go/bin" : seen.join(", ");
  throw new Error(`The Pulumi engine has to be built with Go ${goVersion}, but ${found}. ${remedy}`);
};

interface Part {
  readonly name: string;
  /** Folder with go.mod and go.sum. */
  readonly module: string;
  /** The `tool` in it. */
  readonly tool: string;
  readonly buildFlags: readonly string[];
}

const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

const partsOfTheEngine: readonly Part[] = [
  {
    name: `the Node language host ${languageHostVersion}`,
    module: "language-host",
    tool: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    buildFlags: ["-ldflags", "-s -w"],
  },
  {
    name: `the engine ${engineVersion}`,
    module: "cli",
    tool: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    buildFlags: ["-ldflags", `-s -w -X ${versionVariable}=${engineVersion}`],
  },
];

/** Policy packs are started through this program, which the official archive also brings; the pack brings its own SDK. */
const policyAnalyzer = `#!/bin/sh
exec node -e 'require("@pulumi/pulumi/cmd/run-policy-pack")' pulumi-analyzer-policy "$@"
`;

/** A line of progress every this often while a build is silent. */
const stillBusyMs = 15_000;

const watch = async (what: string, say: Say, work: () => Promise<unknown>): Promise<void> => {
  const start = Date.now();
  const seconds = () => Math.round((Date.now() - start) / 1000);
  const timer = setInterval(() => say(`${what}: still busy after ${seconds()} s`), stillBusyMs);
  try {
    await work();
    say(`${what}: done in ${seconds()} s`);
  } finally {
    clearInterval(timer);
  }
};

/** A Go that runs in the folders of the modules; throws where a call fails. */
const startGo = async () => {
  const go = await findGo();
  // A toolchain setting of the machine must not forbid the newer Go that go.mod asks for.
  const env = { ...process.env, GOTOOLCHAIN: "auto", GOFLAGS: "-mod=readonly -buildvcs=false" };
  return async ({ name, module }: Part, args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(go, args, { cwd: path.join(__dirname, module), env });
    if (code === 0) return stdout.trim();
    const reason = stderr.trim().split("\n").slice(-5).join("\n");
    throw new Error(`Building ${name} failed: ${go} ${args.join(" ")}:\n${reason}\n${remedy}`);
  };
};

const build = async (parts: readonly Part[], bin: string, say: Say): Promise<void> => {
  const goDo = await startGo();
  fs.mkdirSync(bin, { recursive: true });
  for (const part of parts) {
    await watch(`downloading the sources of ${part.name}`, say, () => goDo(part, ["mod", "download"]));
    const compile = ["build", ...part.buildFlags, "-o", `${bin}${path.sep}`, part.tool];
    await watch(`compiling ${part.name} (minutes on the first run, then kept)`, say, () => goDo(part, compile));
  }
};

/** Builds `pulumi`, `pulumi-language-nodejs` and `pulumi-analyzer-policy` into `folder`/bin; throws where it cannot. */
export const buildFromSource = async (folder: string, say: Say): Promise<void> => {
  const bin = path.join(folder, "bin");
  await build(partsOfTheEngine, bin, say);
  fs.writeFileSync(path.join(bin, "pulumi-analyzer-policy"), policyAnalyzer, { mode: 0o755 });
};

const pythonHost: Part = {
  name: `the Python language host ${languageHostVersion}`,
  module: "language-host",
  tool: "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
  buildFlags: ["-ldflags", "-s -w"],
};

const yamlHost: Part = {
  name: `the YAML language host ${yamlHostVersion}`,
  module: "yaml-host",
  tool: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
  buildFlags: ["-ldflags", "-s -w"],
};

/** The script by which the host starts a program lies beside its sources. */
const pythonExec = "pulumi-language-python-exec";

/** Builds the Python language host into `folder`/bin; throws where it cannot. */
export const buildPythonHost = async (folder: string, say: Say): Promise<void> => {
  const bin = path.join(folder, "bin");
  await build([pythonHost], bin, say);
  const goDo = await startGo();
  const sources = await goDo(pythonHost, ["list", "-f", "{{.Dir}}", pythonHost.tool]);
  fs.copyFileSync(path.join(path.dirname(sources), pythonExec), path.join(bin, pythonExec));
  fs.chmodSync(path.join(bin, pythonExec), 0o755);
};

/** Builds the YAML language host into `folder`/bin; throws where it cannot. */
export const buildYamlHost = (folder: string, say: Say): Promise<void> =>
  build([yamlHost], path.join(folder, "bin"), say);

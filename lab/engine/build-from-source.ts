/**
 * Builds the engine from the Go module proxy, for machines that reach package registries but not Pulumi's own site.
 * Two modules, because the command line and the language host need different versions of Pulumi's Go SDK; both are
 * `tool`s of a go.mod of our own, because `go install` refuses modules with replace directives.
 */
import fs from "node:fs";
import path from "node:path";
import { run, type Say } from "../run";
import { compareVersions, engineVersion, goVersion, languageHostVersion, oldestGoWithToolchains } from "./versions";

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
  readonly buildFlags: readonly string[];
}

const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

const parts: readonly Part[] = [
  {
    name: `the Node language host ${languageHostVersion}`,
    module: "language-host",
    buildFlags: ["-ldflags", "-s -w"],
  },
  {
    name: `the engine ${engineVersion}`,
    module: "cli",
    buildFlags: ["-ldflags", `-s -w -X ${versionVariable}=${engineVersion}`],
  },
];

/** Policy packs are started through this program, which the official archive also brings; the pack brings its own SDK. */
const policyAnalyzer = `#!/bin/sh
exec node -e 'require("@pulumi/pulumi/cmd/run-policy-pack")' pulumi-analyzer-policy "$@"
`;

/** A line of progress every this often while a build is silent. */
const stillBusyMs = 15_000;

const watch = async (what: string, say: Say, work: () => Promise<void>): Promise<void> => {
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

/** Builds `pulumi`, `pulumi-language-nodejs` and `pulumi-analyzer-policy` into `folder`/bin; throws where it cannot. */
export const buildFromSource = async (folder: string, say: Say): Promise<void> => {
  const go = await findGo();
  const bin = path.join(folder, "bin");
  fs.mkdirSync(bin, { recursive: true });
  // A toolchain setting of the machine must not forbid the newer Go that go.mod asks for.
  const env = { ...process.env, GOTOOLCHAIN: "auto", GOFLAGS: "-mod=readonly -buildvcs=false" };
  const goDo = async (part: Part, args: readonly string[]) => {
    const { code, stderr } = await run(go, args, { cwd: path.join(__dirname, part.module), env });
    if (code !== 0) {
      const reason = stderr.trim().split("\n").slice(-5).join("\n");
      throw new Error(`Building ${part.name} failed: ${go} ${args.join(" ")}:\n${reason}\n${remedy}`);
    }
  };
  for (const part of parts) {
    await watch(`downloading the sources of ${part.name}`, say, () => goDo(part, ["mod", "download"]));
    await watch(`compiling ${part.name} (minutes on the first run, then kept)`, say, () =>
      goDo(part, ["build", ...part.buildFlags, "-o", `${bin}${path.sep}`, "tool"]),
    );
  }
  fs.writeFileSync(path.join(bin, "pulumi-analyzer-policy"), policyAnalyzer, { mode: 0o755 });
};

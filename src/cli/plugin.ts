/** `plugin install`: makes the plugin of this package known to the engine, so that no project has to name its folder. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { installedFolder, installedVersions } from "../component/installed-plugin";
import { packageFolder, packageVersion } from "../component/package-version";
import { printable } from "../text/printable";
import { ProblemsError } from "../validation/problems";
import { ExitCode, reportProblems, type Terminal } from "./subcommand";

/** What the build bundles: it needs nothing but Node, so it outlives the package that it came with. */
const bundledFolder = (): string => join(packageFolder(), "dist/plugin");

const problem = (summary: string, path: string, limit: string, remedy: string): ProblemsError =>
  new ProblemsError(summary, [{ path, limit, source: "pulumi plugin install", remedy }]);

const notInstalled = "The plugin cannot be installed.";

/** True where every file of the bundle is there, byte for byte. */
const isSame = (bundle: string, folder: string): boolean =>
  readdirSync(bundle).every((name) => {
    const file = join(folder, name);
    return existsSync(file) && readFileSync(file).equals(readFileSync(join(bundle, name)));
  });

/** @throws ProblemsError where there is no `pulumi`, or where it fails */
const runPulumi = (version: string, bundle: string): void => {
  // --reinstall: without it a newer version that is there already would count as this one.
  const words = ["plugin", "install", "resource", "conntrack", version, "--file", bundle, "--reinstall"];
  const { error, status, stdout, stderr } = spawnSync("pulumi", words, {
    encoding: "utf8",
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  if (error !== undefined)
    throw problem(
      notInstalled,
      "PATH",
      `has no pulumi that runs: ${error.message}`,
      "Install Pulumi (https://www.pulumi.com/docs/install), or name this package's folder under `plugins:` in Pulumi.yaml.",
    );
  if (status !== 0)
    throw problem(
      notInstalled,
      ["pulumi", ...words].join(" "),
      `failed: ${`${stdout}${stderr}`.trim()}`,
      "Mend what it says and run it again.",
    );
};

interface Installed {
  readonly name: "conntrack";
  readonly version: string;
  /** Where it is. */
  readonly folder: string;
  /** False where it was there already. */
  readonly installed: boolean;
  /** Other versions on this machine; stacks that they tuned still find them. */
  readonly otherVersions: readonly string[];
}

const install = (): Installed => {
  const bundle = bundledFolder();
  const version = packageVersion();
  if (!existsSync(bundle)) throw problem(notInstalled, bundle, "is not there", "Build the package: npm run build.");
  const folder = installedFolder(version);
  const wasThere = installedVersions().includes(version) && isSame(bundle, folder);
  if (!wasThere) runPulumi(version, bundle);
  if (!installedVersions().includes(version))
    throw problem(notInstalled, folder, "is not there, though pulumi said nothing of it", "Check PULUMI_HOME.");
  const otherVersions = installedVersions().filter((other) => other !== version);
  return { name: "conntrack", version, folder, installed: !wasThere, otherVersions };
};

const render = ({ name, version, folder, installed, otherVersions }: Installed): string =>
  [
    `${installed ? "Installed" : "Already installed:"} the plugin ${name} ${version} in ${folder}.`,
    "Projects need no `plugins:` lines for it; one that has them goes on using the folder that they name.",
    ...(otherVersions.length > 0 ? [`Other versions stay: ${otherVersions.join(", ")}.`] : []),
    "",
  ].join("\n");

/** Registers `plugin install`. */
export const addPluginSubcommand = (parent: Command, terminal: Terminal, exit: (code: ExitCode) => void): void => {
  parent
    .command("plugin")
    .description("The Pulumi plugin of this package, which a ConntrackFleet needs")
    .command("install")
    .description("Install the plugin by the `pulumi` on PATH, for all projects of this user")
    .option("--json", "print JSON: name, version, folder, installed, otherVersions")
    .addHelpText(
      "after",
      "\nThe plugin lies in PULUMI_HOME and needs Node only: `pulumi destroy` works without this package.\n" +
        "Exit codes: 0 it is installed, 2 there is no pulumi, or it failed.",
    )
    .action(({ json = false }: { json?: boolean }) => {
      try {
        const result = install();
        terminal.out(json ? `${JSON.stringify(result)}\n` : printable(render(result)));
        exit(ExitCode.Good);
      } catch (error) {
        if (!(error instanceof ProblemsError)) throw error;
        exit(reportProblems(error, json, terminal));
      }
    });
};

/** Language hosts for programs in Python and YAML: those that came with the engine, else built once for each machine. */
import fs from "node:fs";
import path from "node:path";
import { cacheFolder } from "../cache-folder";
import { run, type Say } from "../run";
import { buildOnce } from "../vm/build-once";
import { buildPythonHost, buildYamlHost } from "./build-from-source";
import type { Engine } from "./ensure-engine";
import { languageHostVersion, pythonSdkVersion, yamlHostVersion } from "./versions";

const environmentRemedy =
  "Install Python 3 with the means to make virtual environments (Debian: python3-venv); PyPI has to be reachable.";

/** A virtual environment with Pulumi's SDK. Only its interpreter is used: its scripts name the folder it was made in. */
const makePythonEnvironment = async (folder: string, say: Say): Promise<void> => {
  const step = async (program: string, args: readonly string[]): Promise<void> => {
    const { code, stderr } = await run(program, args);
    if (code !== 0)
      throw new Error(`${program} ${args.join(" ")} failed:\n${stderr.trim().split("\n").slice(-5).join("\n")}`);
  };
  say(`making a Python environment with pulumi ${pythonSdkVersion}`);
  try {
    await step("python3", ["-m", "venv", folder]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await step(path.join(folder, "bin/python"), [...pip, `pulumi==${pythonSdkVersion}`]);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${environmentRemedy}`, {
      cause: error,
    });
  }
};

const host = async (engine: Engine, program: string, folder: string, build: typeof buildYamlHost, say: Say) => {
  if (fs.existsSync(path.join(engine.binDir, program))) return engine.binDir;
  return path.join(await buildOnce(cacheFolder(folder), (into) => build(into, say)), "bin");
};

/**
 * Folders for PATH, in which `pulumi` finds the language hosts of Python and YAML and a Python that has its SDK.
 * @throws Error naming what is missing and the remedy
 */
export const ensureLanguages = async (engine: Engine, say: Say): Promise<readonly string[]> => {
  const python = await host(
    engine,
    "pulumi-language-python",
    `python-host-${languageHostVersion}`,
    buildPythonHost,
    say,
  );
  const yaml = await host(engine, "pulumi-language-yaml", `yaml-host-${yamlHostVersion}`, buildYamlHost, say);
  const packages = await buildOnce(cacheFolder(`python-sdk-${pythonSdkVersion}`), (into) =>
    makePythonEnvironment(into, say),
  );
  const folders = [path.join(packages, "bin"), python, yaml];
  say(`languages: Python and YAML (${[...new Set(folders)].join(", ")})`);
  return folders;
};

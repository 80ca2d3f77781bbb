/** The versions of the Pulumi engine and its plugins that this repository is tested with; each is written here only. */

/** The engine that is fetched or built: the newest whose module the Go proxy serves and that runs local policy packs with the language host below. */
export const engineVersion = "3.220.0";

/** The oldest engine on PATH that is used as it is: the lower end of the peer range of `@pulumi/pulumi`. */
export const oldestEngineVersion = "3.200.0";

/** The language hosts of Node and Python that are built beside the engine; the newest that the Go proxy serves as a module. */
export const languageHostVersion = "3.68.0";

/** The language host of YAML programs; of its newer versions the Go proxy serves this one whole. */
export const yamlHostVersion = "1.25.0";

/** Pulumi's SDK for Python, as PyPI has it. */
export const pythonSdkVersion = "3.220.0";

/** The command plugin; the version of the npm package `@pulumi/command`. */
export const commandPluginVersion = "1.2.1";

/** What the engine's own go.mod asks for. */
export const goVersion = "1.24.7";

/** From this version on, Go fetches a newer toolchain by itself. */
export const oldestGoWithToolchains = "1.21.0";

/** Compares two dotted versions number by number; negative where `a` is older. */
export const compareVersions = (a: string, b: string): number => {
  const numbers = (version: string) => version.split(".").map((part) => Number.parseInt(part, 10));
  const [left, right] = [numbers(a), numbers(b)];
  const differing = left.findIndex((number, index) => number !== right[index]);
  return differing < 0 ? 0 : (left[differing] ?? 0) - (right[differing] ?? 0);
};

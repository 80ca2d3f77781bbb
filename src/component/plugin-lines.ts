/** A fleet needs the plugin of this package: where Pulumi.yaml does not name it, an error prints the lines that do. */
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import YAML from "yaml";
import { isFields, type Fields } from "../validation/fields";
import { installedVersions, pluginExecutable } from "./installed-plugin";
import { packageFolder, packageVersion } from "./package-version";

/** The nearest project file from `folder` upwards. */
const projectFileFrom = (folder: string): string | undefined => {
  for (const name of ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"])
    if (existsSync(join(folder, name))) return join(folder, name);
  return dirname(folder) === folder ? undefined : projectFileFrom(dirname(folder));
};

/** Language hosts before 2024 report a placeholder; the program then runs in its folder, or below it. */
const projectFile = (): string | undefined => {
  const root = pulumi.getRootDirectory();
  return projectFileFrom(isAbsolute(root) ? root : process.cwd());
};

const namesPlugin = (project: Fields): boolean => {
  const { plugins, packages } = project;
  const providers = isFields(plugins) && Array.isArray(plugins.providers) ? (plugins.providers as unknown[]) : [];
  return (
    providers.some((provider) => isFields(provider) && provider.name === "conntrack") ||
    (isFields(packages) && packages.conntrack !== undefined)
  );
};

let isRunning = false;

/** Said by the plugin itself: where it constructs a fleet, nothing is missing. */
export const pluginIsRunning = (): void => {
  isRunning = true;
};

const isOnPath = (): boolean =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .some((folder) => folder !== "" && existsSync(join(folder, pluginExecutable)));

/** The engine takes an installed plugin only in the very version that a resource asks for, which is that of this package. */
const isInstalled = (): boolean => installedVersions().includes(packageVersion());

const readProject = (file: string): Fields => {
  try {
    const project: unknown = YAML.parse(readFileSync(file, "utf8"));
    return isFields(project) ? project : {};
  } catch {
    return {};
  }
};

/** The lines for a project file in `folder`. */
export const pluginLines = (folder: string): string => {
  const path = relative(folder, packageFolder()) || ".";
  return `plugins:\n  providers:\n    - { name: conntrack, path: ${path} }`;
};

/**
 * Where there is no project file, as with inline programs, the engine finds the plugin by itself or says that it does not.
 * @throws ResourceError that prints the lines that are missing
 */
export const requirePlugin = (resource: pulumi.Resource): void => {
  if (isRunning) return;
  const file = projectFile();
  if (file === undefined || namesPlugin(readProject(file)) || isOnPath() || isInstalled()) return;
  const version = packageVersion();
  const others = installedVersions();
  const text = [
    `A fleet needs the plugin of this package. Add these lines to ${file}:`,
    `\n${pluginLines(dirname(file))}\n`,
    "or run `npx pulumi-conntrack plugin install` once on this machine" +
      (others.length > 0 ? `: version ${version} is wanted, and only ${others.join(", ")} is installed.` : "."),
  ].join("\n");
  throw new pulumi.ResourceError(text, resource, true);
};

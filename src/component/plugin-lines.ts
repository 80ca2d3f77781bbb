/** A fleet needs the plugin of this package: where Pulumi.yaml does not name it, an error prints the lines that do. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import YAML from "yaml";
import { isFields, type Fields } from "../validation/fields";
import { packageFolder } from "./package-version";

const executable = "pulumi-resource-conntrack";

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
  (process.env.PATH ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, executable)));

const isInstalled = (): boolean => {
  const folder = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith("resource-conntrack-v"));
};

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
  const text = `A fleet needs the plugin of this package. Add these lines to ${file}:\n\n${pluginLines(dirname(file))}\n`;
  throw new pulumi.ResourceError(text, resource, true);
};

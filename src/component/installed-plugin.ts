/** The plugin of this package where `pulumi plugin install` puts it, from which every project on this machine takes it. */
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** File name of the plugin's executable. */
export const pluginExecutable = "pulumi-resource-conntrack";

const prefix = "resource-conntrack-v";

/** PULUMI_HOME/plugins; without that variable `.pulumi` at home. */
const pluginsFolder = (): string => join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");

/** Where a version lies once it is installed. */
export const installedFolder = (version: string): string => join(pluginsFolder(), `${prefix}${version}`);

/** The versions that are installed whole: pulumi leaves a mark beside one that it was interrupted at. */
export const installedVersions = (): readonly string[] => {
  const folder = pluginsFolder();
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && existsSync(join(folder, name, pluginExecutable)))
    .filter((name) => !existsSync(join(folder, `${name}.partial`)))
    .map((name) => name.slice(prefix.length))
    .sort();
};

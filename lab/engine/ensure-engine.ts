/** Finds, downloads or builds the Pulumi engine and the command plugin, once per machine. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { cacheFolder } from "../cache-folder";
import { run, type Say, sayAloud } from "../run";
import { buildOnce } from "../vm/build-once";
import { buildFromSource } from "./build-from-source";
import { type CommandPlugin, ensureCommandPlugin } from "./command-plugin";
import { downloadAndUnpack, officialSite } from "./download";
import { findOnPath } from "./find-on-path";
import { compareVersions, engineVersion, oldestEngineVersion } from "./versions";

/** A Pulumi engine that works, with a command plugin. */
export interface Engine {
  readonly version: string;
  /** Where the engine comes from, in words for the screen. */
  readonly origin: string;
  /** Folder with `pulumi` and `pulumi-language-nodejs`. */
  readonly binDir: string;
  readonly commandPlugin: CommandPlugin;
  /**
   * Environment for running this engine with a PULUMI_HOME and a file backend of its own below `folder` (created where
   * missing). Pulumi settings, tokens and the SSH agent of the person at the keyboard are left out.
   */
  readonly environment: (folder: string) => Record<string, string>;
}

/** Stacks of the lab hold no secret that outlives it. */
const labPassphrase = "pulumi-conntrack lab";

const environmentFor = (binDirs: readonly string[], folder: string): Record<string, string> => {
  const backend = path.join(folder, "backend");
  const home = path.join(folder, "home");
  [backend, home].forEach((wanted) => fs.mkdirSync(wanted, { recursive: true }));
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !entry[0].startsWith("PULUMI_") && entry[0] !== "SSH_AUTH_SOCK",
  );
  return {
    ...Object.fromEntries(inherited),
    PATH: [...binDirs, process.env.PATH ?? ""].join(path.delimiter),
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: labPassphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // What is missing is to be said at once, not after five attempts to download it.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
};

type FoundEngine = Pick<Engine, "binDir" | "origin" | "version">;

const versionOf = async (pulumi: string): Promise<string | undefined> => {
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const { code, stdout } = await run(pulumi, ["version"], { env, timeoutMs: 60_000 });
  return code === 0 ? /^v?(\d+\.\d+\.\d+)/m.exec(stdout)?.[1] : undefined;
};

const engineOnPath = async (say: Say): Promise<FoundEngine | undefined> => {
  const pulumi = findOnPath("pulumi");
  if (pulumi === undefined) return undefined;
  const version = await versionOf(pulumi);
  const unfit =
    version === undefined
      ? "does not report its version"
      : compareVersions(version, oldestEngineVersion) < 0 || !version.startsWith("3.")
        ? `is ${version}; 3.x from ${oldestEngineVersion} on is wanted`
        : findOnPath("pulumi-language-nodejs") === undefined
          ? "comes without pulumi-language-nodejs"
          : undefined;
  if (version !== undefined && unfit === undefined)
    return { version, binDir: path.dirname(pulumi), origin: "found on PATH" };
  say(`${pulumi} is not used: it ${unfit ?? ""}`);
  return undefined;
};

/** The official archive unpacks into a folder `pulumi`; the cache keeps it as `bin`, as a build leaves it. */
const fetchEngine = async (folder: string, say: Say): Promise<string | undefined> => {
  const url = `${officialSite}/sdk/pulumi-v${engineVersion}-${process.platform}-${process.arch}.tar.gz`;
  const failure = await downloadAndUnpack(url, folder, say);
  if (failure === undefined) fs.renameSync(path.join(folder, "pulumi"), path.join(folder, "bin"));
  return failure;
};

const originFile = "origin.txt";

const engineInCache = async (say: Say): Promise<FoundEngine> => {
  const folder = await buildOnce(cacheFolder(`engine-${engineVersion}`), async (into) => {
    const failure = await fetchEngine(into, say);
    if (failure !== undefined) {
      say(`${failure}; building the engine from the Go module proxy`);
      await buildFromSource(into, say);
    }
    const origin = failure === undefined ? `downloaded from ${officialSite}` : "built from the Go module proxy";
    fs.writeFileSync(path.join(into, originFile), origin);
  });
  const binDir = path.join(folder, "bin");
  const version = await versionOf(path.join(binDir, "pulumi"));
  if (version === undefined) {
    throw new Error(`${binDir}/pulumi does not run. Remove ${folder} and try again.`);
  }
  return { version, binDir, origin: fs.readFileSync(path.join(folder, originFile), "utf8") };
};

/**
 * The engine to use on this machine, made ready where needed, and said aloud with its command plugin.
 * @throws Error naming what is missing and the remedy
 */
export const ensureEngine = async (say: Say = sayAloud): Promise<Engine> => {
  const engine = (await engineOnPath(say)) ?? (await engineInCache(say));
  const home = process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi");
  const commandPlugin = await ensureCommandPlugin(home, say);
  const { version, binDir, origin } = engine;
  say(`engine: pulumi ${version}, ${origin} (${binDir})`);
  say(`command plugin: ${commandPlugin.kind}, ${commandPlugin.origin}`);
  const binDirs = [...new Set([binDir, commandPlugin.binDir])];
  return { version, binDir, origin, commandPlugin, environment: (folder) => environmentFor(binDirs, folder) };
};

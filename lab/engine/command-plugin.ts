/** The command plugin (`pulumi-resource-command`): the official one where it can be had, else the stand-in under test/. */
import fs from "node:fs";
import path from "node:path";
import { cacheFolder } from "../cache-folder";
import type { Say } from "../run";
import { buildOnce } from "../vm/build-once";
import { compileStandIn } from "./compile-stand-in";
import { downloadAndUnpack, officialSite } from "./download";
import { findOnPath } from "./find-on-path";
import { commandPluginVersion } from "./versions";

/** A command plugin, ready to be put on PATH. */
export interface CommandPlugin {
  readonly kind: "official" | "stand-in";
  /** Folder with the executable `pulumi-resource-command`. */
  readonly binDir: string;
  /** Where it comes from, in words for the screen. */
  readonly origin: string;
}

const executable = "pulumi-resource-command";
const installedName = `resource-command-v${commandPluginVersion}`;

/** An official plugin that somebody installed before: on PATH, or with `pulumi plugin install` in a PULUMI_HOME. */
const findInstalled = (home: string): CommandPlugin | undefined => {
  const onPath = findOnPath(executable);
  if (onPath !== undefined) return { kind: "official", binDir: path.dirname(onPath), origin: `found on PATH` };
  const binDir = path.join(home, "plugins", installedName);
  return fs.existsSync(path.join(binDir, executable))
    ? { kind: "official", binDir, origin: `found in ${home}` }
    : undefined;
};

/** How long an unanswered download is not tried again, so that machines without it do not wait at every run. */
const retryAfterMs = 24 * 3600 * 1000;

const download = async (say: Say): Promise<CommandPlugin | string> => {
  const binDir = cacheFolder(`command-${commandPluginVersion}`);
  const refusal = cacheFolder(`command-${commandPluginVersion}.unreachable`);
  const refusedAt = fs.statSync(refusal, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (!fs.existsSync(binDir) && Date.now() - refusedAt < retryAfterMs) return fs.readFileSync(refusal, "utf8");
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const url = `${officialSite}/plugins/pulumi-${installedName}-${process.platform}-${architecture}.tar.gz`;
  try {
    await buildOnce(binDir, async (folder) => {
      const failure = await downloadAndUnpack(url, folder, say);
      if (failure !== undefined) throw new Error(failure);
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    fs.writeFileSync(refusal, reason);
    return reason;
  }
  return { kind: "official", binDir, origin: `downloaded from ${officialSite}` };
};

/** Finds, downloads or makes the command plugin; `home` is the person's own PULUMI_HOME, only looked at. */
export const ensureCommandPlugin = async (home: string, say: Say): Promise<CommandPlugin> => {
  const official = findInstalled(home) ?? (await download(say));
  if (typeof official !== "string") return official;
  return { kind: "stand-in", binDir: await compileStandIn(), origin: `test/stand-in, because ${official}` };
};

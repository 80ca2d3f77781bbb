/** Official downloads, given up quickly where the site does not answer. */
import fs from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { run, type Say } from "../run";

/** Where Pulumi publishes engines and plugins. */
export const officialSite = "https://get.pulumi.com/releases";

const answerTimeoutMs = 4_000;
const bodyTimeoutMs = 300_000;

/**
 * Downloads the gzipped tar archive at `url` and unpacks it into `folder`.
 * @returns undefined when it worked, else the reason in a few words
 */
export const downloadAndUnpack = async (url: string, folder: string, say: Say): Promise<string | undefined> => {
  const archive = path.join(folder, "download.tar.gz");
  try {
    const head = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(answerTimeoutMs) });
    if (!head.ok) return `${url} answered ${head.status}`;
    say(`downloading ${url}`);
    const response = await fetch(url, { signal: AbortSignal.timeout(bodyTimeoutMs) });
    if (!response.ok || response.body === null) return `${url} answered ${response.status}`;
    await pipeline(Readable.fromWeb(response.body), fs.createWriteStream(archive));
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return `${new URL(url).host} cannot be reached (${cause instanceof Error ? cause.message : String(cause)})`;
  }
  const unpacked = await run("tar", ["-xzf", archive, "-C", folder]);
  fs.rmSync(archive, { force: true });
  return unpacked.code === 0 ? undefined : `${url} cannot be unpacked: ${unpacked.stderr.trim()}`;
};

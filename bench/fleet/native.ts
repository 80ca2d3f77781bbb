/** The bench's own programs, in Go because a host that answers at once must cost less than what is measured. */
import fs from "node:fs";
import path from "node:path";
import { cacheFolder } from "../../lab/cache-folder";
import { findGo } from "../../lab/engine/build-from-source";
import { run, type Say } from "../../lab/run";

const sources = path.resolve(__dirname, "../native");

export interface Native {
  /** Plays hosts that answer at once. */
  readonly hosts: string;
  /** Runs a command and tells what it took. */
  readonly measure: string;
}

/** Builds them; Go itself knows what has changed since the last time. */
export const buildNative = async (say: Say): Promise<Native> => {
  const go = await findGo();
  const folder = cacheFolder("bench-native");
  fs.mkdirSync(folder, { recursive: true });
  say("building the bench's own programs");
  const env = { ...process.env, GOTOOLCHAIN: "auto", GOFLAGS: "-mod=readonly -buildvcs=false" };
  const { code, stderr } = await run(go, ["build", "-o", `${folder}${path.sep}`, "./..."], { cwd: sources, env });
  if (code !== 0) throw new Error(`bench/native cannot be built: ${stderr}`);
  return { hosts: path.join(folder, "hosts"), measure: path.join(folder, "measure") };
};

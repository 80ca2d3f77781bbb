/**
 * Debian packages of any suite and architecture, through an apt of our own: its configuration, lists and archives are
 * in a folder of ours, and the machine's own lists stay as they are.
 */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "../run-program";
import { readMirror, renderSources } from "./apt-sources";
import type { Mirror } from "./apt-sources";
import type { GuestArchitecture } from "./kernels";

/** An apt that knows one suite and one architecture. */
export interface PrivateApt {
  /** `apt-get`, with this apt's configuration. */
  readonly get: (...args: string[]) => Promise<string>;
  /** `apt-cache`, likewise. */
  readonly cache: (...args: string[]) => Promise<string>;
  /** Folder where `apt-get download` leaves its files. */
  readonly downloadFolder: string;
}

/** How the machine reaches its mirror (proxy, credentials, checks) is its own business: we repeat it. */
const machineTransport = async (): Promise<string> => {
  const dump = await runProgram("apt-config", ["dump"]);
  const kept = dump.split("\n").filter((line) => /^Acquire::(https?|Retries|Force|Check|Allow)/.test(line));
  return [
    ...kept,
    'Dir::Etc::netrc "/etc/apt/auth.conf";',
    'Dir::Etc::netrcparts "/etc/apt/auth.conf.d";',
    'Dir::Etc::trusted "/etc/apt/trusted.gpg";',
    'Dir::Etc::trustedparts "/etc/apt/trusted.gpg.d";',
  ].join("\n");
};

/** Sets up an apt under `folder` and fetches the lists of the suite. */
export const openPrivateApt = async (
  folder: string,
  suite: string,
  architecture: GuestArchitecture,
): Promise<PrivateApt> => {
  const downloadFolder = join(folder, "downloads");
  for (const part of ["etc/apt.conf.d", "etc/preferences.d", "state/lists/partial", "cache/archives/partial"]) {
    await mkdir(join(folder, part), { recursive: true });
  }
  await mkdir(downloadFolder, { recursive: true });
  await writeFile(join(folder, "state/status"), "");
  const configuration = join(folder, "apt.conf");
  await writeFile(
    configuration,
    [
      `Dir::Etc "${folder}/etc";`,
      `Dir::Etc::sourcelist "${folder}/etc/lab.sources";`,
      `Dir::Etc::sourceparts "/dev/null";`,
      `Dir::State "${folder}/state";`,
      `Dir::State::status "${folder}/state/status";`,
      `Dir::Cache "${folder}/cache";`,
      `APT::Architecture "${architecture}";`,
      `APT::Architectures { "${architecture}"; };`,
      `APT::Sandbox::User "";`,
      `APT::Install-Recommends "false";`,
      `Acquire::Languages "none";`,
      await machineTransport(),
      "",
    ].join("\n"),
  );
  const environment = { ...process.env, APT_CONFIG: configuration, LC_ALL: "C" };
  const apt =
    (program: string) =>
    (...args: string[]): Promise<string> =>
      runProgram(program, ["-q", ...args], { cwd: downloadFolder, env: environment });
  const get = apt("apt-get");
  const update = async (mirror: Mirror): Promise<void> => {
    await writeFile(join(folder, "etc/lab.sources"), renderSources(mirror, suite, architecture));
    await get("update", "--error-on=any");
  };
  const mirror = readMirror();
  // Mirrors of the security archive are caught in the middle of their own update now and then, and it is not needed.
  await update(mirror).catch(() => update({ archive: mirror.archive }));
  return { get, cache: apt("apt-cache"), downloadFolder };
};

/** Unpacks every downloaded package into one tree. */
export const unpackDownloads = async (apt: PrivateApt, into: string): Promise<void> => {
  for (const name of (await readdir(apt.downloadFolder)).filter((file) => file.endsWith(".deb"))) {
    await runProgram("dpkg-deb", ["--extract", join(apt.downloadFolder, name), into]);
  }
};

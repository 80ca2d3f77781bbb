/** Says what is missing on this machine before a virtual machine is tried. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import packages from "../packages.json";
import { emulations } from "./kernels";
import type { GuestArchitecture } from "./kernels";

/** A user's PATH may lack the folders of the administrator's programs. */
const administratorFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

const isInstalled = (program: string): boolean =>
  [...(process.env.PATH ?? "").split(delimiter), ...administratorFolders].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/**
 * @throws Error that names every missing program and the one command that installs them all
 */
export const requirePrograms = (architecture: GuestArchitecture): void => {
  const needed = packages.filter(
    ({ program, neededFor }) => neededFor === "machines" || program === emulations[architecture].qemu,
  );
  const missing = needed.filter(({ program }) => !isInstalled(program));
  if (missing.length === 0) return;
  const programs = missing.map(({ program, reason }) => `${program} (${reason})`).join(", ");
  const names = [...new Set(missing.map(({ name }) => name))].join(" ");
  throw new Error(
    `A virtual machine cannot be started here, because these programs are missing: ${programs}. ` +
      `Install them: apt-get install --no-install-recommends ${names}`,
  );
};

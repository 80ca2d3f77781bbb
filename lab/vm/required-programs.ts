/** Programs of the build machine that test machines need, and the Debian packages that have them. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { emulations } from "./kernels";
import type { GuestArchitecture } from "./kernels";

const common: readonly { readonly program: string; readonly package: string }[] = [
  { program: "apt-get", package: "apt" },
  { program: "dpkg-deb", package: "dpkg" },
  { program: "flock", package: "util-linux" },
  { program: "depmod", package: "kmod" },
  { program: "xz", package: "xz-utils" },
  { program: "mkfs.ext4", package: "e2fsprogs" },
  { program: "dropbearkey", package: "dropbear-bin" },
];

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
  const missing = [emulations[architecture].qemu, ...common].filter(({ program }) => !isInstalled(program));
  if (missing.length === 0) return;
  const programs = missing.map(({ program }) => program).join(", ");
  const packages = [...new Set(missing.map((needed) => needed.package))].join(" ");
  throw new Error(
    `A virtual machine cannot be started here, because these programs are missing: ${programs}. ` +
      `Install them: apt-get install --no-install-recommends ${packages}`,
  );
};

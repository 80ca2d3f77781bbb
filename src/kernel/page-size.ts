/** Page size of a kernel whose host was not asked for it. */
import { KiB } from "../text/units";
import type { Architecture } from "./architecture";
import type { KernelRelease } from "./release";

interface PageSizeRow {
  readonly machine: RegExp;
  /** Matched against the release string. */
  readonly release: RegExp;
  readonly pageSizeBytes: number;
}

/**
 * Every page size that Linux can be built with on the machines that are known here: 8 and 32 KiB are those of SPARC,
 * Alpha and MIPS (Octeon), 256 KiB that of PowerPC 44x.
 */
export const PAGE_SIZES_BYTES = [4 * KiB, 8 * KiB, 16 * KiB, 32 * KiB, 64 * KiB, 256 * KiB] as const;

export const PAGE_SIZES_SOURCE = "arch/Kconfig, PAGE_SIZE_4KB to PAGE_SIZE_256KB";

/** Distributions that differ from the machine's usual page. Source: the vendors' kernel configurations. */
const DISTRIBUTIONS_PAGES: readonly PageSizeRow[] = [
  { machine: /^aarch64$/, release: /[+-]64k|-64k$/, pageSizeBytes: 64 * KiB },
  { machine: /^aarch64$/, release: /-16k(?:$|-)/, pageSizeBytes: 16 * KiB },
  // Red Hat 7 and 8 are built with CONFIG_ARM64_64K_PAGES; from 9 on only the +64k kernels are.
  { machine: /^aarch64$/, release: /[.]el[78](?:[._]|$)/, pageSizeBytes: 64 * KiB },
];

/** Bytes of a page of this kernel: the distribution's choice, else the machine's usual one. */
export const defaultPageSizeBytes = (release: KernelRelease, architecture: Architecture): number =>
  DISTRIBUTIONS_PAGES.find((row) => row.machine.test(architecture.machine) && row.release.test(release.text))
    ?.pageSizeBytes ?? architecture.defaultPageSizeBytes;

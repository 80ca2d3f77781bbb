/** Page size of a kernel whose host was not asked for it. */
import type { Architecture } from "./architecture";
import type { KernelRelease } from "./release";

interface PageSizeRow {
  readonly machine: RegExp;
  /** Matched against the release string. */
  readonly release: RegExp;
  readonly pageSizeBytes: number;
}

const KiB = 1024;

/** Distributions that differ from the machine's usual page. Source: the vendors' kernel configurations. */
const PAGE_SIZES: readonly PageSizeRow[] = [
  { machine: /^aarch64$/, release: /[+-]64k|-64k$/, pageSizeBytes: 64 * KiB },
  { machine: /^aarch64$/, release: /-16k(?:$|-)/, pageSizeBytes: 16 * KiB },
  // Red Hat 7 and 8 are built with CONFIG_ARM64_64K_PAGES; from 9 on only the +64k kernels are.
  { machine: /^aarch64$/, release: /[.]el[78](?:[._]|$)/, pageSizeBytes: 64 * KiB },
];

/** Bytes of a page of this kernel: the distribution's choice, else the machine's usual one. */
export const defaultPageSizeBytes = (release: KernelRelease, architecture: Architecture): number =>
  PAGE_SIZES.find((row) => row.machine.test(architecture.machine) && row.release.test(release.text))?.pageSizeBytes ??
  architecture.defaultPageSizeBytes;

/** Machine names (`uname -m`) and what each means for the size of pointers, pages and cache lines. */
import { KiB } from "../text/units";
import { type Checked, invalid, valid } from "../validation/validation";

/** What the kernel's arithmetic needs to know of a machine. */
export interface Architecture {
  /** The name as `uname -m` prints it; aliases such as `amd64` are translated. */
  readonly machine: string;
  /** Width of the kernel. A 64-bit kernel under a 32-bit userland still prints the 64-bit machine name. */
  readonly bits: 32 | 64;
  readonly pointerBytes: 4 | 8;
  /** Page size of distribution kernels for this machine; some distributions differ, see ./page-size.ts. */
  readonly defaultPageSizeBytes: number;
  /** Bytes to which the slab allocator aligns objects that ask for cache-line alignment. */
  readonly cacheLineBytes: number;
}

interface ArchitectureRow {
  readonly machines: readonly string[];
  /** `uname -m` name that the aliases of this row mean; absent where each name stands for itself. */
  readonly canonical?: string;
  readonly bits: 32 | 64;
  readonly pageSizeBytes: number;
  readonly cacheLineBytes: number;
}

/** Source: arch/(name)/include/asm/{page,cache}.h and the distributions' configurations. */
const ARCHITECTURES: readonly ArchitectureRow[] = [
  { machines: ["x86_64", "amd64"], canonical: "x86_64", bits: 64, pageSizeBytes: 4 * KiB, cacheLineBytes: 64 },
  { machines: ["i386", "i486", "i586", "i686"], bits: 32, pageSizeBytes: 4 * KiB, cacheLineBytes: 64 },
  { machines: ["x86"], canonical: "i686", bits: 32, pageSizeBytes: 4 * KiB, cacheLineBytes: 64 },
  { machines: ["aarch64", "arm64"], canonical: "aarch64", bits: 64, pageSizeBytes: 4 * KiB, cacheLineBytes: 64 },
  { machines: ["aarch64_be"], bits: 64, pageSizeBytes: 4 * KiB, cacheLineBytes: 64 },
  { machines: ["armv4l", "armv4tl", "armv5tel", "armv5tejl"], bits: 32, pageSizeBytes: 4 * KiB, cacheLineBytes: 32 },
  { machines: ["armv6l"], bits: 32, pageSizeBytes: 4 * KiB, cacheLineBytes: 32 },
  { machines: ["armv7l", "armv7b", "armv8l"], bits: 32, pageSizeBytes: 4 * KiB, cacheLineBytes: 64 },
  { machines: ["armhf"], canonical: "armv7l", bits: 32, pageSizeBytes: 4 * KiB, cacheLineBytes: 64 },
  { machines: ["ppc64", "ppc64le"], bits: 64, pageSizeBytes: 64 * KiB, cacheLineBytes: 128 },
  { machines: ["ppc64el"], canonical: "ppc64le", bits: 64, pageSizeBytes: 64 * KiB, cacheLineBytes: 128 },
  { machines: ["ppc"], bits: 32, pageSizeBytes: 4 * KiB, cacheLineBytes: 32 },
  { machines: ["s390x"], bits: 64, pageSizeBytes: 4 * KiB, cacheLineBytes: 256 },
  { machines: ["s390"], bits: 32, pageSizeBytes: 4 * KiB, cacheLineBytes: 256 },
  { machines: ["riscv64"], bits: 64, pageSizeBytes: 4 * KiB, cacheLineBytes: 64 },
  { machines: ["riscv32"], bits: 32, pageSizeBytes: 4 * KiB, cacheLineBytes: 64 },
  { machines: ["mips", "mipsel"], bits: 32, pageSizeBytes: 4 * KiB, cacheLineBytes: 32 },
  { machines: ["mips64", "mips64el"], bits: 64, pageSizeBytes: 16 * KiB, cacheLineBytes: 32 },
  { machines: ["loongarch64"], bits: 64, pageSizeBytes: 16 * KiB, cacheLineBytes: 64 },
  { machines: ["sparc64"], bits: 64, pageSizeBytes: 8 * KiB, cacheLineBytes: 64 },
  { machines: ["ia64"], bits: 64, pageSizeBytes: 16 * KiB, cacheLineBytes: 128 },
  { machines: ["alpha"], bits: 64, pageSizeBytes: 8 * KiB, cacheLineBytes: 64 },
];

const BY_MACHINE: ReadonlyMap<string, Architecture> = new Map(
  ARCHITECTURES.flatMap((row) =>
    row.machines.map((machine): [string, Architecture] => [
      machine,
      {
        machine: row.canonical ?? machine,
        bits: row.bits,
        pointerBytes: row.bits === 64 ? 8 : 4,
        defaultPageSizeBytes: row.pageSizeBytes,
        cacheLineBytes: row.cacheLineBytes,
      },
    ]),
  ),
);

/** Every machine name understood, for help texts and validation. */
const MACHINES: readonly string[] = [...BY_MACHINE.keys()];

/**
 * The architecture of a machine name.
 * @param machine what `uname -m` prints; `amd64`, `arm64`, `armhf` and `ppc64el` are understood as well
 */
export const readArchitecture = (machine: string, path = "arch"): Checked<Architecture> => {
  const known = BY_MACHINE.get(machine);
  if (known !== undefined) return valid(known);
  return invalid([
    {
      path,
      value: machine,
      limit: `must be a machine name: ${MACHINES.join(", ")}`,
      source: "uname(2), field machine",
      remedy: "Write what `uname -m` prints on the host.",
    },
  ]);
};

/**
 * The notation of the table: one row for families that have the same sizes, as vendors' pages list them.
 *
 * In a family's name the star stands for the size: `m5.*`, `n2-standard-*`, `Standard_D*s_v5`. Sizes are words, each
 * `size`, `size=cores` or `size=cores:GiB`; what is left out follows from the size and from the GiB for each core.
 */

/** What `uname -m` prints on a machine of a family. */
type Machine = "x86_64" | "aarch64";

/** Families with the same sizes. */
export interface Family {
  readonly names: readonly string[];
  readonly arch: Machine;
  readonly gibPerCore: number;
  readonly sizes: readonly string[];
}

/** Families that one page of a vendor lists. */
export interface VendorPage {
  readonly page: string;
  /** Year and month of the newest page or answer of the vendor's interface that the rows were compared with. */
  readonly date: string;
  readonly families: readonly Family[];
}

/** One type, as its vendor states it. */
export interface InstanceType {
  readonly name: string;
  readonly arch: Machine;
  readonly cores: number;
  readonly gib: number;
}

const words = (text: string): readonly string[] => text.split(" ");

const row =
  (arch: Machine) =>
  (names: string, gibPerCore: number, sizes: string): Family => ({
    names: words(names),
    arch,
    gibPerCore,
    sizes: words(sizes),
  });

/** A row of Intel or AMD machines. */
export const x86 = row("x86_64");

/** A row of 64-bit Arm machines. */
export const arm = row("aarch64");

/** Cores that a size means by itself: `8`, `2xlarge` and `metal-48xl`, of which each x stands for four. */
const coresOfSize = (size: string): number => {
  const [, times, large] = /^(?:metal-)?(\d*)(xl(?:arge)?)?$/.exec(size) ?? [];
  if (large !== undefined) return 4 * Number(times === "" ? 1 : times);
  if (size === "large") return 2;
  return size === "medium" ? 1 : Number(size);
};

const typesOfFamily = ({ names, arch, gibPerCore, sizes }: Family): readonly InstanceType[] =>
  sizes.flatMap((word) => {
    const [size = "", numbers] = word.split("=");
    const [cores = coresOfSize(size), gib = cores * gibPerCore] = numbers?.split(":").map(Number) ?? [];
    return names.map((name) => ({ name: name.replace("*", size), arch, cores, gib }));
  });

/** Every type of a page. */
export const typesOfPage = ({ families }: VendorPage): readonly InstanceType[] => families.flatMap(typesOfFamily);

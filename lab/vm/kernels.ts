/**
 * The kernels that test machines can boot, as a table: a row says where Debian keeps one, the architecture says how
 * qemu runs it. The version of the day is asked of the meta package, so no patch level is written down here.
 */

/** Debian's names of the architectures that we boot. */
export type GuestArchitecture = "amd64" | "i386" | "arm64";

/** How qemu runs a kernel of one architecture. */
export interface Emulation {
  /** Program; lab/packages.json names its package. */
  readonly qemu: string;
  /** With a clock that a kernel can calibrate on: qemu 7.2's microvm has none, and hung in five of six loaded boots. */
  readonly machine: readonly string[];
  /** The processor. cmpxchg16b is off: qemu 7.2 once crashed a 6.12 kernel right after it. */
  readonly processor: string;
  readonly serialConsole: string;
  /** What `uname -m` prints in the guest. */
  readonly unameMachine: string;
  /** Debian's directory of shared libraries. */
  readonly libraryFolder: string;
}

/** A PC without what a guest only spends time to look for. */
const pc = ["-M", "q35,sata=off,smbus=off,usb=off,vmport=off,smm=off"] as const;

export const emulations: Readonly<Record<GuestArchitecture, Emulation>> = {
  amd64: {
    qemu: "qemu-system-x86_64",
    // The small firmware of qemu saves half a second at each boot.
    machine: [...pc, "-bios", "qboot.rom"],
    processor: "max,-cx16",
    serialConsole: "ttyS0",
    unameMachine: "x86_64",
    libraryFolder: "x86_64-linux-gnu",
  },
  // qemu-system-i386 hangs silently with a 686-pae kernel and 4 GiB or more; the 64-bit program boots it.
  i386: {
    qemu: "qemu-system-x86_64",
    // With the small firmware this kernel cannot read its virtio devices.
    machine: pc,
    processor: "max,-cx16",
    serialConsole: "ttyS0",
    unameMachine: "i686",
    libraryFolder: "i386-linux-gnu",
  },
  arm64: {
    qemu: "qemu-system-aarch64",
    machine: ["-M", "virt"],
    processor: "cortex-a72",
    serialConsole: "ttyAMA0",
    unameMachine: "aarch64",
    libraryFolder: "aarch64-linux-gnu",
  },
};

/** One row: the Debian suite and the meta package that names the kernel of the day. */
export interface KernelSource {
  readonly suite: string;
  readonly architecture: GuestArchitecture;
  readonly metaPackage: string;
}

export const kernelSources = {
  "amd64-5.10": { suite: "bullseye", architecture: "amd64", metaPackage: "linux-image-cloud-amd64" },
  "amd64-6.1": { suite: "bookworm", architecture: "amd64", metaPackage: "linux-image-cloud-amd64" },
  "amd64-6.12": { suite: "trixie", architecture: "amd64", metaPackage: "linux-image-cloud-amd64" },
  "amd64-newest": { suite: "sid", architecture: "amd64", metaPackage: "linux-image-cloud-amd64" },
  "i386-5.10": { suite: "bullseye", architecture: "i386", metaPackage: "linux-image-686-pae" },
  "i386-6.1": { suite: "bookworm", architecture: "i386", metaPackage: "linux-image-686-pae" },
  "arm64-6.1": { suite: "bookworm", architecture: "arm64", metaPackage: "linux-image-cloud-arm64" },
  "arm64-6.12": { suite: "trixie", architecture: "arm64", metaPackage: "linux-image-cloud-arm64" },
} as const satisfies Record<string, KernelSource>;

/** Name of a row: architecture and series. */
export type KernelId = keyof typeof kernelSources;

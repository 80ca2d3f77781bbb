/** The command line that runs a kernel in qemu. */
import { emulations } from "./kernels";
import type { GuestArchitecture } from "./kernels";

export interface QemuOptions {
  readonly architecture: GuestArchitecture;
  readonly memoryMiB: number;
  readonly kernelImage: string;
  readonly bootArchive: string;
  readonly disk: string;
  readonly logFile: string;
  /** Port of 127.0.0.1 that reaches the guest's port 22. */
  readonly port: number;
}

/** Arguments of the program `emulations[architecture].qemu`. */
export const qemuArguments = (options: QemuOptions): string[] => {
  const { machine, processor, serialConsole } = emulations[options.architecture];
  const network = `user,id=network,restrict=on,hostfwd=tcp:127.0.0.1:${options.port}-:22`;
  return [
    ...[...machine, "-cpu", processor],
    // Computed, never KVM: a /dev/kvm that is there need not work (nested ones stop in the guest's first second), and
    // a guest behaves the same on every machine.
    ...["-accel", "tcg,thread=multi,tb-size=64"],
    ...["-m", String(options.memoryMiB), "-smp", "1", "-nodefaults", "-no-user-config", "-display", "none"],
    ...["-serial", `file:${options.logFile}`, "-kernel", options.kernelImage, "-initrd", options.bootArchive],
    "-append",
    `console=${serialConsole} quiet panic=5 rdinit=/init mitigations=off cryptomgr.notests`,
    ...["-netdev", network, "-device", "virtio-net-pci,netdev=network,romfile="],
    ...["-drive", `file=${options.disk},format=raw,if=none,id=disk`, "-device", "virtio-blk-pci,drive=disk"],
  ];
};

// Debian packages that the demo and the tests need, each known by a program it brings, with the reason it is needed.
export const packages = [
  { program: "qemu-system-x86_64", name: "qemu-system-x86", reason: "runs the virtual machines with real kernels" },
  {
    program: "busybox",
    name: "busybox-static",
    reason: "the shell in which the host script is tested beside dash and bash",
  },
  { program: "depmod", name: "kmod", reason: "indexes the kernel modules of a virtual machine" },
  { program: "dropbearkey", name: "dropbear-bin", reason: "makes the host keys of a virtual machine" },
  { program: "mkfs.ext4", name: "e2fsprogs", reason: "makes the disk on which a virtual machine keeps its settings" },
  { program: "xz", name: "xz-utils", reason: "unpacks kernel modules" },
  { program: "dpkg-deb", name: "dpkg", reason: "unpacks kernel packages" },
  { program: "flock", name: "util-linux", reason: "keeps two runs from building the same thing twice" },
  { program: "sysctl", name: "procps", reason: "reads kernel settings in tests of the host script" },
  { program: "dash", name: "dash", reason: "a shell in which the host script is tested" },
  { program: "bash", name: "bash", reason: "a shell in which the host script is tested" },
];

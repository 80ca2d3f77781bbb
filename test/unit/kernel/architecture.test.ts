import { readArchitecture } from "../../../src/kernel/architecture";
import { problemsIn } from "../../../src/validation/validation";

describe("machine names", () => {
  test.each([
    ["x86_64", "x86_64", 64, 4096],
    ["amd64", "x86_64", 64, 4096],
    ["i386", "i386", 32, 4096],
    ["i686", "i686", 32, 4096],
    ["aarch64", "aarch64", 64, 4096],
    ["arm64", "aarch64", 64, 4096],
    ["armv6l", "armv6l", 32, 4096],
    ["armv7l", "armv7l", 32, 4096],
    ["ppc64", "ppc64", 64, 65536],
    ["ppc64le", "ppc64le", 64, 65536],
    ["s390x", "s390x", 64, 4096],
    ["riscv64", "riscv64", 64, 4096],
    ["mips", "mips", 32, 4096],
  ])("%s is %s, %d bits, pages of %d bytes", (name, machine, bits, defaultPageSizeBytes) => {
    expect(readArchitecture(name)).toMatchObject({
      value: { machine, bits, pointerBytes: bits / 8, defaultPageSizeBytes },
    });
  });

  test.each(["", "vax", "X86_64", "x86-64", "constructor", "i386; reboot"])(
    "%j is refused with every name known",
    (name) => {
      expect(problemsIn(readArchitecture(name, "hosts.a.facts.arch"))).toMatchObject([
        {
          path: "hosts.a.facts.arch",
          value: name,
          limit: expect.stringMatching(/^must be a machine name: x86_64, amd64, .*aarch64, .*s390x/) as string,
        },
      ]);
    },
  );
});

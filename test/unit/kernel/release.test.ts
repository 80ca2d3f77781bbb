import fc from "fast-check";

import { kernelRules } from "../../../src/kernel/kernel-rules";
import { type KernelRelease, readKernelRelease } from "../../../src/kernel/release";
import cases from "./release-strings.json";
import { problemsIn, valueOrThrow } from "../../../src/validation/validation";

interface Case {
  readonly release: string;
  readonly unameVersion?: string;
  readonly version: readonly number[];
  readonly distribution: string;
  readonly enterprise?: string;
  readonly patchKnown: boolean;
  readonly verified: boolean;
}

const releaseOf = (release: string, unameVersion?: string): KernelRelease =>
  valueOrThrow(readKernelRelease(release, unameVersion), `${release} cannot be read.`);

describe("release strings of distributions", () => {
  test.each((cases as readonly Case[]).map((row) => [`${row.release} ${row.unameVersion ?? ""}`.trim(), row] as const))(
    "%s",
    (_, { release, unameVersion, ...expected }) => {
      const read = releaseOf(release, unameVersion);
      expect(read).toMatchObject(expected);
      expect(read.enterprise).toBe(expected.enterprise);
    },
  );

  test("a kernel that is not verified always says why", () => {
    for (const { release, unameVersion } of cases as readonly Case[]) {
      const read = releaseOf(release, unameVersion);
      expect(read.verified || read.notes.length > 0).toBe(true);
    }
  });

  test("a hidden patch level is said aloud, with the way to be exact", () => {
    expect(releaseOf("5.10.0-46-cloud-amd64").notes).toEqual([
      "Debian hides the upstream patch level: the newest known of the series, 5.10.262, is assumed (give unameVersion, what `uname -v` prints, to be exact).",
    ]);
  });

  test("el9 says that it is unverified", () => {
    expect(releaseOf("5.14.0-427.el9.x86_64").notes.join(" ")).toContain("Red Hat 9 is unverified");
  });

  test("every release that can be read has rules", () => {
    for (const { release, unameVersion } of cases as readonly Case[]) {
      expect(kernelRules({ kernel: release, unameVersion, arch: "x86_64" }).release.text).toBe(release.trim());
    }
  });
});

describe("what cannot be a release", () => {
  test.each([
    "",
    " ",
    "linux",
    "Linux 5.10",
    "v5.10",
    "5",
    "5.",
    "5.10.",
    "5,10",
    "-1.2.3",
    "5.10.0 amd64",
    "5.10.0;reboot",
    "0x5.10",
    "5.10.99999",
  ])("%j is refused with the way to find it", (release) => {
    expect(problemsIn(readKernelRelease(release))).toMatchObject([
      { path: "kernel", value: release, remedy: "Write what `uname -r` prints on the host." },
    ]);
  });

  test("2.2.26 is older than connection tracking", () => {
    expect(problemsIn(readKernelRelease("2.2.26"))).toMatchObject([
      { limit: expect.stringContaining("at least 2.4.0") as string },
    ]);
  });

  test("a release and a version of different series contradict each other", () => {
    expect(problemsIn(readKernelRelease("6.1.0-50-amd64", "#1 SMP Debian 5.10.262-1 (2026-09-10)"))).toMatchObject([
      {
        path: "unameVersion",
        limit: "names 5.10.262, which is of another series than the release 6.1.0-50-amd64",
      },
    ]);
  });

  test("no string makes the reader throw, and what it reads is a version from 2.4.0 on", () => {
    const anything = fc.oneof(
      fc.string(),
      fc.stringMatching(/^\d{1,3}\.\d{1,3}(\.\d{1,4})?([-+.][a-z0-9.+-]{0,20})?$/),
    );
    fc.assert(
      fc.property(anything, fc.option(fc.string(), { nil: undefined }), (release, unameVersion) => {
        const read = readKernelRelease(release, unameVersion);
        if (!read.ok) return;
        const { version } = read.value;
        expect(version.every((number) => Number.isInteger(number) && number >= 0)).toBe(true);
        expect(version[0] > 2 || (version[0] === 2 && version[1] >= 4)).toBe(true);
      }),
    );
  });
});

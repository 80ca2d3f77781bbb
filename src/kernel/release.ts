/** Release strings (`uname -r`) and version strings (`uname -v`): which kernel is it really? */
import type { Problem } from "../validation/problems";
import { type Checked, invalid, valid } from "../validation/validation";
import { type Distribution, DISTRIBUTIONS, type EnterpriseBase, MAINLINE, UNKNOWN } from "./distributions";
import { NEWEST_CHECKED_SERIES, newestPatch } from "./stable-series";
import { compareVersions, formatVersion, type KernelVersion, sameSeries } from "./version";

export type { EnterpriseBase } from "./distributions";

/** One kernel release, understood. */
export interface KernelRelease {
  /** The release as given. */
  readonly text: string;
  /** The upstream version whose rules hold; its patch level is the newest of the series where it is not known. */
  readonly version: KernelVersion;
  /** False where neither the release nor `unameVersion` shows the upstream patch level. */
  readonly patchKnown: boolean;
  /** Whose kernel it is, for people: `Debian`, `Ubuntu`, `Red Hat Enterprise Linux 7`, `kernel.org`, `unknown`. */
  readonly distribution: string;
  /** Set for vendors whose kernels have rows of their own in the tables. */
  readonly enterprise: EnterpriseBase | undefined;
  /** What a user should know: guesses made, backports known, things unverified. Whole sentences. */
  readonly notes: readonly string[];
  /** True where the rules were read in or measured on kernels like this one. */
  readonly verified: boolean;
}

const OLDEST: KernelVersion = [2, 4, 0];

const RELEASE = /^(\d{1,3})[.](\d{1,3})(?:[.](\d{1,4})(?:[.]\d{1,4})*)?((?:[-+_~]|[.]?[a-zA-Z])[\w.+~-]*)?$/;

/** `uname -v` of Debian ("... Debian 6.1.176-1 (...)") and Ubuntu's /proc/version_signature ("... 5.15.167"). */
const UPSTREAM_VERSION: readonly RegExp[] = [
  /\bDebian (?<version>\d+[.]\d+[.]\d+)/,
  /^Ubuntu \S+ (?<version>\d+[.]\d+[.]\d+)\s*$/,
];

const parseVersion = (text: string): KernelVersion => {
  const [major = 0, minor = 0, patch = 0] = text.split(".").map(Number);
  return [major, minor, patch];
};

const distributionOf = (text: string): Distribution =>
  [MAINLINE, ...DISTRIBUTIONS].find((distribution) => distribution.pattern.test(text)) ?? UNKNOWN;

const upstreamVersion = (unameVersion: string | undefined): KernelVersion | undefined => {
  for (const form of UPSTREAM_VERSION) {
    const found = unameVersion === undefined ? undefined : form.exec(unameVersion)?.groups?.["version"];
    if (found !== undefined) return parseVersion(found);
  }
  return undefined;
};

const unreadable = (release: string, path: string): Problem => ({
  path,
  value: release,
  limit: "must be a kernel release such as 5.10.0-46-cloud-amd64 or 3.10.0-1160.el7.x86_64",
  source: "uname(2), field release",
  remedy: "Write what `uname -r` prints on the host.",
});

const tooOld = (release: string, path: string): Problem => ({
  path,
  value: release,
  limit: `must be at least ${formatVersion(OLDEST)}: older kernels have no connection tracking`,
  source: "net/ipv4/netfilter/ip_conntrack_core.c, new in 2.4.0",
  remedy: "Leave this host out, or write its real kernel.",
});

const contradiction = (release: string, unameVersion: string, upstream: KernelVersion): Problem => ({
  path: "unameVersion",
  value: unameVersion,
  limit: `names ${formatVersion(upstream)}, which is of another series than the release ${release}`,
  source: "uname(2), fields release and version of one kernel",
  remedy: "Write what `uname -r` and `uname -v` print on the same host.",
});

const notesOn = (
  text: string,
  version: KernelVersion,
  patchKnown: boolean,
  distribution: Distribution,
): { readonly notes: readonly string[]; readonly verified: boolean } => {
  const notes: string[] = distribution.note === undefined ? [] : [`${distribution.note}.`];
  let verified = distribution.verified;
  if (!patchKnown && distribution.enterprise === undefined) {
    notes.push(
      `${distribution.name} hides the upstream patch level: the newest known of the series, ${formatVersion(version)}, ` +
        `is assumed (give unameVersion, what \`uname -v\` prints, to be exact).`,
    );
  }
  if (/-rc\d+/.test(text)) {
    notes.push(`A release candidate: the rules are those of the release ${formatVersion(version)}.`);
    verified = false;
  }
  if (compareVersions([version[0], version[1], 0], [...NEWEST_CHECKED_SERIES, 0]) > 0) {
    notes.push(
      `Newer than ${NEWEST_CHECKED_SERIES.join(".")}, the newest kernel that these rules were checked against.`,
    );
    verified = false;
  }
  return { notes, verified };
};

/**
 * A release understood; wrong where it cannot be read, is older than 2.4.0, or contradicts `unameVersion`.
 * @param release what `uname -r` prints
 * @param unameVersion what `uname -v` prints, or Ubuntu's /proc/version_signature; ignored where it holds no version
 */
export const readKernelRelease = (release: string, unameVersion?: string, path = "kernel"): Checked<KernelRelease> => {
  const text = release.trim();
  const match = RELEASE.exec(text);
  if (match === null) return invalid([unreadable(release, path)]);
  const [, major, minor, patch] = match;
  const numbered: KernelVersion = [Number(major), Number(minor), Number(patch ?? 0)];
  if (compareVersions(numbered, OLDEST) < 0) return invalid([tooOld(release, path)]);

  const distribution = distributionOf(text);
  const upstream = upstreamVersion(unameVersion);
  if (upstream !== undefined && unameVersion !== undefined && !sameSeries(upstream, numbered) && numbered[0] >= 3) {
    return invalid([contradiction(release, unameVersion, upstream)]);
  }
  const hidden = distribution.hidesPatch && numbered[2] === 0 && numbered[0] >= 3;
  const version: KernelVersion =
    upstream !== undefined && numbered[0] >= 3
      ? upstream
      : hidden
        ? [numbered[0], numbered[1], newestPatch(numbered[0], numbered[1])]
        : numbered;
  const patchKnown = upstream !== undefined || !(hidden || distribution.enterprise !== undefined);
  return valid({
    text,
    version,
    patchKnown,
    distribution: distribution.name,
    enterprise: distribution.enterprise,
    ...notesOn(text, version, patchKnown, distribution),
  });
};

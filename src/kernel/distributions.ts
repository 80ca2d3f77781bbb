/** How the release strings of distributions look, and how much is known of each one's kernels. */

/** A vendor whose kernels carry so many backports that tables hold rows for them. */
export type EnterpriseBase = "el3" | "el4" | "el5" | "el6" | "el7" | "el8" | "el9" | "el10";

export interface Distribution {
  /** Name for people: `Debian`, `Ubuntu`, `Red Hat Enterprise Linux 7`. */
  readonly name: string;
  /** What the release string looks like. */
  readonly pattern: RegExp;
  readonly enterprise?: EnterpriseBase;
  /** True where a third number of 0 stands for the series and not for its first release. */
  readonly hidesPatch: boolean;
  /** True where this package's rules were read in that vendor's source or measured on its kernels. */
  readonly verified: boolean;
  /** What a user should know of these kernels. */
  readonly note?: string;
}

/** The version numbers at the beginning of every release string. */
const NUMBERS = "^\\d+[.]\\d+(?:[.]\\d+)*";

const after = (suffix: RegExp): RegExp => new RegExp(`${NUMBERS}(?:${suffix.source})`, suffix.flags);

const redHat = (
  release: number,
  enterprise: EnterpriseBase,
  known: { readonly verified: boolean; readonly note: string },
  pattern = new RegExp(`[.]el${String(release)}(?!\\d)`),
): Distribution => ({
  name: `Red Hat Enterprise Linux ${String(release)}`,
  pattern,
  enterprise,
  hidesPatch: false,
  ...known,
});

const unread = "its source was not read: the rules are those of the mainline version its number names";

/** First match wins. Source: release strings of the vendors' kernel packages. */
export const DISTRIBUTIONS: readonly Distribution[] = [
  {
    name: "Oracle Linux UEK",
    pattern: /[.]el\d+uek/i,
    hidesPatch: true,
    verified: false,
    note: `Oracle's UEK carries backports; ${unread}`,
  },
  redHat(3, "el3", { verified: false, note: `Red Hat 3 carries backports; ${unread}` }, /^2[.]4[.]21-.*[.]EL/),
  redHat(4, "el4", { verified: true, note: "Red Hat 4: read in the source of 2.6.9" }, /^2[.]6[.]9-.*[.]EL/),
  redHat(5, "el5", {
    verified: true,
    note: "Red Hat 5: read in the source of 2.6.18 (RHEL 5.7); tcp_loose is 1 there",
  }),
  redHat(6, "el6", { verified: false, note: `Red Hat 6 carries backports; ${unread}` }),
  redHat(7, "el7", {
    verified: true,
    note: "Red Hat 7: read in the source of 3.10.0-1127; 65536 buckets above 4 GiB, a table for each network namespace",
  }),
  redHat(8, "el8", {
    verified: true,
    note: "Red Hat 8: read in the source of 4.18.0-240; later minor releases may carry more backports",
  }),
  redHat(9, "el9", {
    verified: false,
    note: "Red Hat 9 is unverified: its source was not found, and it carries many backports on 5.14; compare with the host's own values",
  }),
  redHat(10, "el10", { verified: false, note: `Red Hat 10 is unverified: it carries backports on 6.12; ${unread}` }),
  {
    name: "Fedora",
    pattern: /[.]fc\d+/i,
    hidesPatch: false,
    verified: true,
  },
  {
    name: "Amazon Linux",
    pattern: /[.]amzn\d+/i,
    hidesPatch: false,
    verified: false,
    note: `Amazon Linux carries some backports on a stable kernel; ${unread}`,
  },
  {
    name: "Windows Subsystem for Linux",
    pattern: /microsoft/i,
    hidesPatch: false,
    verified: false,
    note: `Microsoft's kernel follows a stable series; ${unread}`,
  },
  {
    name: "Debian",
    pattern: after(
      /(?:[+]deb\d+|-\d+(?:[.]bpo[.]\d+|[.]deb\d+[.]\d+)?)-(?:(?:cloud|rt)-)?(?:amd64|arm64(?:-16k)?|armmp(?:-lpae)?|[3-6]86(?:-bigmem|-pae|-smp)?|k7|powerpc64(?:le)?(?:-64k)?|s390x|4kc-malta|5kc-malta|mips\S*|octeon|loongson-3|loong64|riscv64|marvell|rpi|versatile|ixp4xx|kirkwood|alpha\S*|sparc64\S*|parisc\S*|itanium|mckinley|rt-amd64|686-pae)(?:-unsigned)?$/,
    ),
    hidesPatch: true,
    verified: true,
  },
  {
    name: "Debian",
    pattern: after(/[+]deb\d+/),
    hidesPatch: false,
    verified: true,
  },
  {
    name: "Proxmox VE",
    pattern: after(/-\d+(?:-\d+)?-pve$/),
    hidesPatch: true,
    verified: false,
    note: `Proxmox builds on Ubuntu's kernel; ${unread}`,
  },
  {
    name: "Ubuntu",
    pattern: after(
      /-\d+(?:[.]\d+)?-(?:generic|lowlatency|server|virtual|kvm|aws|azure|gcp|gke|gkeop|oracle|ibm|raspi\d*|oem|intel|nvidia|xilinx|realtime|lpae|pc|desktop|preempt|bluefield|fips|hwe)\b/,
    ),
    hidesPatch: true,
    verified: true,
  },
  {
    name: "SUSE",
    pattern: after(/-(?:lp)?\d{6}[.]|-\d+(?:[.]\d+)*-(?:default|azure|preempt|pae|smp|bigsmp)$/),
    hidesPatch: true,
    verified: false,
    note: `SUSE carries backports; ${unread}`,
  },
  {
    name: "OpenWrt",
    pattern: /openwrt/i,
    hidesPatch: false,
    verified: false,
    note: "OpenWrt builds have divided the memory by 2048 instead of 16384; compare with the host's own values",
  },
];

/** A kernel of nobody's: kernel.org's own, or built by hand. */
export const MAINLINE: Distribution = {
  name: "kernel.org",
  pattern: after(/(?:-rc\d+)?[+]?$/),
  hidesPatch: false,
  verified: true,
};

/** A release string with a suffix that no row explains. */
export const UNKNOWN: Distribution = {
  name: "unknown",
  pattern: /./,
  hidesPatch: false,
  verified: false,
  note: "the suffix of this release names no known distribution: the rules are those of the mainline version its number names",
};

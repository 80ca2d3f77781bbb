/** Where one kernel keeps its settings. */
import { lookup } from "./lookup";
import type { KernelRelease } from "./release";
import type { PathRules } from "./rules";
import { MODULE } from "./tables/era";
import {
  BUCKETS_PATH,
  BUCKETS_WRITABLE,
  COUNT_PATH,
  EXPECT_MAX_PATH,
  HASHSIZE_PARAMETER,
  MAX_PATHS,
  STATISTICS_PATH,
  SYSCTL_FOLDER,
} from "./tables/paths";

/** The folder of /proc/sys where this kernel's tracker keeps its files. */
export const sysctlFolder = (release: KernelRelease): string => SYSCTL_FOLDER[lookup(MODULE, release)];

/** The name of a setting in this kernel: `ip_conntrack_...` before 2.6.22, `nf_conntrack_...` since. */
export const sysctlName = (release: KernelRelease, name: string): string =>
  lookup(MODULE, release) === "ip_conntrack" ? name.replace(/^nf_/, "ip_") : name;

/** Every path that the sizing, the script and the checks need. */
export const pathRules = (release: KernelRelease): PathRules => ({
  max: lookup(MAX_PATHS, release),
  count: lookup(COUNT_PATH, release),
  buckets: lookup(BUCKETS_PATH, release),
  bucketsWritable: lookup(BUCKETS_WRITABLE, release),
  hashsizeParameter: lookup(HASHSIZE_PARAMETER, release),
  expectMax: lookup(EXPECT_MAX_PATH, release),
  statistics: lookup(STATISTICS_PATH, release),
  boundary: lookup(MODULE, release) === "ip_conntrack" ? "ipv4" : "netfilter",
});

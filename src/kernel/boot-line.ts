/** The line that connection tracking prints when it starts, read and explained. */
import { formatMiB } from "../text/format";
import type { Problem } from "../validation/problems";
import { type Checked, invalid, valid } from "../validation/validation";

/** What the line says. */
export interface BootLine {
  readonly module: "ip_conntrack" | "nf_conntrack";
  /** Version of the tracker, not of the kernel: `2.1`, `2.4`, `0.5.0`; undefined where the line has none. */
  readonly trackerVersion: string | undefined;
  readonly buckets: number;
  readonly max: number;
  /** Bytes of one entry; printed by ip_conntrack from 2.4.20 on. */
  readonly entryBytes: number | undefined;
  /** The kernels that print this line. */
  readonly kernels: string;
}

interface BootLineForm {
  readonly module: BootLine["module"];
  /** Version of the tracker that this form carries; undefined where the form has none. */
  readonly trackerVersion: string | undefined;
  readonly kernels: string;
}

/** Source: ip_conntrack_init and nf_conntrack_init of the kernels named; the last row of a module takes any version. */
const FORMS: readonly BootLineForm[] = [
  { module: "ip_conntrack", trackerVersion: undefined, kernels: "2.4.0 to 2.4.19" },
  { module: "ip_conntrack", trackerVersion: "2.1", kernels: "2.4.20 to 2.6.14 (Red Hat 3 and 4 too)" },
  { module: "ip_conntrack", trackerVersion: "2.4", kernels: "2.6.15 to 2.6.21 (Red Hat 5 too)" },
  { module: "nf_conntrack", trackerVersion: "0.5.0", kernels: "2.6.15 to about 4.19" },
];

const BOOT_LINE =
  /\b(?<module>ip_conntrack|nf_conntrack)(?: version (?<version>[\d.]+))? \((?<buckets>[1-9]\d{0,9}) buckets, (?<max>\d{1,10}) max\)(?: - (?<bytes>\d{1,6}) bytes per conntrack)?/;

const unreadable = (line: string): Problem => ({
  path: "bootLine",
  value: line,
  limit: 'must contain "ip_conntrack version V (B buckets, M max) - S bytes per conntrack" or the same of nf_conntrack',
  source: "ip_conntrack_init and nf_conntrack_init; removed by 5.10",
  remedy: "Look for it with `dmesg | grep conntrack`; on newer kernels read nf_conntrack_buckets and nf_conntrack_max.",
});

/** The boot line in a line of the kernel's log; a time stamp or host name before it does no harm. */
export const readBootLine = (line: string): Checked<BootLine> => {
  const groups = BOOT_LINE.exec(line)?.groups;
  if (groups === undefined) return invalid([unreadable(line)]);
  const module = groups["module"] === "ip_conntrack" ? "ip_conntrack" : "nf_conntrack";
  const trackerVersion = groups["version"];
  const form = FORMS.find((row) => row.module === module && row.trackerVersion === trackerVersion);
  return valid({
    module,
    trackerVersion,
    buckets: Number(groups["buckets"]),
    max: Number(groups["max"]),
    entryBytes: groups["bytes"] === undefined ? undefined : Number(groups["bytes"]),
    kernels: form?.kernels ?? "an unknown or patched kernel",
  });
};

/** What the numbers of a boot line mean, in plain sentences. */
export const explainBootLine = (line: BootLine): readonly string[] => {
  const { module, trackerVersion, buckets, max, entryBytes, kernels } = line;
  const version = trackerVersion === undefined ? "" : ` version ${trackerVersion}`;
  const perBucket = max / buckets;
  return [
    `${module}${version} is printed by ${kernels}; it is the version of the tracker, not of the kernel.`,
    `${buckets} buckets: the table has so many chains.`,
    `${max} max: a hard limit; beyond it new connections are dropped once no unassured entry can be evicted.`,
    `A full table has ${perBucket} entries for each bucket, and because every entry is linked twice ${2 * perBucket} nodes in a chain.`,
    ...(entryBytes === undefined
      ? []
      : [
          `${entryBytes} bytes per conntrack: a full table takes ${formatMiB(entryBytes * max)} of memory that is never swapped, the buckets not counted.`,
        ]),
  ];
};

/** The one way in which every table of kernel behaviour is read. */
import type { EnterpriseBase, KernelRelease } from "./release";
import { compareVersions, type KernelVersion, sameSeries } from "./version";

/**
 * Since when a row holds.
 * - `since`: mainline, from this version until the next `since` row;
 * - `stable`: a backport into one stable series, from this patch level to the end of that series;
 * - `enterprise`: what a vendor's kernel does, whatever its version number says.
 */
type Validity =
  { readonly since: KernelVersion } | { readonly stable: KernelVersion } | { readonly enterprise: EnterpriseBase };

/** One row of a table: from when, what, and who says so. "believed" in a source marks an unproven boundary. */
export type Row<T> = Validity & { readonly value: T; readonly source: string };

/** A vendor's row wins over a backport, a backport over mainline; within a kind the newest that applies wins. */
const rank = <T>(row: Row<T>, release: KernelRelease): readonly [number, KernelVersion] | undefined => {
  if ("enterprise" in row) return row.enterprise === release.enterprise ? [2, release.version] : undefined;
  const applies = (from: KernelVersion): boolean => compareVersions(release.version, from) >= 0;
  if ("since" in row) return applies(row.since) ? [0, row.since] : undefined;
  const backported = release.enterprise === undefined && sameSeries(release.version, row.stable);
  return backported && applies(row.stable) ? [1, row.stable] : undefined;
};

/**
 * The row of a table that holds for a kernel.
 * @returns the row, or undefined where the kernel is older than every row (the thing does not exist there)
 */
export const lookupRow = <T>(rows: readonly Row<T>[], release: KernelRelease): Row<T> | undefined => {
  let best: { readonly row: Row<T>; readonly rank: readonly [number, KernelVersion] } | undefined;
  for (const row of rows) {
    const found = rank(row, release);
    if (found === undefined) continue;
    if (best === undefined || (found[0] - best.rank[0] || compareVersions(found[1], best.rank[1])) > 0) {
      best = { row, rank: found };
    }
  }
  return best?.row;
};

/**
 * The value that holds for a kernel, from a table whose first row begins with the oldest kernel we know.
 * @throws Error where the table has no row for it, which is a fault of the table
 */
export const lookup = <T>(rows: readonly Row<T>[], release: KernelRelease): T => {
  const row = lookupRow(rows, release);
  if (row === undefined) throw new Error(`no row for ${release.text}: the table does not begin at 2.4.0`);
  return row.value;
};

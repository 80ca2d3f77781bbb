/** A plan in one line, for previews and logs. */
import { formatMiB, formatPercent } from "../text/format";
import type { Plan } from "./plan";

/** `max 262144 (kernel alone 65536), buckets 262144, 98 MiB = 0.6 % of RAM` */
export const summarizePlan = ({ settings, kernelDefault, memory }: Plan): string =>
  `max ${settings.max} (kernel alone ${kernelDefault.max}), buckets ${settings.buckets}, ` +
  `${formatMiB(memory.fullBytes)} = ${formatPercent(memory.shareOfRam)} of RAM`;

import type { KernelsValues } from "./hosts";

/** A table of the values that differ, one line each, below the name of their host. */
export const compareValues = (left: KernelsValues, right: KernelsValues, titles: readonly [string, string]): string =>
  [...left]
    .flatMap(([host, values]) => {
      const rows = [...values].flatMap(([name, value]) => {
        const other = right.get(host)?.get(name) ?? "none";
        return other === value ? [] : [[`  ${name}`, value, other] as const];
      });
      if (rows.length === 0) return [`${host}: all ${values.size} values are the same`];
      const table = [[host, ...titles] as const, ...rows];
      return [
        ...table.map(([name, one, two]) => `${name.padEnd(48)}${one.padStart(10)}${two.padStart(10)}`),
        `  ${values.size - rows.length} other values are the same`,
      ];
    })
    .join("\n");

/** The fill of the table over time as a chart for a terminal. */
import { plot } from "asciichart";
import type { SimulationResult } from "./result";

interface TerminalChartOptions {
  /** Columns of the chart's field; default 72. */
  readonly width?: number;
  /** Rows; default 12. */
  readonly height?: number;
}

/** The highest count of each column's share of the run, so that no peak is lost. */
const columnsOf = (counts: readonly number[], width: number): number[] =>
  Array.from({ length: Math.min(width, counts.length) }, (_, column, columns = Math.min(width, counts.length)) => {
    const from = Math.floor((column * counts.length) / columns);
    const to = Math.max(Math.floor(((column + 1) * counts.length) / columns), from + 1);
    return counts.slice(from, to).reduce((most, count) => Math.max(most, count), 0);
  });

/**
 * Lines of text: a title, the chart of entries, the axis of time.
 * The scale ends at the peak, or at max where the peak comes near it.
 */
export const terminalChart = (result: SimulationResult, options: TerminalChartOptions = {}): string => {
  const { width = 72, height = 12 } = options;
  const { series, peak, peakFill, settings } = result;
  const columns = columnsOf(
    series.map(({ count }) => count),
    width,
  );
  const top = peakFill !== null && peakFill > 0.5 ? Math.max(settings.max, peak) : Math.max(peak, 1);
  const labelWidth = String(top).length + 1;
  const chart = plot(columns, {
    height,
    min: 0,
    max: top,
    format: (value) => String(Math.round(value)).padStart(labelWidth),
  });
  const seconds = series.at(-1)?.t ?? 0;
  const axis = `${" ".repeat(labelWidth + 1)}0 s${`${seconds} s`.padStart(Math.max(columns.length - 2, 1))}`;
  const limit = settings.max === 0 ? "no limit" : `max ${settings.max}`;
  return [`entries in the table (${limit})`, chart, axis].join("\n");
};

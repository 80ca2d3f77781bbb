/** The fill of the table over time, drops and kills as an SVG image that stands alone. */
import { ticks } from "d3-array";
import { area, line } from "d3-shape";
import { formatCount } from "../../text/format";
import type { SeriesPoint, SimulationResult } from "./result";

const WIDTH = 800;
const HEIGHT = 360;
const MARGIN = { top: 36, right: 24, bottom: 40, left: 84 };
const PLOT = { right: WIDTH - MARGIN.right, bottom: HEIGHT - MARGIN.bottom };

/** Colours that stay distinct to colour-blind eyes (Okabe and Ito, 2008). */
const COLOURS = { entries: "#0072B2", max: "#000000", lost: "#D55E00" };

type Scale = (value: number) => number;

const linear =
  (from: number, to: number, start: number, end: number): Scale =>
  (value) =>
    start + ((value - from) / (to - from || 1)) * (end - start);

const escapeText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const label = (x: number, y: number, text: string, anchor: "start" | "middle" | "end"): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escapeText(text)}</text>`;

const rule = (y: number, style: string): string =>
  `<line x1="${MARGIN.left}" x2="${PLOT.right}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}" ${style}/>`;

const axes = (x: Scale, y: Scale, seconds: number, top: number): string[] => [
  ...ticks(0, top, 5).flatMap((value) => [
    rule(y(value), 'stroke="#dddddd"'),
    label(MARGIN.left - 8, y(value) + 4, formatCount(value), "end"),
  ]),
  ...ticks(0, seconds, 8).map((value) => label(x(value), PLOT.bottom + 20, `${value} s`, "middle")),
];

/** New connections lost until this second: dropped at a full table, or refused by a long chain. */
const lostUntil = ({ drop, insertFailed }: SeriesPoint): number => drop + insertFailed;

/** Seconds in which connections were lost, as bars along the foot of the chart. */
const losses = (series: readonly SeriesPoint[], x: Scale): string[] => {
  const width = Math.max(x(1) - x(0), 1);
  return series.flatMap((point, i) => {
    const before = series[i - 1];
    const lost = lostUntil(point) - (before === undefined ? 0 : lostUntil(before));
    if (lost === 0) return [];
    const left = x(point.t - 1).toFixed(1);
    return [`<rect x="${left}" y="${PLOT.bottom - 6}" width="${width.toFixed(1)}" height="6" fill="${COLOURS.lost}"/>`];
  });
};

/**
 * The image as text: entries over time, max as a dashed line, and in orange the seconds that lost connections.
 * @param title shown above; escaped here
 */
export const svgChart = (result: SimulationResult, title = "Connection tracking table"): string => {
  const { series, settings, peak } = result;
  const seconds = series.at(-1)?.t ?? 1;
  const top = Math.max(peak, settings.max, 1) * 1.05;
  const x = linear(0, seconds, MARGIN.left, PLOT.right);
  const y = linear(0, top, PLOT.bottom, MARGIN.top);
  const fill = area<SeriesPoint>()
    .x(({ t }) => x(t))
    .y0(PLOT.bottom)
    .y1(({ count }) => y(count));
  const outline = line<SeriesPoint>()
    .x(({ t }) => x(t))
    .y(({ count }) => y(count));
  const limit =
    settings.max === 0
      ? []
      : [
          rule(y(settings.max), `stroke="${COLOURS.max}" stroke-dasharray="6 4"`),
          label(PLOT.right, y(settings.max) - 6, `max ${formatCount(settings.max)}`, "end"),
        ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif" font-size="12">`,
    `<title>${escapeText(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    label(MARGIN.left, 20, title, "start"),
    ...axes(x, y, seconds, top),
    `<path d="${fill([...series]) ?? ""}" fill="${COLOURS.entries}" fill-opacity="0.15"/>`,
    `<path d="${outline([...series]) ?? ""}" fill="none" stroke="${COLOURS.entries}" stroke-width="1.5"/>`,
    ...limit,
    ...losses(series, x),
    "</svg>",
    "",
  ].join("\n");
};

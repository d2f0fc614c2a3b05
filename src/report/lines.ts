/**
 * A chart of curves: losses, gradient norms, quality by number of steps. It is drawn for a wide page, with the names at
 * the curves' ends, and for a narrow one, with a legend above; the style sheet shows one of the two.
 */
import type { LinesFigure, Series } from "../compare/results.js";
import { ticksOf } from "./axes.js";
import { html, type Html } from "./html.js";
import { linesTable } from "./lines-table.js";
import { lineSwatch } from "./swatch.js";
import type { View } from "./view.js";

type Size = { width: number; height: number; ticks: number; names: boolean };
const WIDE: Size = { width: 760, height: 420, ticks: 7, names: true };
const NARROW: Size = { width: 350, height: 300, ticks: 5, names: false };

/** Whether the points of a curve are few enough for each to have a mark. */
const isMarked = (points: Series["points"]): boolean => points.length <= 16;

export function linesHtml(figure: LinesFigure, view: View): Html {
  const shown = { ...figure, series: drawable(figure) };
  if (!shown.series.length) return html`<p class="nothing">${view.words.figure.empty}</p>`;
  const alternative = alternativeOf(shown, view);
  return html`<div class="wide">${chart(shown, WIDE, alternative, view)}</div>
    <div class="narrow">
      ${legend(shown.series, view)} ${chart(shown, NARROW, alternative, view)}
    </div>
    ${linesTable(shown, view)}`;
}

/** The points that have a place on the axes, in order; a logarithmic axis has none for 0 and below. */
function drawable({ series, x, y }: LinesFigure): Series[] {
  const fits = (value: number | null, scale: "linear" | "log"): boolean =>
    value !== null && Number.isFinite(value) && (scale === "linear" || value > 0);
  return series
    .map((one) => ({
      ...one,
      points: one.points
        .filter((point) => fits(point[0], x.scale) && fits(point[1], y.scale))
        .sort(([a], [b]) => a - b),
    }))
    .filter(({ points }) => points.length > 0);
}

function chart(figure: LinesFigure, size: Size, alternative: string, view: View): Html {
  const { plotter } = view;
  const { options, axes } = frame(figure, size, view);
  const marks = [...axes, ...curves(figure, view)];
  if (!size.names) return plotter.svg({ ...options, marks }, alternative);
  const y = plotter.draw({ ...options, marks }).scale("y")!;
  const names = namesAt(figure.series, y, size.height, view);
  return plotter.svg({ ...options, marks: [...marks, ...names] }, alternative);
}

/** Width of a letter of a chart's text, about: for the room that names and ticks need. */
const LETTER = 7.2;

function frame({ x, y, series }: LinesFigure, size: Size, { n, say, plotter: { Plot } }: View) {
  const { width, height, ticks, names } = size;
  const points = series.flatMap((one) => one.points);
  const longest = Math.max(...series.map(({ name }) => say(name).length));
  const up = ticksOf(y, points.map(([, value]) => value), ticks, n); // prettier-ignore
  const widest = Math.max(...up.ticks.map((tick) => up.text(tick).length));
  const marginLeft = 16 + LETTER * widest;
  const marginRight = names ? 18 + LETTER * longest : 16;
  const room = (width - marginLeft - marginRight) / (4 * LETTER);
  const across = ticksOf(x, points.map(([at]) => at), Math.min(ticks, room), n); // prettier-ignore
  const options = {
    width, height, marginTop: 30, marginBottom: 44, marginLeft, marginRight,
    insetTop: 4, insetBottom: 8,
    style: { fontFamily: "inherit", fontSize: "13px", background: "none", overflow: "visible" },
    x: { type: x.scale }, y: { type: y.scale },
  }; // prettier-ignore
  // Given its text, an axis of Plot's labels every tick; given a format, a logarithmic one leaves some out.
  const labels = { labelArrow: "none", fill: "var(--soft)" } as const;
  const axes = [
    Plot.gridY(up.ticks, { stroke: "var(--line)", strokeOpacity: 1 }),
    Plot.axisY(up.ticks, { ...labels, text: up.text, label: say(y.title), tickSize: 0 }),
    Plot.axisX(across.ticks, {
      ...labels,
      text: across.text,
      label: say(x.title),
      labelAnchor: "center",
      tickSize: 4,
    }),
  ];
  return { options, axes };
}

function curves({ series }: LinesFigure, { plotter: { Plot }, lookOf }: View) {
  const references = series.filter(({ reference }) => reference);
  const others = series.filter(({ reference }) => !reference);
  return [
    ...references.map(({ contestant, points }) => {
      const { dash } = lookOf(contestant);
      return Plot.line(points, { stroke: "var(--faint)", strokeWidth: 1.25, strokeDasharray: dash });
    }),
    ...others.flatMap(({ contestant, points }) => {
      const { color, dash, symbol } = lookOf(contestant);
      const line = Plot.line(points, { stroke: color, strokeWidth: 2.25, strokeDasharray: dash });
      if (!isMarked(points)) return [line];
      return [line, Plot.dot(points, { fill: color, r: 4, symbol })];
    }),
  ]; // prettier-ignore
}

type Scale = { apply(value: number): number; invert?(value: number): number };

/** Each name at the end of its curve, pushed apart where two would meet. */
function namesAt(series: readonly Series[], y: Scale, height: number, view: View) {
  const { plotter: { Plot }, lookOf, say } = view; // prettier-ignore
  const ends = series.map((one) => ({ one, end: one.points.at(-1)! }));
  const wanted = ends.map(({ end }) => y.apply(end[1]));
  const places = apart(wanted, 17, 36, height - 50);
  const right = Math.max(...ends.map(({ end }) => end[0]));
  return ends.map(({ one, end }, k) =>
    Plot.text([end], {
      x: () => right,
      y: () => y.invert!(places[k]!),
      text: () => say(one.name),
      textAnchor: "start",
      dx: 9,
      fill: one.reference ? "var(--soft)" : lookOf(one.contestant).color,
      fontWeight: one.reference ? 400 : 650,
    }),
  );
}

/** The nearest places to those wanted that keep `gap` between each other, from `low` to `high`. */
export function apart(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, k) => k).sort((a, b) => wanted[a]! - wanted[b]!);
  const places = order.map((k) => Math.min(high, Math.max(low, wanted[k]!)));
  for (let k = 1; k < places.length; k++) places[k] = Math.max(places[k]!, places[k - 1]! + gap);
  const last = places.length - 1;
  if (last >= 0) places[last] = Math.min(places[last]!, Math.max(high, low + gap * last));
  for (let k = last - 1; k >= 0; k--) places[k] = Math.min(places[k]!, places[k + 1]! - gap);
  const result = new Array<number>(wanted.length);
  order.forEach((k, rank) => (result[k] = places[rank]!));
  return result;
}

const legend = (series: readonly Series[], { lookOf, say }: View): Html =>
  html`<ul class="legend" aria-hidden="true">
    ${series.map(
      ({ contestant, name, points, reference = false }) =>
        html`<li>
          ${lineSwatch(lookOf(contestant), { reference, marked: isMarked(points) })} ${say(name)}
        </li>`,
    )}
  </ul>`;

function alternativeOf({ title, x, y, series }: LinesFigure, { words, n, say }: View): string {
  const axes = `${say(x.title)} / ${say(y.title)}`;
  const parts = series.map(({ name, points }) =>
    words.figure.lineFrom(say(name), n.short(points[0]![1]), n.short(points.at(-1)![1])),
  );
  return words.figure.lines(say(title), axes, parts);
}

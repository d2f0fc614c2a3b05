/** Points of the plane over the centres of the modes, a panel for each contestant, all of one scale. */
import type { RenderFunction } from "@observablehq/plot";
import type { PointsFigure } from "../compare/results.js";
import { html, type Html } from "./html.js";
import { markSwatch } from "./swatch.js";
import type { View } from "./view.js";

type Panel = PointsFigure["panels"][number];

/** More would make the page heavy and show no more. */
const MOST = 2500;
const SIDE = 300;

export function pointsHtml(figure: PointsFigure, view: View): Html {
  if (!figure.panels.length) return html`<p class="nothing">${view.words.figure.empty}</p>`;
  return html`<div class="panels">
    ${figure.panels.map((panel) => panelHtml(panel, figure, view))}
  </div>`;
}

function panelHtml(panel: Panel, figure: PointsFigure, view: View): Html {
  const { words, n, say, lookOf } = view;
  const all = panel.points.length;
  const [name, note] = [say(panel.name), say(panel.note)];
  const points = words.figure.points(n, all);
  const centers = n.whole(figure.centers.length);
  const alternative = words.figure.scatter(name, points, centers, note);
  return html`<figure class="panel">
    <figcaption>
      <strong>${markSwatch(lookOf(panel.contestant))} ${name}</strong> <span>${note}</span>
    </figcaption>
    ${scatter(panel, figure, alternative, view)}
    ${all > MOST && html`<p class="aside">${words.figure.shown(n, MOST, all)}</p>`}
  </figure>`;
}

function scatter(panel: Panel, figure: PointsFigure, alternative: string, view: View): Html {
  const { Plot } = view.plotter;
  const { color } = view.lookOf(panel.contestant);
  const { centers, reach } = figure;
  const seen = panel.points.slice(0, MOST).filter((at) => at.every((x) => Math.abs(x) <= reach));
  const domain = [-reach, reach];
  return view.plotter.svg(
    {
      width: SIDE,
      height: SIDE,
      margin: 1,
      style: { background: "none", overflow: "hidden" },
      x: { domain, axis: null },
      y: { domain, axis: null },
      marks: [
        Plot.frame({ stroke: "var(--line)", rx: 4 }),
        Plot.dot(centers, { r: 7, stroke: "var(--soft)", strokeWidth: 1.25 }),
        dots(seen, color),
      ],
    },
    alternative,
  );
}

/** All points in one path of lines without length, whose round caps are the dots: a tenth of as many circles' bytes. */
const dots =
  (points: readonly [number, number][], color: string): RenderFunction =>
  (_index, { x, y }, _channels, _size, { document }) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const at = (scale: ((value: number) => number) | undefined, value: number): string =>
      scale!(value).toFixed(1);
    path.setAttribute("d", points.map((one) => `M${at(x, one[0])},${at(y, one[1])}h0`).join(""));
    path.setAttribute("class", "dots");
    path.setAttribute("stroke", color);
    return path;
  };

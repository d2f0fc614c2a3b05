/** A chart's numbers as a table: every point where there are few, else each curve's ends and extremes. */
import type { LinesFigure, Series } from "../compare/results.js";
import { html, type Html } from "./html.js";
import type { View } from "./view.js";

/** So many places on the x axis fit into a table. */
const FEW = 12;

export function linesTable(figure: LinesFigure, view: View): Html {
  const { words, say } = view;
  const xs = [...new Set(figure.series.flatMap(({ points }) => points.map(([x]) => x)))];
  const title = say(figure.title);
  return html`<details class="numbers">
    <summary>${words.figure.numbers}</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="${words.figure.scroll(title)}">
      <table>
        <caption>
          ${title}: ${say(figure.y.title)} (${say(figure.x.title)})
        </caption>
        ${xs.length <= FEW ? everyPoint(figure, xs.sort((a, b) => a - b), view) : extremes(figure, view)}
      </table>
    </div>
  </details>`; // prettier-ignore
}

function everyPoint({ series }: LinesFigure, xs: number[], { words, n, say }: View): Html {
  const at = ({ points }: Series, x: number) => points.find((point) => point[0] === x)?.[1];
  return html`<thead>
      <tr>
        <th scope="col">${words.figure.series}</th>
        ${xs.map((x) => html`<th scope="col">${n.short(x)}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${series.map((one) => {
        const cells = xs.map((x) => at(one, x)).map((y) => (y === undefined ? "" : n.short(y)));
        return html`<tr>
          <th scope="row">${say(one.name)}</th>
          ${cells.map((cell) => html`<td>${cell}</td>`)}
        </tr>`;
      })}
    </tbody>`;
}

function extremes({ series }: LinesFigure, { words: { figure }, n, say }: View): Html {
  const pair = ([x, y]: readonly [number, number]) => `${n.short(y)} (${n.short(x)})`;
  return html`<thead>
      <tr>
        <th scope="col">${figure.series}</th>
        ${[figure.start, figure.end, figure.lowest, figure.highest].map(
          (head) => html`<th scope="col">${head}</th>`,
        )}
      </tr>
    </thead>
    <tbody>
      ${series.map(({ name, points }) => {
        const byValue = [...points].sort(([, a], [, b]) => a - b);
        const said = [points[0]!, points.at(-1)!, byValue[0]!, byValue.at(-1)!].map(pair);
        return html`<tr>
          <th scope="row">${say(name)}</th>
          ${said.map((cell) => html`<td>${cell}</td>`)}
        </tr>`;
      })}
    </tbody>`;
}

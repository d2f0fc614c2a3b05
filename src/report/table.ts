/** Architectures by criteria: one table an experiment, the best value of a column marked, controls set apart. */
import type {
  Contestant,
  Criterion,
  ExperimentResult,
  Measure,
  Results,
} from "../compare/results.js";
import { bestOf, columnsOf, isControl } from "./best.js";
import { claimHtml, type Placed } from "./claims.js";
import { html, type Html } from "./html.js";
import { markSwatch } from "./swatch.js";
import type { View } from "./view.js";

/** A column: its criterion, who is best in it. */
type Column = { key: string; criterion: Criterion; best: Set<string> };

export function tableSection(results: Results, general: readonly Placed[], view: View): Html {
  const { table: words } = view.words;
  return html`<section id="table" aria-labelledby="table-heading">
    <h2 id="table-heading">${words.heading}</h2>
    <p class="measure">${results.experiments.length ? words.about : words.none}</p>
    ${results.experiments.map((experiment) => experimentTable(experiment, results, view))}
    ${results.experiments.length > 0 && meanings(results, view)}
    <div class="claims row">
      ${general.map(({ claim, anchor }) => html`<div id="${anchor}">${claimHtml(claim, view)}</div>`)}
    </div>
  </section>`;
} // prettier-ignore

function experimentTable(experiment: ExperimentResult, results: Results, view: View): Html {
  const { words, say } = view;
  const columns = columnsOf(experiment, results).map(
    ([key, criterion]): Column => ({ key, criterion, best: bestOf(experiment, key, criterion) }),
  );
  const notes = new Notes(view);
  const row = (one: Contestant): Html => rowOf(one, columns, notes, view);
  const [controls, architectures] = [true, false].map((wanted) =>
    experiment.contestants.filter((one) => isControl(one) === wanted),
  ) as [Contestant[], Contestant[]];
  const title = say(experiment.title);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${words.figure.scroll(title)}">
      <table class="scores">
        <caption>
          <a href="#experiment-${experiment.id}">${title}</a>
        </caption>
        <thead>${headOf(columns, view)}</thead>
        <tbody>${architectures.map(row)}</tbody>
        ${controls.length > 0 && controlsBody(controls.map(row), columns.length + 3, view)}
      </table>
    </div>
    ${notes.html()}`;
} // prettier-ignore

const controlsBody = (rows: Html[], width: number, { words }: View): Html =>
  html`<tbody class="controls">
    <tr class="apart">
      <th scope="rowgroup" colspan="${width}">${words.table.controls}</th>
    </tr>
    ${rows}
  </tbody>`;

function headOf(columns: readonly Column[], view: View): Html {
  const { table: words } = view.words;
  return html`<tr>
    <th scope="col">${words.architecture}</th>
    ${columns.map(({ criterion }) => html`<th scope="col">${titleOf(criterion, view)}</th>`)}
    <th scope="col">${words.training}</th>
    <th scope="col">${words.parameters}</th>
  </tr>`;
}

const ARROWS = { lower: "↓", higher: "↑", target: "≈", neither: "" };

/** A word joiner after each hyphen, so that names as "ROUGE-L" stay in one line. */
const unbroken = (title: string): string => title.replace(/(?<=\w)-(?=\w)/g, "-\u2060");

// prettier-ignore
function titleOf({ title, unit, better }: Criterion, { words, say }: View): Html {
  const way = better === "neither" ? "" : words.table[better];
  return html`${unbroken(say(title))}${
    way && html`<span class="way" title="${way}" aria-hidden="true">${ARROWS[better]}</span><span class="unseen">, ${way}</span>`
  } ${unit && html`<span class="unit">${words.units[unit] ?? unit}</span>`}`;
}

function rowOf(one: Contestant, columns: readonly Column[], notes: Notes, view: View): Html {
  const { words, n, say, lookOf } = view;
  const { id, name, parameters, steps, seconds } = one;
  return html`<tr>
    <th scope="row">${!isControl(one) && markSwatch(lookOf(id))} ${say(name)}</th>
    ${columns.map((column) => cellOf(one, column, notes, view))}
    <td>
      ${seconds > 0 && html`${n.duration(seconds)} <small>${words.table.steps(n, steps)}</small>`}
    </td>
    <td>${parameters === null ? "" : n.count(parameters)}</td>
  </tr>`;
}

function cellOf(one: Contestant, column: Column, notes: Notes, view: View): Html {
  const { criterion, key, best } = column;
  const measure = one.criteria[key];
  if (!measure) return html`<td></td>`;
  const mark = notes.mark(measure);
  const { value } = measure;
  if (value === null) {
    return html`<td>
      <span aria-hidden="true">–</span><span class="unseen">${view.words.table.notMeasured}</span>${mark}
    </td>`; // prettier-ignore
  }
  const said = html`${view.n.fixed(value, criterion.digits)}${mark}`;
  const spread = spreadOf(measure, criterion, view);
  return best.has(one.id)
    ? html`<td class="best">
        <b>${said}</b><span class="unseen"> (${view.words.table.best})</span>${spread}
      </td>`
    : html`<td>${said}${spread}</td>`;
}

function spreadOf({ interval, runs }: Measure, { digits }: Criterion, { words, n }: View): Html {
  const write = (value: number) => n.fixed(value, digits);
  const { table } = words;
  return html`${interval && html` <small>${table.interval(write(interval.low), write(interval.high))}</small>`}
  ${runs && runs.length > 1 && html` <small>${table.seeds(runs.map(write).join(" · "))}</small>`}`;
} // prettier-ignore

/** Why values are missing or what they need to be read with, numbered under a table. */
class Notes {
  private readonly texts: string[] = [];
  constructor(private readonly view: View) {}

  mark({ note }: Measure): Html | null {
    if (!note) return null;
    const text = this.view.say(note);
    if (!this.texts.includes(text)) this.texts.push(text);
    return html`<sup>${this.texts.indexOf(text) + 1}</sup>`;
  }

  html(): Html | null {
    if (!this.texts.length) return null;
    return html`<ol class="notes" aria-label="${this.view.words.table.notes}">
      ${this.texts.map((text) => html`<li>${text}</li>`)}
    </ol>`;
  }
}

function meanings({ criteria }: Results, view: View): Html {
  const { words, say } = view;
  return html`<details class="meanings">
    <summary>${words.table.columns}</summary>
    <dl>
      ${Object.values(criteria).map(
        (criterion) =>
          html`<div>
            <dt>${titleOf(criterion, view)}</dt>
            <dd>
              ${say(criterion.about)}
              ${criterion.source && html`<span class="source">${words.table.source}: ${criterion.source}</span>`}
            </dd>
          </div>`,
      )}
    </dl>
  </details>`;
} // prettier-ignore

/** The whole page: its head, its contents, the claims, the tables, one section an experiment, how it was made. */
import type { ExperimentResult, Results } from "../compare/results.js";
import { isControl } from "./best.js";
import { claimsSection, type Placed } from "./claims.js";
import { figureHtml } from "./figure.js";
import { generalClaims } from "./general-claims.js";
import { html, raw, type Html } from "./html.js";
import { runSection, secondsOf } from "./run.js";
import { styleSheet } from "./style.js";
import { tableSection } from "./table.js";
import type { View } from "./view.js";

/** A policy that lets the page load nothing: what it shows is in it. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

export function pageHtml(results: Results, view: View): Html {
  const { words, lang } = view;
  return html`<!doctype html>
    <html lang="${lang}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${raw(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="description" content="${words.description}" />
        <meta name="color-scheme" content="light dark" />
        <title>${words.title}</title>
        <style>
          ${raw(styleSheet)}
        </style>
      </head>
      <body>
        <a class="skip" href="#claims">${words.skip}</a>
        ${header(results, view)}
        <div class="page">${contents(results, view)} ${main(results, view)}</div>
        <footer><p>${words.end}</p></footer>
      </body>
    </html> `;
}

function header(results: Results, view: View): Html {
  const { words, n } = view;
  const { machine, version, settings, finished, experiments } = results;
  const contestants = experiments.flatMap((one) => one.contestants).filter((one) => !isControl(one));
  const facts = {
    contestants: new Set(contestants.map(({ id }) => id)).size,
    experiments: experiments.length,
    seconds: secondsOf(results),
    cpu: machine.cpu,
  };
  return html`<header>
    <div class="top">
      <p>${words.issued(n.date(machine.date), version)}</p>
      ${themeSwitch(view)}
    </div>
    <h1>${words.title}</h1>
    <p class="lead">${words.lead(n, facts)}</p>
    ${settings.quick && html`<p class="notice">${words.quickRun}</p>`}
    ${!finished && html`<p class="notice">${words.unfinishedRun}</p>`}
  </header>`;
} // prettier-ignore

/** Needs no script: the style sheet asks which of the three is chosen. */
const themeSwitch = ({ words: { theme } }: View): Html =>
  html`<fieldset class="theme">
    <legend class="unseen">${theme.label}</legend>
    ${(["auto", "light", "dark"] as const).map(
      (name) =>
        html`<label>
          <input type="radio" name="theme" value="${name}" ${name === "auto" && raw("checked")} />
          <span>${theme[name]}</span>
        </label>`,
    )}
  </fieldset>`;

function contents({ experiments, leftOut = [] }: Results, { words, say }: View): Html {
  const links = [
    ["claims", words.claims.heading],
    ["table", words.table.heading],
    ...[...experiments, ...leftOut].map(({ id, title }) => [`experiment-${id}`, say(title)]),
    ["run", words.run.heading],
  ];
  return html`<nav aria-label="${words.contents}">
    <ol>
      ${links.map(([anchor, title]) => html`<li><a href="#${anchor}">${title}</a></li>`)}
    </ol>
  </nav>`;
}

function main(results: Results, view: View): Html {
  const { experiments, leftOut = [] } = results;
  const general = generalClaims(results).map((claim): Placed => ({ claim, anchor: claim.id }));
  const placed = experiments.flatMap(({ figures }) =>
    figures.flatMap(({ id, claims }) => claims.map((claim): Placed => ({ claim, anchor: id }))),
  );
  return html`<main>
    ${claimsSection([...placed, ...general], view)} ${tableSection(results, general, view)}
    ${experiments.map((one) => experimentSection(one, view))}
    ${leftOut.map(
      ({ id, title }) =>
        html`<section id="experiment-${id}">
          <h2>${view.say(title)}</h2>
          <p class="nothing">${view.words.experiment.leftOut}</p>
        </section>`,
    )}
    ${runSection(results, view)}
  </main>`;
}

function experimentSection(experiment: ExperimentResult, view: View): Html {
  const { words, n, say } = view;
  const { id, title, about, secondsEach, seconds, figures } = experiment;
  const budget = secondsEach === null ? "" : words.table.budget(n.duration(secondsEach));
  return html`<section id="experiment-${id}" aria-labelledby="experiment-${id}-heading">
    <h2 id="experiment-${id}-heading">${say(title)}</h2>
    <p class="measure">${say(about)} ${budget} ${words.experiment.took(n.duration(seconds))}</p>
    ${figures.map((figure) => figureHtml(figure, view))}
    ${!figures.length && html`<p class="nothing">${words.experiment.noFigures}</p>`}
  </section>`;
}

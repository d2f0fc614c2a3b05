/** A figure of any kind with its title, how to read it, and the claims that it speaks for or against. */
import type { Figure } from "../compare/results.js";
import { claimHtml } from "./claims.js";
import { html, type Html } from "./html.js";
import { linesHtml } from "./lines.js";
import { picturesHtml } from "./pictures.js";
import { pointsHtml } from "./points.js";
import { textsHtml } from "./texts.js";
import type { View } from "./view.js";

export function figureHtml(figure: Figure, view: View): Html {
  const { id, kind, title, caption, claims } = figure;
  return html`<article class="figure ${kind}-figure" id="${id}" aria-labelledby="${id}-heading">
    <div class="head">
      <h3 id="${id}-heading">${view.say(title)}</h3>
      <p class="measure">${view.say(caption)}</p>
    </div>
    <div class="drawn">${drawn(figure, view)}</div>
    ${claims.length > 0 && html`<div class="claims ${claims.length > 1 && "row"}">${claims.map((one) => claimHtml(one, view))}</div>`}
  </article>`; // prettier-ignore
}

function drawn(figure: Figure, view: View): Html {
  switch (figure.kind) {
    case "lines":
      return linesHtml(figure, view);
    case "points":
      return pointsHtml(figure, view);
    case "picture":
      return picturesHtml(figure, view);
    case "texts":
      return textsHtml(figure, view);
  }
}

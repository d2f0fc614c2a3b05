/** What language models wrote, each on a card: what was given in bold, then how the model went on. */
import type { TextsFigure } from "../compare/results.js";
import { html, type Html } from "./html.js";
import { markSwatch } from "./swatch.js";
import type { View } from "./view.js";

export function textsHtml({ texts }: TextsFigure, view: View): Html {
  const { words, say, lookOf } = view;
  if (!texts.length) return html`<p class="nothing">${words.figure.empty}</p>`;
  return html`<div class="texts">
    ${texts.map(
      ({ contestant, name, prompt, text }) =>
        html`<figure class="text">
          <figcaption>
            <strong>${markSwatch(lookOf(contestant))} ${say(name)}</strong>
          </figcaption>
          ${written(prompt, text)}
        </figure>`,
    )}
  </div>`;
}

/** In one line of source: white space counts. The language is the text's, which nobody knows. */
const written = (prompt: string, text: string): Html =>
  html`<blockquote lang=""><b>${prompt.trimStart()}</b>${text.trimEnd()}</blockquote>`;

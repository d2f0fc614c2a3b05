/** Sheets of samples, strips and films: PNG files in the page itself, enlarged without smoothing. */
import type { PictureFigure } from "../compare/results.js";
import { html, type Html } from "./html.js";
import { markSwatch } from "./swatch.js";
import type { View } from "./view.js";

type Picture = PictureFigure["pictures"][number];

export function picturesHtml({ pictures, title }: PictureFigure, view: View): Html {
  if (!pictures.length) return html`<p class="nothing">${view.words.figure.empty}</p>`;
  const strips = pictures.some(isStrip);
  return html`<div class="pictures ${strips ? "strips" : "sheets"}">
    ${pictures.map((picture) => pictureHtml(picture, view.say(title), view))}
  </div>`;
}

/** So many times wider than high: shown one under another over the whole width. */
const isStrip = ({ width, height }: Picture): boolean => width > 2.2 * height;

/** The widths that pictures are enlarged to, by whole numbers, where the page has the room. */
const STRIP = 760;
const SHEET = 460;

function pictureHtml(picture: Picture, title: string, view: View): Html {
  const { words, say, lookOf } = view;
  const { width, rows, columns } = picture;
  const least = roomOf(columns?.map(say) ?? []);
  const times = Math.max(1, Math.floor((isStrip(picture) ? STRIP : SHEET) / width), Math.ceil(least / width)); // prettier-ignore
  const name = say(picture.name);
  return html`<figure class="picture">
    <figcaption><strong>${markSwatch(lookOf(picture.contestant))} ${name}</strong></figcaption>
    <div
      class="scroll"
      tabindex="0"
      role="region"
      aria-label="${words.figure.scroll(`${title}: ${name}`)}"
    >
      <div class="sheet" style="--width: ${width * times}px; --least: ${least}px">
        ${rows && html`<ul class="rows" aria-hidden="true">${rows.map((row) => html`<li>${say(row)}</li>`)}</ul>`}
        ${columns && html`<ul class="columns" aria-hidden="true">${columns.map((column) => html`<li>${say(column)}</li>`)}</ul>`}
        ${image(picture, view)}
      </div>
    </div>
  </figure>`; // prettier-ignore
}

/** Pixels that the labels of columns need, so that the longest word of any fits; below it, the box scrolls. */
function roomOf(columns: readonly string[]): number {
  const longest = Math.max(
    0,
    ...columns.flatMap((label) => label.split(/[\s\u00a0]+/)).map(lengthOf),
  );
  return columns.length * (longest * 6.6 + 8);
}
const lengthOf = (text: string): number => text.length;

const image = ({ png, alt, width, height }: Picture, { say }: View): Html =>
  html`<img
    src="data:image/png;base64,${png}"
    alt="${say(alt)}"
    width="${width}"
    height="${height}"
  />`;

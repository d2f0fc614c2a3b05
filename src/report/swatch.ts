/** The sign by which a contestant is known in tables and legends: its colour, dash and mark, as in the charts. */
import { html, raw, type Html } from "./html.js";
import type { Look } from "./palette.js";

/** A short piece of its line, with its mark on it where the line has marks. */
export function lineSwatch(
  { color, dash, symbol }: Look,
  { reference, marked }: { reference: boolean; marked: boolean },
): Html {
  const stroke = reference ? "var(--faint)" : color;
  const width = reference ? 1.25 : 2.25;
  const mark = html`<path transform="translate(15,6)" d="${raw(MARKS[symbol])}" fill="${color}" />`;
  return html`<svg class="swatch" width="30" height="12" viewBox="0 0 30 12" aria-hidden="true">
    <path d="M1,6H29" stroke="${stroke}" stroke-width="${width}" stroke-dasharray="${dash}" />
    ${marked && !reference && mark}
  </svg>`;
}

/** Its mark alone. */
export const markSwatch = ({ color, symbol }: Look): Html =>
  html`<svg class="mark" width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">
    <path d="${raw(MARKS[symbol])}" fill="${color}" />
  </svg>`;

/** Outlines around the origin, about 8 units wide. */
const MARKS: Record<Look["symbol"], string> = {
  circle: "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z",
  square: "M-3.6,-3.6H3.6V3.6H-3.6Z",
  triangle: "M0,-4.6L4.4,3.4H-4.4Z",
  diamond: "M0,-5L4.2,0L0,5L-4.2,0Z",
  star: "M0,-5L1.3,-1.5L5,-1.5L2,0.8L3.1,4.4L0,2.2L-3.1,4.4L-2,0.8L-5,-1.5L-1.3,-1.5Z",
  wye: "M0,4.6L-4.4,-3.4H4.4Z",
};

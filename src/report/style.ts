/**
 * The page's style sheet. Each colour is written once for both themes by light-dark(); the switch at the top sets which
 * of the two counts, and needs no script.
 */
import { paletteCss } from "./palette.js";

const colors = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf7, #121417);
  --card: light-dark(#ffffff, #1a1d22);
  --ink: light-dark(#1c1f24, #e9eaec);
  --soft: light-dark(#545c68, #a8b0bb);
  --faint: light-dark(#949ca8, #737c88);
  --line: light-dark(#e0dfda, #30353c);
  --shade: light-dark(rgb(0 0 0 / 0.16), rgb(0 0 0 / 0.7));
  --tint: light-dark(#fff1c9, #40361a);
  --link: light-dark(#1f4fa3, #94b8ff);
  --held: light-dark(#0d6b49, #62d3a5);
  --held-tint: light-dark(#e2f3ea, #163329);
  --failed: light-dark(#9c3410, #ff9f75);
  --failed-tint: light-dark(#fdebe2, #3d2217);
  --unmeasured: light-dark(#565d68, #b0b7c1);
  --unmeasured-tint: light-dark(#ecedef, #2a2e34);
  ${paletteCss}
}
:root:has(.theme [value="light"]:checked) { color-scheme: light; }
:root:has(.theme [value="dark"]:checked) { color-scheme: dark; }
`;

const text = `
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1.5rem; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  overflow-wrap: break-word;
}
h1, h2, h3 { line-height: 1.2; text-wrap: balance; font-weight: 680; letter-spacing: -0.012em; margin: 0; }
h1 { font-size: clamp(2rem, 1.2rem + 3.2vw, 3.25rem); letter-spacing: -0.025em; }
h2 { font-size: clamp(1.5rem, 1.3rem + 0.9vw, 1.95rem); }
h3 { font-size: 1.2rem; }
p { margin: 0.7em 0; text-wrap: pretty; }
a { color: var(--link); text-underline-offset: 0.18em; text-decoration-thickness: 0.06em; }
a:hover { text-decoration-thickness: 0.12em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 3px; border-radius: 3px; }
.measure { max-width: 70ch; }
.label, .source, small, .aside { color: var(--soft); font-size: 0.875rem; }
.unseen {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
.skip { position: absolute; left: 1rem; top: -4rem; padding: 0.5rem 0.9rem; background: var(--card); z-index: 2; }
.skip:focus { top: 1rem; }
.nothing { color: var(--soft); font-style: italic; }
.mark { vertical-align: -0.04em; margin-right: 0.2em; }
`;

const frame = `
header, .page, footer { max-width: 100rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 3.5rem); }
header { padding-top: 1.25rem; padding-bottom: 1.5rem; }
.top { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; justify-content: space-between; align-items: center;
  color: var(--soft); font-size: 0.9375rem; margin-bottom: clamp(1.5rem, 5vw, 4rem); }
.top p { margin: 0; }
.lead { font-size: clamp(1.125rem, 1.05rem + 0.4vw, 1.3rem); line-height: 1.5; max-width: 46em; margin: 1rem 0 0; }
.notice { border-left: 3px solid var(--transformer-0); padding: 0.1rem 0 0.1rem 0.9rem; max-width: 68ch; color: var(--soft); }
.theme { display: flex; border: 1px solid var(--line); border-radius: 99px; padding: 2px; margin: 0; background: var(--card); }
.theme label { cursor: pointer; }
.theme input { position: absolute; opacity: 0; width: 1px; height: 1px; }
.theme span { display: block; padding: 0.1rem 0.75rem; border-radius: 99px; }
.theme input:checked + span { background: var(--unmeasured-tint); color: var(--ink); }
.theme input:focus-visible + span { outline: 2px solid var(--link); outline-offset: 1px; }
.page > nav { font-size: 0.9375rem; border-block: 1px solid var(--line); padding-block: 0.75rem; }
nav ol { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.3rem 1.25rem; }
nav a { color: var(--soft); text-decoration: none; }
nav a:hover { color: var(--ink); text-decoration: underline; }
main { min-width: 0; }
section { padding-top: clamp(2.25rem, 5vw, 3.75rem); }
section + section { margin-top: clamp(2.25rem, 5vw, 3.75rem); border-top: 1px solid var(--line); }
footer { padding-block: 3rem; color: var(--soft); font-size: 0.875rem; }
@media (min-width: 75rem) {
  .page { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: 3.5rem; }
  .page > nav { position: sticky; top: 2rem; align-self: start; margin-top: 3.75rem; border: 0; padding: 0; }
  nav ol { flex-direction: column; gap: 0.55rem; line-height: 1.35; }
}
`;

const claims = `
.verdicts { list-style: none; margin: 1.25rem 0 0; padding: 0; }
.verdicts li { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.3rem 1.25rem; padding: 0.6rem 0;
  border-top: 1px solid var(--line); align-items: baseline; }
.verdicts li:first-child { border-top: 0; }
.verdicts a { color: var(--ink); text-decoration-color: var(--faint); }
.badge { display: inline-flex; align-items: center; gap: 0.4em; padding: 0.1rem 0.65rem 0.1rem 0.5rem; border-radius: 99px;
  font-size: 0.875rem; font-weight: 600; white-space: nowrap; justify-self: start; }
.badge svg { fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linecap: round; stroke-linejoin: round; flex: none; }
.badge.held { color: var(--held); background: var(--held-tint); }
.badge.failed { color: var(--failed); background: var(--failed-tint); }
.badge.unmeasured { color: var(--unmeasured); background: var(--unmeasured-tint); }
@media (min-width: 46rem) { .verdicts li { grid-template-columns: 12.5rem minmax(0, 1fr); } }
.claim { border-left: 3px solid var(--unmeasured); padding-left: 1rem; font-size: 0.9688rem; line-height: 1.5; }
.claim.held { border-color: var(--held); }
.claim.failed { border-color: var(--failed); }
.claim p { margin: 0.45rem 0; }
.claim p:first-child { margin-top: 0; }
.claim .said { font-weight: 600; }
.claim .label { display: block; font-weight: 400; }
.claims { display: grid; gap: 1.75rem; align-content: start; }
.claims { max-width: 44rem; }
.claims.row { max-width: none; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1.75rem 2.25rem; }
#table > .claims { margin-top: 2.25rem; }
`;

const tables = `
/* A shadow at the side where there is more; what scrolls along covers it at the end. */
.scroll { position: relative; overflow-x: auto; max-width: 100%;
  background:
    linear-gradient(to right, var(--paper) 40%, transparent) left / 2.5rem 100% no-repeat local,
    linear-gradient(to left, var(--paper) 40%, transparent) right / 2.5rem 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) left / 0.9rem 100% no-repeat scroll,
    linear-gradient(to left, var(--shade), transparent) right / 0.9rem 100% no-repeat scroll; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9375rem; line-height: 1.35; }
caption { text-align: left; font-weight: 650; padding-bottom: 0.5rem; }
th, td { text-align: right; padding: 0.5rem 0.65rem; vertical-align: baseline; white-space: nowrap; }
th:first-child { text-align: left; padding-left: 0; }
thead th { vertical-align: bottom; font-weight: 500; color: var(--soft); font-size: 0.875rem; border-bottom: 1.5px solid var(--faint); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tbody th { font-weight: 550; }
.scores { width: 100%; }
.scores thead th { white-space: normal; min-width: 5.2em; }
.scores thead th:first-child { min-width: 8em; }
.scores th:first-child { position: sticky; left: 0; background: var(--paper); padding-right: 1rem; }
.scores small { display: block; font-size: 0.78125rem; }
.scores td sup { color: var(--soft); margin-left: 0.15em; line-height: 0; }
.scores caption { font-size: 1.0625rem; padding-top: 2rem; }
@media (max-width: 40rem) { .scores th:first-child { white-space: normal; max-width: 9.5em; } }
.unit { display: block; font-size: 0.78125rem; }
.way { margin-left: 0.2em; }
.best { background: var(--tint); }
.controls :is(th, td) { color: var(--soft); font-weight: 400; }
.controls .apart > th { position: static; background: none; border-top: 1.5px solid var(--faint); font-size: 0.8125rem; padding-block: 0.6rem 0.2rem; }
.controls .apart + tr > * { border-top: 0; }
.notes { color: var(--soft); font-size: 0.875rem; margin: 0.6rem 0 0; padding-left: 1.4rem; max-width: 70ch; }
details { margin-top: 1.25rem; }
summary { cursor: pointer; color: var(--link); font-size: 0.9375rem; width: fit-content; }
.numbers { margin-top: 0.75rem; }
.numbers table { margin-top: 0.75rem; font-size: 0.875rem; }
.numbers caption { font-weight: 500; color: var(--soft); }
.meanings { margin-top: 2rem; }
.meanings dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 1.25rem 2.5rem; }
.meanings dt { font-weight: 600; }
.meanings .unit { display: inline; color: var(--soft); font-weight: 400; }
.meanings .unit::before { content: "· "; }
.meanings dd { margin: 0.15rem 0 0; font-size: 0.9375rem; line-height: 1.5; }
.meanings .source { display: block; }
`;

const figures = `
.figure { margin-top: 3.25rem; display: grid; gap: 1.25rem 3rem; grid-template-columns: minmax(0, 1fr); scroll-margin-top: 1.5rem; }
.figure .head p { margin: 0.4rem 0 0; color: var(--soft); }
.figure .drawn { min-width: 0; }
figure { margin: 0; }
@media (min-width: 62rem) {
  .figure:not(.picture-figure):has(> .claims:not(.row)) { grid-template-columns: minmax(0, 1fr) minmax(16rem, 21rem); }
  .figure:not(.picture-figure):has(> .claims:not(.row)) > .head { grid-column: 1 / -1; }
}
.drawn svg:not(.mark, .swatch) { display: block; width: 100%; height: auto; color: var(--soft); font-variant-numeric: tabular-nums; }
.drawn svg text { white-space: pre; }
.wide { max-width: 54rem; }
.narrow { display: none; }
@media (max-width: 40rem) { .wide { display: none; } .narrow { display: block; } }
.legend { list-style: none; margin: 0 0 0.75rem; padding: 0; display: flex; flex-wrap: wrap; gap: 0.15rem 1.1rem; font-size: 0.875rem; }
.swatch { vertical-align: -0.05em; fill: none; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 12.5rem), 1fr)); gap: 1.5rem; max-width: 60rem; }
.panels figcaption { margin-bottom: 0.4rem; font-size: 0.9375rem; line-height: 1.4; }
.panels figcaption span { display: block; color: var(--soft); font-size: 0.875rem; }
.panel svg:not(.mark) { background: var(--card); border-radius: 4px; }
.dots { fill: none; stroke-width: 3.2; stroke-linecap: round; stroke-opacity: 0.55; }
.pictures { display: grid; gap: 1.75rem 2rem; }
.sheets { grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), max-content)); }
.picture { min-width: 0; }
.picture figcaption { margin-bottom: 0.4rem; font-size: 0.9375rem; }
.sheet { display: grid; grid-template-columns: auto minmax(var(--least), var(--width)); width: max-content; max-width: 100%; row-gap: 0.25rem; }
.sheet img { grid-column: 2; grid-row: 2; width: 100%; height: auto; display: block; image-rendering: pixelated; border-radius: 3px; }
.sheet ul { list-style: none; margin: 0; padding: 0; font-size: 0.78125rem; color: var(--soft); line-height: 1.25; }
.columns { grid-column: 2; grid-row: 1; display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); text-align: center; align-items: end; }
.sheet .rows { margin-right: 0.6rem; }
.rows { grid-column: 1; grid-row: 2; display: grid; grid-auto-rows: minmax(0, 1fr); align-items: center; text-align: right; }
.texts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1.5rem; }
.text { border: 1px solid var(--line); border-radius: 6px; background: var(--card); padding: 0.9rem 1.1rem 1.1rem; min-width: 0; }
.text figcaption { font-size: 0.9375rem; }
blockquote { margin: 0.5rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere;
  font: 0.9688rem/1.55 Charter, "Bitstream Charter", "Iowan Old Style", Georgia, "Liberation Serif", "Noto Serif", serif; }
blockquote b { color: var(--soft); font-weight: 600; }
`;

const run = `
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 2rem 3rem; margin: 1.5rem 0 2rem; }
.facts dl { margin: 0.6rem 0 0; }
.facts dl div { display: grid; grid-template-columns: minmax(7rem, 2fr) minmax(0, 3fr); gap: 1rem; padding: 0.35rem 0; border-top: 1px solid var(--line); font-size: 0.9375rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 1rem 0 0; padding: 1rem 1.2rem; overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  font: 0.875rem/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
@media print { .theme, nav, .skip { display: none; } .page { display: block; } section, .figure { break-inside: avoid-page; } }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
`;

export const styleSheet = [colors, text, frame, claims, tables, figures, run].join("");

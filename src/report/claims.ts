/** Claims: all of them at the top of the page in short, and each in full beside the figure that speaks for or against it. */
import type { Claim } from "../compare/results.js";
import { html, raw, type Html } from "./html.js";
import type { View } from "./view.js";
import { verdictOf, type Verdict } from "./words.js";

/** A claim and the place in the page where it is looked into. */
export type Placed = { claim: Claim; anchor: string };

export function claimsSection(placed: readonly Placed[], view: View): Html {
  const { claims: words } = view.words;
  return html`<section id="claims" aria-labelledby="claims-heading">
    <h2 id="claims-heading">${words.heading}</h2>
    ${placed.length ? overview(placed, view) : html`<p>${words.none}</p>`}
  </section>`;
}

function overview(placed: readonly Placed[], view: View): Html {
  const { claims: words } = view.words;
  const counts: Record<Verdict, number> = { held: 0, failed: 0, unmeasured: 0 };
  for (const { claim } of placed) counts[verdictOf(claim)]++;
  return html`<p class="measure"><strong>${words.tally(view.n, counts)}</strong> ${words.about}</p>
    <ul class="verdicts">
      ${placed.map(
        ({ claim, anchor }) =>
          html`<li>${badge(claim, view)} <a href="#${anchor}">${view.say(claim.claim)}</a></li>`,
      )}
    </ul>`;
}

/** Beside a figure: the claim, what was measured, the verdict. */
export const claimHtml = (claim: Claim, view: View): Html =>
  html`<div class="claim ${verdictOf(claim)}">
    <p class="said"><span class="label">${view.words.claims.claim}</span> ${view.say(claim.claim)}</p>
    <p>${badge(claim, view)}</p>
    <p>${view.say(claim.measured)}</p>
    <p class="source">${view.words.claims.source}: ${claim.source}</p>
  </div>`; // prettier-ignore

const SIGNS: Record<Verdict, string> = {
  held: "M3 8.5L6.5 12L13 4.5",
  failed: "M4 4L12 12M12 4L4 12",
  unmeasured: "M3.5 8H12.5",
};

function badge(claim: Claim, { words }: View): Html {
  const verdict = verdictOf(claim);
  return html`<span class="badge ${verdict}">
    <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">
      <path d="${raw(SIGNS[verdict])}" />
    </svg>
    ${words.claims.verdicts[verdict]}
  </span>`;
}

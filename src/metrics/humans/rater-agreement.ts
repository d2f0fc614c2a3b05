// Several chance-corrected agreements of raters who all labelled all items, side by side, since
// papers name one and programs compute another: Bennett's S, Scott's pi (as Fleiss' kappa has it),
// the mean of Cohen's kappas over pairs, Davies and Fleiss' kappa (1982), and Krippendorff's
// nominal alpha.

import { dot } from "../linalg/index.js";
import { type Result, signature, undecided } from "../result.js";
import { cohenKappa } from "./cohen.js";
import { compareValues } from "./coincidences.js";
import { krippendorffAlpha } from "./krippendorff.js";

export interface RaterAgreementParts {
  /** The share of pairs of raters that agree, over all items. */
  readonly observed: number;
  readonly bennettS: number;
  readonly scottPi: number;
  readonly meanCohenKappa: number;
  readonly daviesFleissKappa: number;
  readonly krippendorffAlpha: number;
}

export type RaterAgreementResult = Result<
  RaterAgreementParts,
  "no-items" | "too-few-raters" | "single-category"
>;

/** Agreements of labels [raters, items]; the value is Krippendorff's alpha. */
export function raterAgreement(
  ratings: readonly (readonly (number | string)[])[],
): RaterAgreementResult {
  const items = ratings[0]?.length ?? 0;
  const about = { n: items, signature: signature("rater-agreement", { raters: ratings.length }) };
  if (ratings.some((row) => row.length !== items)) {
    throw new RangeError(
      "Every rater must have labelled every item; krippendorffAlpha takes missing ratings.",
    );
  }
  if (ratings.length < 2) return undecided("too-few-raters", "Agreement needs two raters.", about);
  if (items === 0) return undecided("no-items", "Agreement needs items; none came.", about);
  const labels = [...new Set(ratings.flat())].sort(compareValues);
  const alpha = krippendorffAlpha(ratings, { level: "nominal" });
  const pairs = pairsOf(ratings);
  const kappas = pairs.map(([first, second]) => cohenKappa({ first, second }, { labels }).value);
  if (alpha.value === null) {
    const message = "All ratings are in one category, so chance alone explains any agreement.";
    return undecided("single-category", message, about);
  }
  const observed = mean(pairs.map(([a, b]) => mean(a.map((label, i) => +(label === b[i])))));
  const corrected = (chance: number) => (observed - chance) / (1 - chance);
  const pooled = sharesOf(ratings.flat(), labels);
  const parts = {
    observed,
    bennettS: corrected(1 / labels.length),
    scottPi: corrected(dot(pooled, pooled)),
    // Two raters who both use one category agree in full, as NLTK counts them.
    meanCohenKappa: mean(kappas.map((kappa) => kappa ?? 1)),
    daviesFleissKappa: corrected(
      mean(pairs.map(([a, b]) => dot(sharesOf(a, labels), sharesOf(b, labels)))),
    ),
    krippendorffAlpha: alpha.value,
  };
  return { value: alpha.value, parts, ...about };
}

type Labels = readonly (number | string)[];

function pairsOf(ratings: readonly Labels[]): [Labels, Labels][] {
  return ratings.flatMap((a, i) => ratings.slice(i + 1).map((b): [Labels, Labels] => [a, b]));
}

function sharesOf(ratings: Labels, labels: Labels): number[] {
  return labels.map((label) => ratings.filter((x) => x === label).length / ratings.length);
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

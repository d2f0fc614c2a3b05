// What the results of two sets of samples tell of their sizes.

import type { Matrix } from "../linalg/index.js";
import { type Settings, signature, undecided } from "../result.js";

/** How many samples came, and the signature with the sizes of both sets. */
export function aboutSets(metric: string, real: Matrix, generated: Matrix, settings: Settings) {
  const sizes = { n: `${real.rows}/${generated.rows}`, d: real.columns };
  const n = real.rows + generated.rows;
  return { n, signature: signature(metric, { ...sizes, ...settings }) };
}

/** The result where a side has fewer samples than `need` says. */
export function tooFewSamples(
  need: string,
  real: number,
  generated: number,
  about: { readonly n: number; readonly signature: string },
) {
  const message = `${need}; ${real} real and ${generated} generated came.`;
  return undecided("too-few-samples", message, about);
}
